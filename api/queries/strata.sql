-- Grain: one row per feed, sampling type and quarter that has figures.
WITH listed AS (
    SELECT feed, sampling_type, quarter, concat_ws('|', feed, sampling_type, quarter) AS row_key, count(*) OVER () AS total
    FROM (SELECT DISTINCT feed, sampling_type, quarter FROM mart_cells)
)
SELECT *
FROM listed
WHERE $after::VARCHAR IS NULL OR row_key > $after
ORDER BY row_key
LIMIT $limit
