-- Grain: one measure on one failed sample that it names, itself or by the warning that tells of it; a measure whose
-- subject nobody knows (yet) stands alone, without sample. From: core_measures, core_candidates,
-- office_mart_warning_versions.
WITH warning_samples AS (
    SELECT warning_id, unnest(arg_max(sample_keys, version)) AS sample_key
    FROM office_mart_warning_versions
    GROUP BY warning_id
),

reached AS (
    SELECT measures.feed, measures.subject_text, candidates.sample_key
    FROM (SELECT DISTINCT feed, subject_text FROM core_measures) AS measures
    INNER JOIN core_candidates AS candidates
        ON measures.feed = candidates.feed AND measures.subject_text = grouping_text(candidates.sample_no)
    UNION
    SELECT measures.feed, measures.subject_text, warning_samples.sample_key
    FROM (SELECT DISTINCT feed, subject_text FROM core_measures) AS measures
    INNER JOIN warning_samples
        ON measures.subject_text = grouping_text(warning_samples.warning_id)
)

SELECT
    measures.feed,
    measures.subject,
    measures.kind,
    measures.happened_on,
    measures.authority,
    measures.result,
    measures.due_on,
    measures.document_no,
    measures.corrected_on,
    candidates.sample_key,
    candidates.sample_no,
    candidates.sampling_type,
    candidates.quarter,
    candidates.province_code,
    candidates.prefecture_code
FROM core_measures AS measures
LEFT JOIN reached
    ON measures.feed = reached.feed AND measures.subject_text = reached.subject_text
LEFT JOIN core_candidates AS candidates
    ON reached.feed = candidates.feed AND reached.sample_key = candidates.sample_key
