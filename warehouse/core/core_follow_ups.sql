-- Grain: one sample (feed and number as compared) with the latest word on its re-inspection and on who made it, whether
-- the office decided it or an agency reported it; of one day the office's, for an agency's day begins it.
-- From: lake_dispositions, core_measures.
WITH words AS (
    SELECT feed, grouping_text(subject) AS number_text, kind, outcome, decided_at, disposition_id
    FROM lake_dispositions
    UNION ALL
    SELECT feed, subject_text, kind, result, CAST(happened_on AS TIMESTAMP) AT TIME ZONE 'Asia/Shanghai', ''
    FROM core_measures
)

SELECT
    feed,
    number_text,
    arg_max(outcome, (decided_at, disposition_id)) FILTER (WHERE kind = 'reinspection') AS reinspection,
    arg_max(decided_at, (decided_at, disposition_id)) FILTER (WHERE kind = 'reinspection') AS reinspection_at,
    arg_max(outcome, (decided_at, disposition_id)) FILTER (WHERE kind = 'objection') AS objection
FROM words
WHERE kind IN ('reinspection', 'objection')
GROUP BY feed, number_text
