-- Grain: one row per prefecture of the installed provinces, in the order of its code.
WITH listed AS (
    SELECT prefecture_code, prefecture_name, province_code, province_name, prefecture_code AS row_key, count(*) OVER () AS total
    FROM ref_prefectures
    WHERE $province::VARCHAR IS NULL OR province_code = $province
)
SELECT *
FROM listed
WHERE $after::VARCHAR IS NULL OR row_key > $after
ORDER BY row_key
LIMIT $limit
