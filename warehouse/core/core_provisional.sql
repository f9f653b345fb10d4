-- Grain: one quarter and one day on which failures in it become final (null: the calendar does not know, or a second test
-- is under way, whose end is told). From: core_samples.
SELECT
    feed,
    quarter,
    CASE WHEN reinspection IS DISTINCT FROM 'pending' THEN final_on END AS final_on,
    count(*) AS n_provisional
FROM core_samples
WHERE NOT is_final
GROUP BY ALL
