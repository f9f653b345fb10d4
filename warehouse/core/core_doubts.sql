-- Grain: one set of facts that quarantined samples have in common, with their number: feed, and the quarters, sampling
-- types, provinces, prefectures and categories (first level) that rows of a sample say; an empty list: unknown, could be
-- any. Rows of one key are one sample, a row without key is one by itself, and so is a row whose number a rule calls
-- unreadable. Cells under wrong headers tell nothing.
-- From: core_quarantine.
WITH said AS (
    SELECT
        feed,
        CASE WHEN rule NOT IN ('SH-005', 'SH-107') THEN sample_key END AS given_key,
        coalesce(given_key, concat_ws(chr(31), batch_id, sheet, source_row)) AS sample,
        rule = 'SH-004' AS is_displaced,
        nullif(quarter, 'unknown') AS quarter,
        CASE WHEN NOT is_displaced THEN nullif(sampling_type, 'unknown') END AS sampling_type,
        CASE WHEN NOT is_displaced THEN nullif(province_code, 'unknown') END AS province_code,
        CASE WHEN NOT is_displaced THEN nullif(prefecture_code, 'unknown') END AS prefecture_code,
        CASE WHEN NOT is_displaced THEN nullif(category_code, 'unknown') END AS category_code
    FROM core_quarantine
),

samples AS (
    SELECT
        feed,
        sample,
        coalesce(list(DISTINCT quarter ORDER BY quarter) FILTER (quarter IS NOT NULL), []) AS quarters,
        coalesce(list(DISTINCT sampling_type ORDER BY sampling_type) FILTER (sampling_type IS NOT NULL), []) AS types,
        coalesce(list(DISTINCT province_code ORDER BY province_code) FILTER (province_code IS NOT NULL), []) AS provinces,
        coalesce(
            list(DISTINCT prefecture_code ORDER BY prefecture_code) FILTER (prefecture_code IS NOT NULL), []
        ) AS prefectures,
        coalesce(
            list(DISTINCT category_code ORDER BY category_code) FILTER (category_code IS NOT NULL), []
        ) AS categories
    FROM said
    GROUP BY feed, sample
)

SELECT feed, quarters, types, provinces, prefectures, categories, count(*) AS n_samples
FROM samples
GROUP BY ALL
