-- Grain: one day on which a warning opens: the first sample of a key, and the first that comes more than 12 months after
-- the one that opened the warning before it. From: core_named.
WITH RECURSIVE openings AS (
    SELECT grouping_key, min(seen_on) AS opened_on
    FROM core_named
    GROUP BY grouping_key
    UNION ALL
    SELECT openings.grouping_key, min(named.seen_on) AS opened_on
    FROM openings
    INNER JOIN core_named AS named
        ON
            openings.grouping_key = named.grouping_key
            AND named.seen_on > openings.opened_on + INTERVAL 12 MONTH
    GROUP BY openings.grouping_key
)

SELECT grouping_key, opened_on
FROM openings
