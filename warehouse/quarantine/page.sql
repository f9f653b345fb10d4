-- Grain: one row as `rows` lists it, newest file first, under the names that receipts have; row_key, which no other row
-- has, says where a page begins, total counts the rows of all pages. From: the chosen rows (quarantine/rows).
-- Parameters: after, or NULL; limit.
WITH chosen AS ({rows}),

placed AS (
    SELECT
        *,
        count(*) OVER () AS total,
        concat_ws(
            '|',
            printf('%019d', 9000000000000000 - coalesce(epoch_us(received_at), 9000000000000000)),
            batch_id,
            sheet,
            printf('%012d', coalesce(source_row, 0)),
            coalesce(attempt_id, ''),
            rule,
            coalesce(column_name, '')
        ) AS place
    FROM chosen
),

keyed AS (
    SELECT
        *,
        concat(place, '|', printf('%06d', row_number() OVER (PARTITION BY place ORDER BY found, message_zh, raw))) AS row_key
    FROM placed
)

SELECT
    feed,
    batch_id,
    file_name,
    sender,
    nullif(sheet, '') AS sheet,
    source_row AS "row",
    rule,
    column_name AS "column",
    found,
    message_zh,
    message_en,
    raw,
    received_at,
    state,
    row_key,
    total
FROM keyed
WHERE $after IS NULL OR row_key > $after
ORDER BY row_key
LIMIT $limit
