-- Grain: one recall or warning of the release ($told) that names what is asked for; recalls first, then warnings that
-- stand before those that ended, and what was withdrawn last. {conditions}: what must occur in which line of `searched`.
SELECT
    CASE
        WHEN recall_status = 'withdrawn' THEN 'recall_withdrawn'
        WHEN recall_no IS NOT NULL THEN 'named_in_recall'
        WHEN state = 'withdrawn' THEN 'warning_withdrawn'
        ELSE 'named_in_warning'
    END AS answer,
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
    recall_no,
    recall_status,
    announced_on,
    source_url,
    coalesce(page, '/recalls?q=' || url_encode(recall_no)) AS page,
    concat_ws(
        '|',
        CASE
            WHEN 'withdrawn' IN (state, recall_status) THEN '7'
            WHEN recall_no IS NOT NULL THEN 'R'
            WHEN state IN ('issued', 'updated') THEN '9'
            ELSE '8'
        END,
        coalesce(issued_on, announced_on),
        coalesce(warning_id, recall_no)
    ) AS row_key
FROM told
WHERE place = $told AND {conditions}
ORDER BY row_key DESC
