-- Grain: one row per public change of a warning, in the order in which they happened, after the place
-- ($release_id, $position); total: all that follow.
WITH log AS (
    SELECT v.* EXCLUDE (release_id, sample_keys), coalesce(v.release_id, i.release_id) AS release_id
    FROM mart_warning_versions v
    CROSS JOIN release_info i
),
following AS (
    SELECT *, count(*) OVER () AS total
    FROM log
    WHERE release_id > $release_id OR (release_id = $release_id AND "position" > $position)
    ORDER BY release_id, "position"
    LIMIT $limit
)
SELECT
    CASE f.event WHEN 'issued' THEN 'created' WHEN 'updated' THEN 'corrected' ELSE f.event END AS change,
    f.warning_id,
    f.version,
    f.state_before,
    f.state,
    f.reason,
    f.reason_zh,
    f.reason_en,
    coalesce(f.content ->> 'headline_zh', w.headline_zh) AS headline_zh,
    coalesce(f.content ->> 'headline_en', w.headline_en) AS headline_en,
    f.release_id,
    f."position",
    f.happened_at,
    f.total
FROM following f
LEFT JOIN mart_warnings w ON w.warning_id = f.warning_id AND w.version = f.version
ORDER BY f.release_id, f."position"
