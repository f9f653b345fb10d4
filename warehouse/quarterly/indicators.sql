-- Grain: one indicator of one province: the quarter's and, in the latest quarter of its year, that of the year to date; of
-- one that is not sampled the latest year entered, up to the quarter's own (none entered: that one), for such a figure
-- comes out a year or more later. From: mart_indicators, ref_indicators, mart_cells.
SELECT
    figures.indicator_code,
    promised.name_zh,
    promised.name_en,
    figures.province_code,
    figures.quarter,
    figures.feed,
    figures.sampling_type,
    figures.is_proxy,
    promised.unit,
    figures.n_concluded,
    figures.n_conforming,
    figures.value,
    figures.value_low,
    figures.value_high,
    figures.value_status,
    figures.source,
    figures.published_on,
    figures.is_provisional,
    figures.direction,
    figures.target_value,
    figures.target_year,
    figures.target_status,
    figures.quarter_before,
    figures.value_before,
    figures.change,
    figures.change_low,
    figures.change_high,
    figures.change_status,
    figures.needed_rate,
    figures.needed_status
FROM mart_indicators AS figures
INNER JOIN ref_indicators AS promised
    ON figures.indicator_code = promised.indicator_code AND figures.province_code = promised.province_code
WHERE
    figures.prefecture_code = 'all'
    AND (
        figures.quarter = $quarter
        OR (figures.feed IS NULL AND figures.quarter <= $quarter[1:4])
        OR (
            figures.quarter = $quarter[1:4] || 'YTD'
            AND $quarter = (SELECT max(quarter) FROM mart_cells WHERE quarter[1:4] = $quarter[1:4])
        )
    )
QUALIFY
    figures.feed IS NOT NULL
    OR row_number() OVER (
        PARTITION BY figures.province_code, figures.indicator_code
        ORDER BY figures.value_status <> 'no_data' DESC, figures.quarter DESC
    ) = 1
ORDER BY figures.province_code, figures.indicator_code, figures.quarter
