-- Grain: one measure on one failed sample, or on a subject that nobody knows (yet), with the warning that tells of the
-- sample. For the public one measure on one warning that stands: what was done, when and by which authority.
-- From: core_measured, core_public_authorities, mart_warnings (the office's), office_mart_warning_versions.
WITH told AS (
    SELECT versions.warning_id, warnings.feed, warnings.state, unnest(arg_max(versions.sample_keys, versions.version)) AS sample_key
    FROM office_mart_warning_versions AS versions
    INNER JOIN mart_warnings AS warnings
        ON versions.warning_id = warnings.warning_id
    GROUP BY versions.warning_id, warnings.feed, warnings.state
)

SELECT
    measured.feed,
    CASE WHEN $is_office THEN measured.subject ELSE told.warning_id END AS subject,
    CASE WHEN $is_office THEN measured.sample_key END AS sample_key,
    CASE WHEN $is_office THEN measured.sample_no END AS sample_no,
    told.warning_id,
    measured.sampling_type,
    measured.quarter,
    measured.province_code,
    measured.prefecture_code,
    measured.kind,
    measured.happened_on,
    CASE WHEN $is_office THEN measured.authority ELSE authorities.public_name END AS authority,
    measured.result,
    measured.due_on,
    CASE WHEN $is_office THEN measured.document_no END AS document_no,
    count(DISTINCT measured.sample_key) AS n_samples,
    measured.corrected_on
FROM core_measured AS measured
INNER JOIN core_public_authorities AS authorities
    ON measured.authority = authorities.given
LEFT JOIN told
    ON measured.feed = told.feed AND measured.sample_key = told.sample_key
WHERE $is_office OR (told.state <> 'withdrawn' AND measured.sampling_type <> 'risk_monitoring')
GROUP BY ALL
