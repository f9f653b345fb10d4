-- Grain: one standing report of a sample that has several. claim 1 holds, by content and never by arrival: a stated
-- correction, the higher level, the later conclusion, the later publication; among equals (is_equal) the one that says
-- most about the place, then by hash. is_conflicting: equals contradict each other, inspections in their points too.
-- From: core_standing.
WITH claims AS (
    SELECT
        standing.*,
        CASE
            WHEN feed = 'construction' THEN concat_ws('|', conclusion, n_points, n_points_conforming)
            ELSE conclusion
        END AS said,
        min(standing) OVER sample AS sample_standing,
        rank() OVER (
            sample
            ORDER BY
                correction <> 'none' DESC,
                level_order ASC,
                concluded_on DESC NULLS LAST,
                published_on DESC NULLS LAST
        ) = 1 AS is_equal,
        row_number() OVER (
            sample
            ORDER BY
                correction <> 'none' DESC,
                level_order ASC,
                concluded_on DESC NULLS LAST,
                published_on DESC NULLS LAST,
                prefecture_code = 'unknown' ASC,
                notice_no IS NULL ASC,
                content_hash ASC,
                notice_key ASC,
                batch_id ASC,
                sheet ASC,
                source_rows ASC
        ) AS claim
    FROM core_standing AS standing
    SEMI JOIN (
        SELECT feed, sample_key FROM core_standing GROUP BY feed, sample_key HAVING count(*) > 1
    ) AS several
        ON standing.feed = several.feed AND standing.sample_key = several.sample_key
    WINDOW sample AS (PARTITION BY standing.feed, standing.sample_key)
)

SELECT
    * EXCLUDE (said),
    min(said) FILTER (is_equal) OVER sample <> max(said) FILTER (is_equal) OVER sample AS is_conflicting
FROM claims
WINDOW sample AS (PARTITION BY feed, sample_key)
