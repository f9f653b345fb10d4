-- Grain: one row where a warning changed at the place ($release_id, $position), else none.
SELECT v.warning_id
FROM mart_warning_versions v
CROSS JOIN release_info i
WHERE coalesce(v.release_id, i.release_id) = $release_id AND v."position" = $position
