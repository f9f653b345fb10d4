-- Grain: one sampled indicator, province, prefecture and quarter: the counts that the indicator may be computed from,
-- and no others. From: mart_cells, given_indicators (ref_indicators of the installed provinces).
SELECT
    indicators.indicator_code,
    indicators.province_code,
    cells.prefecture_code,
    cells.quarter,
    sum(cells.n_sampled)::BIGINT AS n_sampled,
    sum(cells.n_concluded)::BIGINT AS n_concluded,
    sum(cells.n_conforming)::BIGINT AS n_conforming,
    sum(cells.n_nonconforming)::BIGINT AS n_nonconforming,
    sum(cells.n_undetermined)::BIGINT AS n_undetermined,
    sum(cells.n_held)::BIGINT AS n_held,
    sum(cells.n_provisional)::BIGINT AS n_provisional,
    sum(cells.n_inspections)::BIGINT AS n_inspections
FROM mart_cells AS cells
INNER JOIN given_indicators AS indicators
    ON
        cells.feed = indicators.feed
        AND cells.sampling_type = indicators.sampling_type
        AND cells.province_code = indicators.province_code
        AND (indicators.stage IS NULL OR cells.stage = indicators.stage)
        AND (
            indicators.category_code IS NULL
            OR indicators.category_code IN (cells.category_code, cells.category_2_code)
        )
GROUP BY ALL
