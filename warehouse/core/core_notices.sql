-- Grain: one notice that came in halves. It is held until both halves are there or somebody said that it is complete;
-- is_unplaced: a file of its conforming half could not give a prefecture, so no sample of it may (else a prefecture
-- would receive failures alone). From: core_batches (those that count), lake_dispositions.
SELECT
    halves.feed,
    halves.notice_key,
    NOT (
        (count(*) FILTER (halves.half = 'conforming') > 0 AND count(*) FILTER (halves.half = 'nonconforming') > 0)
        OR bool_or(halves.is_notice_complete)
        OR bool_or(completed.subject IS NOT NULL)
    ) AS is_held,
    coalesce(bool_or(NOT halves.half_has_place) FILTER (halves.half = 'conforming'), false) AS is_unplaced,
    min(halves.half) AS half_present
FROM core_batches AS halves
LEFT JOIN (
    SELECT DISTINCT feed, subject FROM lake_dispositions WHERE kind = 'notice_complete'
) AS completed
    ON halves.feed = completed.feed AND completed.subject IN (halves.notice_key, halves.notice_no)
WHERE halves.half IN ('conforming', 'nonconforming')
GROUP BY halves.feed, halves.notice_key
