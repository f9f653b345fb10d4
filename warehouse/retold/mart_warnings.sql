-- Grain: one warning of an earlier release, in the state in which it stood then, and saying what the release that serves
-- tells of that version. A version that it does not tell names nobody.
-- From: mart_warnings of both, mart_warning_versions of the one that serves; $structure: the columns of the content.
WITH stood AS (
    SELECT NULL::DATE AS expires_on WHERE false  -- releases of an earlier method have none
    UNION ALL BY NAME
    FROM {earlier}.main.mart_warnings
),

latest AS (
    SELECT NULL::DATE AS expires_on WHERE false
    UNION ALL BY NAME
    FROM serving.main.mart_warnings
),

superseded AS (
    SELECT
        stood.warning_id,
        stood.version,
        stood.state,
        stood.issued_on,
        stood.expires_on,
        stood.reason_zh,
        stood.reason_en,
        from_json(
            coalesce(
                told.content,
                json_object(
                    'feed', stood.feed, 'hazard_code', stood.hazard_code, 'headline_zh', $untold_zh,
                    'headline_en', $untold_en, 'province_code', stood.province_code,
                    'prefecture_code', stood.prefecture_code, 'category_code', stood.category_code,
                    'sampling_type', stood.sampling_type, 'quarter', stood.quarter, 'n_samples', stood.n_samples
                )
            ),
            $structure
        ) AS content
    FROM stood
    ANTI JOIN latest
        ON stood.warning_id = latest.warning_id AND stood.version = latest.version
    LEFT JOIN serving.main.mart_warning_versions AS told
        ON stood.warning_id = told.warning_id AND stood.version = told.version
)

SELECT
    stood.warning_id,
    stood.version,
    stood.state,
    stood.issued_on,
    stood.expires_on,
    stood.reason_zh,
    stood.reason_en,
    latest.* EXCLUDE (warning_id, version, state, issued_on, expires_on, reason_zh, reason_en)
FROM stood
INNER JOIN latest
    ON stood.warning_id = latest.warning_id AND stood.version = latest.version
UNION ALL BY NAME
SELECT superseded.* EXCLUDE (content), content.*
FROM superseded
