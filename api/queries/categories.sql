-- Grain: one row per category of a feed, of both levels (parent_code is null for the first).
WITH listed AS (
    SELECT feed, category_code, category_name, parent_code, concat_ws('|', feed, category_code) AS row_key, count(*) OVER () AS total
    FROM ref_categories
    WHERE $feed::VARCHAR IS NULL OR feed = $feed
)
SELECT *
FROM listed
WHERE $after::VARCHAR IS NULL OR row_key > $after
ORDER BY row_key
LIMIT $limit
