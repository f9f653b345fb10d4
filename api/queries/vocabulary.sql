-- Grain: one row per code that a question may name; feed is empty where the code belongs to none, parent where it lies in
-- no province.
SELECT 'prefecture' AS kind, '' AS feed, prefecture_code AS code, prefecture_name AS name, province_code AS parent
FROM ref_prefectures
UNION
SELECT 'province', '', province_code, province_name, ''
FROM ref_prefectures
UNION
SELECT 'hazard', '', hazard_code, name_zh, ''
FROM ref_hazards
UNION
SELECT 'category', feed, category_code, category_name, ''
FROM ref_categories
ORDER BY kind, feed, code
