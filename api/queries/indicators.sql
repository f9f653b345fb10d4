-- Grain: one indicator, province, period and, where asked for, prefecture. A year to date has the figure of its year
-- beside it, where an indicator is not sampled. Reference lines of cities stand beside the whole province.
WITH lines AS (
    SELECT
        indicator_code,
        province_code,
        list(
            {
                'name_zh': name_zh,
                'name_en': name_en,
                'prefecture_code': prefecture_code,
                'value': baseline_value,
                'source': source
            }
            ORDER BY name_zh
        ) AS baselines
    FROM ref_baselines
    INNER JOIN ref_prefectures USING (prefecture_code)
    GROUP BY ALL
),
chosen AS (
    SELECT
        m.indicator_code,
        r.name_zh,
        r.name_en,
        m.province_code,
        CASE WHEN m.prefecture_code <> 'all' THEN m.prefecture_code END AS prefecture_code,
        CASE WHEN m.prefecture_code = 'unknown' THEN '未能归属' ELSE p.prefecture_name END AS prefecture_name,
        m.* EXCLUDE (indicator_code, province_code, prefecture_code),
        r.unit,
        r.source AS target_source,
        CASE WHEN m.prefecture_code = 'all' THEN coalesce(l.baselines, []) ELSE [] END AS baselines,
        concat_ws('|', m.indicator_code, m.province_code, m.quarter, m.prefecture_code) AS row_key
    FROM mart_indicators m
    INNER JOIN ref_indicators r USING (indicator_code, province_code)
    LEFT JOIN ref_prefectures p ON p.prefecture_code = m.prefecture_code
    LEFT JOIN lines l ON l.indicator_code = m.indicator_code AND l.province_code = m.province_code
    WHERE ($indicator::VARCHAR IS NULL OR m.indicator_code = $indicator)
        AND ($province::VARCHAR IS NULL OR m.province_code = $province)
        AND (
            $quarter::VARCHAR IS NULL
            OR m.quarter = $quarter
            OR (ends_with($quarter, 'YTD') AND m.quarter = left($quarter, 4))
        )
        AND CASE
            WHEN $prefecture::VARCHAR IS NOT NULL THEN m.prefecture_code = $prefecture
            ELSE (m.prefecture_code <> 'all') = $by_prefecture
        END
)
SELECT
    *,
    count(*) OVER () AS total
FROM chosen
QUALIFY $after::VARCHAR IS NULL OR row_key > $after
ORDER BY row_key
LIMIT $limit
