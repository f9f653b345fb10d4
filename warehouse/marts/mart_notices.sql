-- Grain: one notice that is held, with the half that is there; $is_office for the office alone.
-- From: core_notices, core_held.
SELECT
    notices.feed,
    notices.notice_key,
    notices.half_present,
    CAST(sum(held.n_held) AS BIGINT) AS n_held
FROM core_notices AS notices
INNER JOIN core_held AS held
    ON notices.feed = held.feed AND notices.notice_key = held.notice_key
WHERE notices.is_held AND ($is_office OR held.sampling_type <> 'risk_monitoring')
GROUP BY ALL
