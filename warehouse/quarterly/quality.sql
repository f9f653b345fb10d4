-- Grain: one stratum of the quarter: what its figures leave out or can't place, in the unit of its counts (points in
-- construction; held and late ones are samples). From: mart_cells, mart_lateness.
WITH counted AS (
    SELECT
        feed,
        sampling_type,
        CAST(sum(n_sampled) AS BIGINT) AS n_sampled,
        CAST(sum(n_undetermined) AS BIGINT) AS n_undetermined,
        CAST(sum(n_provisional) AS BIGINT) AS n_provisional,
        CAST(sum(n_held) AS BIGINT) AS n_held,
        CAST(coalesce(sum(n_sampled) FILTER (prefecture_code = 'unknown'), 0) AS BIGINT) AS n_unknown_place,
        CAST(coalesce(sum(n_sampled) FILTER (province_code = 'unknown'), 0) AS BIGINT) AS n_unknown_province,
        CAST(coalesce(sum(n_sampled) FILTER (category_code = 'unknown'), 0) AS BIGINT) AS n_unknown_category,
        CAST(coalesce(sum(n_sampled) FILTER (stage = 'unknown'), 0) AS BIGINT) AS n_unknown_stage
    FROM mart_cells
    WHERE quarter = $quarter
    GROUP BY ALL
),

late AS (
    SELECT
        feed,
        sampling_type,
        CAST(sum(n_late) AS BIGINT) AS n_late,
        CAST(sum(n_undated) AS BIGINT) AS n_undated
    FROM mart_lateness
    WHERE quarter = $quarter
    GROUP BY ALL
)

SELECT counted.*, coalesce(late.n_late, 0) AS n_late, coalesce(late.n_undated, 0) AS n_undated
FROM counted
LEFT JOIN late
    ON counted.feed = late.feed AND counted.sampling_type = late.sampling_type
ORDER BY counted.feed, counted.sampling_type
