-- Grain: one measure on samples of a warning, the oldest first.
SELECT
    kind,
    happened_on,
    authority,
    result,
    due_on,
    CAST(sum(n_samples) AS BIGINT) AS n_samples
FROM mart_dispositions
WHERE warning_id = $warning_id
GROUP BY ALL
ORDER BY happened_on, kind, authority, result
