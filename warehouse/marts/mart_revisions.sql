-- Grain: one cell of which a release says something else than the one that served before it, by that release, with what
-- was added to its counts and (negative) taken from them. What this release changed, and of earlier ones, since $kept_since,
-- those that took something from a cell, whole: a correction is told for a while, growth once. Additive over the cells of
-- one release, so that a sum of nothing but noughts was not changed by it. is_method: it was made by another method.
-- From: mart_cells, given_touched, given_cells_before, given_revisions_before; $release_id, $created_at, $is_method.
WITH moved AS (
    SELECT
        quarter,
        feed,
        sampling_type,
        level,
        stage,
        province_code,
        prefecture_code,
        category_code,
        category_2_code,
        CAST(sum(n_sampled) AS BIGINT) AS n_sampled,
        CAST(sum(n_concluded) AS BIGINT) AS n_concluded,
        CAST(sum(n_conforming) AS BIGINT) AS n_conforming,
        CAST(sum(n_nonconforming) AS BIGINT) AS n_nonconforming,
        CAST(sum(n_undetermined) AS BIGINT) AS n_undetermined,
        CAST(sum(n_held) AS BIGINT) AS n_held,
        CAST(sum(n_inspections) AS BIGINT) AS n_inspections
    FROM (
        SELECT * EXCLUDE (n_provisional, sum_points_squared, sum_conforming_squared_per_point)
        FROM mart_cells
        WHERE quarter IN (SELECT quarter FROM given_touched)
        UNION ALL BY NAME
        SELECT
            * REPLACE (
                -n_sampled AS n_sampled,
                -n_concluded AS n_concluded,
                -n_conforming AS n_conforming,
                -n_nonconforming AS n_nonconforming,
                -n_undetermined AS n_undetermined,
                -n_held AS n_held,
                -n_inspections AS n_inspections
            )
        FROM given_cells_before
    )
    GROUP BY ALL
),

earlier AS (
    SELECT *
    FROM given_revisions_before
    WHERE
        published_at >= $kept_since::TIMESTAMPTZ
        AND release_id IN (
            SELECT release_id
            FROM given_revisions_before
            WHERE NOT is_method AND least(n_conforming, n_nonconforming, n_undetermined) < 0
        )
)

SELECT
    *,
    CAST($release_id AS VARCHAR) AS release_id,
    CAST($created_at AS TIMESTAMPTZ) AS published_at,
    CAST($is_method AS BOOLEAN) AS is_method
FROM moved
WHERE (n_sampled, n_concluded, n_conforming, n_nonconforming, n_undetermined, n_held, n_inspections) <> (0, 0, 0, 0, 0, 0, 0)
UNION ALL BY NAME
SELECT *
FROM earlier
