-- Grain: one feed: rows in quarantine of the quarter and of no known quarter, and notices that wait for their other half
-- (of any quarter). From: mart_quarantine, mart_notices.
WITH quarantined AS (
    SELECT
        feed,
        CAST(coalesce(sum(n_rows) FILTER (quarter = $quarter), 0) AS BIGINT) AS n_rows_quarantined,
        CAST(coalesce(sum(n_samples) FILTER (quarter = $quarter), 0) AS BIGINT) AS n_samples_quarantined,
        CAST(coalesce(sum(n_rows) FILTER (quarter = 'unknown'), 0) AS BIGINT) AS n_rows_of_no_quarter
    FROM mart_quarantine
    GROUP BY feed
),

held AS (
    SELECT feed, count(*) AS n_notices_held FROM mart_notices GROUP BY feed
),

feeds AS (
    SELECT feed FROM quarantined
    UNION
    SELECT feed FROM held
    UNION
    SELECT feed FROM mart_cells WHERE quarter = $quarter
)

SELECT
    feed,
    coalesce(quarantined.n_rows_quarantined, 0) AS n_rows_quarantined,
    coalesce(quarantined.n_samples_quarantined, 0) AS n_samples_quarantined,
    coalesce(quarantined.n_rows_of_no_quarter, 0) AS n_rows_of_no_quarter,
    coalesce(held.n_notices_held, 0) AS n_notices_held
FROM feeds
LEFT JOIN quarantined USING (feed)
LEFT JOIN held USING (feed)
ORDER BY feed
