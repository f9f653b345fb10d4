-- Grain: one figure of the quarter, as `figures` has them, by one release that changed cells of it, with what was added to
-- its counts and (negative) taken from them, which may be nothing. From: mart_revisions.
SELECT
    feed,
    sampling_type,
    CASE
        WHEN grouping(prefecture_code) = 0 THEN 'prefecture'
        WHEN grouping(category_code) = 0 THEN 'category'
        WHEN grouping(stage) = 0 THEN 'stage'
        ELSE 'stratum'
    END AS part,
    prefecture_code,
    category_code,
    stage,
    release_id,
    published_at,
    is_method,
    CAST(sum(n_sampled) AS BIGINT) AS n_sampled,
    CAST(sum(n_concluded) AS BIGINT) AS n_concluded,
    CAST(sum(n_conforming) AS BIGINT) AS n_conforming,
    CAST(sum(n_nonconforming) AS BIGINT) AS n_nonconforming,
    CAST(sum(n_undetermined) AS BIGINT) AS n_undetermined,
    CAST(sum(n_held) AS BIGINT) AS n_held,
    CAST(sum(n_inspections) AS BIGINT) AS n_inspections
FROM mart_revisions
WHERE quarter = $quarter
GROUP BY GROUPING SETS (
    (release_id, published_at, is_method, feed, sampling_type),
    (release_id, published_at, is_method, feed, sampling_type, prefecture_code),
    (release_id, published_at, is_method, feed, sampling_type, category_code),
    (release_id, published_at, is_method, feed, sampling_type, stage)
)
