-- Grain: one warning of the release ($told) that names what is asked for; those that stand before those that ended, and
-- those that were withdrawn last. {conditions}: what must occur in which line of `searched`.
SELECT
    CASE WHEN state = 'withdrawn' THEN 'warning_withdrawn' ELSE 'named_in_warning' END AS answer,
    feed,
    sampling_type,
    product_name,
    brand,
    producer_name,
    warning_id,
    state AS warning_state,
    headline_zh,
    headline_en,
    issued_on,
    page,
    concat_ws(
        '|',
        CASE WHEN state IN ('issued', 'updated') THEN '9' WHEN state = 'withdrawn' THEN '7' ELSE '8' END,
        issued_on,
        warning_id
    ) AS row_key
FROM told
WHERE place = $told AND {conditions}
ORDER BY row_key DESC
