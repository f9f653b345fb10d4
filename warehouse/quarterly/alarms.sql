-- Grain: one prefecture outside the 99.8 % limits of a funnel of the quarter, with the figure that is. stage and category
-- are `all` or what the funnel is of; construction has one stage, which would say the same again. From: mart_rankings, mart_strata, mart_cells, ref_prefectures, ref_categories.
WITH alarms AS (
    SELECT * FROM mart_rankings WHERE quarter = $quarter AND is_alarm AND (stage = 'all' OR feed <> 'construction')
),

figures AS (
    SELECT
        alarms.feed,
        alarms.sampling_type,
        alarms.province_code,
        alarms.stage,
        alarms.category_code,
        alarms.prefecture_code,
        CAST(sum(cells.n_concluded) AS BIGINT) AS n_concluded,
        CAST(sum(cells.n_conforming) AS BIGINT) AS n_conforming,
        CAST(sum(cells.n_nonconforming) AS BIGINT) AS n_nonconforming,
        sum(cells.n_provisional) > 0 AS is_provisional
    FROM alarms
    INNER JOIN mart_cells AS cells
        ON
            cells.quarter = alarms.quarter
            AND cells.feed = alarms.feed
            AND cells.sampling_type = alarms.sampling_type
            AND cells.prefecture_code = alarms.prefecture_code
            AND alarms.stage IN ('all', cells.stage)
            AND alarms.category_code IN ('all', cells.category_code, cells.category_2_code)
    GROUP BY ALL
)

SELECT
    alarms.feed,
    alarms.sampling_type,
    alarms.province_code,
    alarms.stage,
    alarms.category_code,
    categories.category_name,
    alarms.prefecture_code,
    places.prefecture_name,
    figures.n_concluded,
    figures.n_nonconforming,
    figures.n_conforming / figures.n_concluded AS rate,
    strata.provincial_rate,
    alarms.funnel_998_low,
    alarms.funnel_998_high,
    strata.is_overdispersed,
    figures.is_provisional,
    CASE WHEN figures.n_conforming / figures.n_concluded < strata.provincial_rate THEN 'below' ELSE 'above' END AS side
FROM alarms
INNER JOIN figures
    USING (feed, sampling_type, province_code, stage, category_code, prefecture_code)
INNER JOIN mart_strata AS strata
    USING (quarter, feed, sampling_type, province_code, stage, category_code)
LEFT JOIN ref_prefectures AS places
    ON alarms.prefecture_code = places.prefecture_code
LEFT JOIN ref_categories AS categories
    ON alarms.feed = categories.feed AND alarms.category_code = categories.category_code
ORDER BY
    alarms.feed,
    alarms.sampling_type,
    alarms.category_code <> 'all',
    alarms.stage <> 'all',
    alarms.category_code,
    alarms.stage,
    alarms.prefecture_code
