-- Grain: one sample (feed and number as compared) with the latest word on its re-inspection and on who made it.
-- From: lake_dispositions.
SELECT
    feed,
    grouping_text(subject) AS number_text,
    arg_max(outcome, (decided_at, disposition_id)) FILTER (WHERE kind = 'reinspection') AS reinspection,
    arg_max(decided_at, (decided_at, disposition_id)) FILTER (WHERE kind = 'reinspection') AS reinspection_at,
    arg_max(outcome, (decided_at, disposition_id)) FILTER (WHERE kind = 'objection') AS objection
FROM lake_dispositions
WHERE kind IN ('reinspection', 'objection')
GROUP BY feed, number_text
