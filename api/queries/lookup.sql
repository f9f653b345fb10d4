-- Grain: one warning that names what is asked for, or one product of one producer as one kind of sampling found it
-- conforming, or the one row that says that there is neither. Warnings first, those that stand before those that ended.
-- $parts and $told: what belongs to the release; {conditions}: what must occur in which line of `searched`.
WITH told_here AS (
    SELECT
        CASE WHEN state = 'withdrawn' THEN 'warning_withdrawn' ELSE 'named_in_warning' END AS answer,
        feed,
        sampling_type,
        product_name,
        brand,
        producer_name,
        NULL::BIGINT AS n_conforming,
        NULL::VARCHAR[] AS quarters,
        NULL::DATE AS latest_on,
        NULL::VARCHAR[] AS batches,
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
),

matched AS (
    SELECT *
    FROM known
    WHERE {conditions} AND place IN (SELECT unnest($parts::INTEGER[]))
),

sampled AS (
    SELECT
        feed,
        sampling_type,
        product_no,
        count(*) AS n_conforming,
        max(concluded_on) AS latest_on,
        concat_ws('|', '1', coalesce(max(concluded_on), DATE '0001-01-01'), feed, sampling_type, product_no) AS row_key
    FROM matched
    GROUP BY feed, sampling_type, product_no
),

keys AS (
    SELECT row_key FROM told_here
    UNION ALL
    SELECT row_key FROM sampled
),

counted AS (
    SELECT count(*) AS n FROM keys
),

shown AS (
    SELECT row_key
    FROM keys
    WHERE $after::VARCHAR IS NULL OR row_key < $after
    ORDER BY row_key DESC
    LIMIT $limit
),

-- What is told of the products of this page alone: names and lists of what many samples say.
products AS (
    SELECT
        'sampled_conforming' AS answer,
        sampled.feed,
        sampled.sampling_type,
        min(matched.product_name) AS product_name,
        min(matched.brand) AS brand,
        min(matched.producer_name) AS producer_name,
        sampled.n_conforming,
        list_sort(list(DISTINCT matched.quarter)) AS quarters,
        sampled.latest_on,
        list_sort(list(DISTINCT matched.batch_or_date) FILTER (matched.batch_or_date IS NOT NULL)) AS batches,
        sampled.row_key
    FROM sampled
    SEMI JOIN shown USING (row_key)
    INNER JOIN matched USING (feed, sampling_type, product_no)
    GROUP BY ALL
),

rows_ AS (
    SELECT * FROM told_here SEMI JOIN shown USING (row_key)
    UNION ALL BY NAME
    SELECT * REPLACE (CASE WHEN len(batches) <= 20 THEN batches END AS batches) FROM products
    UNION ALL BY NAME
    SELECT 'not_sampled' AS answer, '0' AS row_key FROM counted WHERE n = 0 AND $after::VARCHAR IS NULL
)

SELECT rows_.*, greatest(counted.n, 1) AS total
FROM rows_
CROSS JOIN counted
ORDER BY row_key DESC
