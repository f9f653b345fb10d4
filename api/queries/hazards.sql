-- Grain: one row per hazard class.
WITH listed AS (
    SELECT hazard_code, name_zh, name_en, advice_zh, advice_en, hazard_code AS row_key, count(*) OVER () AS total
    FROM ref_hazards
)
SELECT *
FROM listed
WHERE $after::VARCHAR IS NULL OR row_key > $after
ORDER BY row_key
LIMIT $limit
