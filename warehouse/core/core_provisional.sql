-- Grain: one quarter and one day on which failures in it become final (null: the calendar does not know).
-- From: core_samples.
SELECT feed, quarter, final_on, count(*) AS n_provisional
FROM core_samples
WHERE NOT is_final
GROUP BY ALL
