-- Grain: one version of a warning that an earlier release knows, saying what the release that serves tells of it.
-- From: mart_warning_versions of both.
SELECT earlier.* REPLACE (CASE WHEN earlier.content IS NOT NULL THEN told.content END AS content)
FROM {earlier}.main.mart_warning_versions AS earlier
LEFT JOIN serving.main.mart_warning_versions AS told
    ON earlier.warning_id = told.warning_id AND earlier.version = told.version
