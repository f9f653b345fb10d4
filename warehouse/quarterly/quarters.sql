-- Grain: one quarter of a release, with its strata side by side and never added. From: mart_cells.
WITH strata AS (
    SELECT
        quarter,
        feed,
        sampling_type,
        CAST(sum(n_sampled) AS BIGINT) AS n_sampled,
        CAST(sum(n_concluded) AS BIGINT) AS n_concluded,
        CAST(sum(n_nonconforming) AS BIGINT) AS n_nonconforming,
        CAST(sum(n_held) AS BIGINT) AS n_held,
        sum(n_provisional) > 0 AS is_provisional
    FROM mart_cells
    GROUP BY ALL
),

quarters AS (
    SELECT
        quarter,
        bool_or(is_provisional) AS is_provisional,
        list(
            {
                'feed': feed,
                'sampling_type': sampling_type,
                'n_sampled': n_sampled,
                'n_concluded': n_concluded,
                'n_nonconforming': n_nonconforming,
                'n_held': n_held
            }
            ORDER BY feed, sampling_type
        ) AS strata,
        '/v1/quarters/' || quarter AS results
    FROM strata
    GROUP BY quarter
)

SELECT
    *,
    -- Newest first: a key that sorts the other way round, for paging.
    printf('%06d', 999999 - CAST(replace(quarter, 'Q', '0') AS BIGINT)) AS row_key,
    count(*) OVER () AS total
FROM quarters
QUALIFY $after::VARCHAR IS NULL OR row_key > $after
ORDER BY row_key
LIMIT $limit
