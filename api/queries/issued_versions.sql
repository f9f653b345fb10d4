-- Grain: one row per warning that was ever issued as news, with its latest version.
SELECT warning_id, max(version) AS version
FROM mart_warning_versions
GROUP BY warning_id
HAVING bool_or(event = 'issued')
