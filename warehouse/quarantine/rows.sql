-- Grain: one row of quarantine; one report of a sample that publication left out because equal reports contradict each
-- other, with its number and those reports; or one problem of a file, also of a form, that was rejected as a whole. A row
-- waits while its batch counts and its sample has not been accepted since, a file until its bytes are taken in; else it
-- has left, and is listed for who asks for everything. sender: who the side-car says, else whom the key was given to that
-- the file came with, NULL where neither is told. From: lake_quarantine, lake_samples, lake_receipts, conflicting, the
-- batches that count (core_receipts), rejected files (quarantine/rejected). Parameters: feed, batch (or its beginning),
-- rule, or NULL for all; everything; is_for_sender: nothing of another batch is told.
WITH counting AS ({counting}),

waiting AS (
    SELECT * FROM lake_quarantine
    WHERE attempt_id IN (SELECT attempt_id FROM counting)
),

accepted AS (
    SELECT DISTINCT
        samples.feed,
        samples.sample_key
    FROM lake_samples AS samples
    SEMI JOIN waiting
        ON samples.feed = waiting.feed AND samples.sample_key = waiting.sample_key
    SEMI JOIN counting
        ON samples.batch_id = counting.batch_id AND samples.attempt_id = counting.attempt_id
),

of_conflicting AS (
    SELECT * FROM lake_samples
    WHERE
        batch_id IN (SELECT batch_id FROM conflicting)
        AND attempt_id IN (SELECT attempt_id FROM counting)
),

numbered AS (
    SELECT
        conflicting.*,
        samples.sample_no,
        samples.sample_key,
        samples.received_at
    FROM conflicting
    LEFT JOIN of_conflicting AS samples
        ON
            conflicting.feed = samples.feed
            AND conflicting.batch_id = samples.batch_id
            AND conflicting.sheet = samples.sheet
            AND conflicting.source_row = samples.source_rows[1]
),

contradicted AS (
    SELECT
        one.* EXCLUDE (sample_no) REPLACE (
            concat('抽样编号 ' || one.sample_no || '：', one.message_zh, '；与之矛盾 ' || others.zh) AS message_zh,
            concat('Sample ' || one.sample_no || ': ', one.message_en, '; against it: ' || others.en) AS message_en
        )
    FROM numbered AS one
    LEFT JOIN LATERAL (
        SELECT
            string_agg(
                format('{{}} 第 {{}} 行（{{}}）', other.file_name, other.source_row, other.found),
                '、' ORDER BY other.file_name, other.sheet, other.source_row
            ) AS zh,
            string_agg(
                format('{{}} row {{}} ({{}})', other.file_name, other.source_row, other.found),
                ', ' ORDER BY other.file_name, other.sheet, other.source_row
            ) AS en
        FROM numbered AS other
        WHERE
            other.feed = one.feed
            AND other.sample_key = one.sample_key
            AND (other.batch_id, other.sheet, other.source_row) <> (one.batch_id, one.sheet, one.source_row)
            AND (NOT $is_for_sender OR other.batch_id = one.batch_id)
    ) AS others
        ON TRUE
),

rejected AS (
    SELECT
        * EXCLUDE (problems),
        unnest(
            from_json(
                problems,
                '[{{"rule": "VARCHAR", "sheet": "VARCHAR", "row": "BIGINT", "column": "VARCHAR", "found": "VARCHAR",
                "message_zh": "VARCHAR", "message_en": "VARCHAR"}}]'
            )
        ) AS problem
    FROM ({rejected})
),

-- A batch may have come several times: who first named a sender, under that name of the file.
senders AS (
    SELECT
        batch_id,
        file_name,
        arg_min(coalesce(sidecar ->> '$.sender', sidecar ->> '$.upload.key'), committed_at) AS sender
    FROM lake_receipts
    GROUP BY ALL
),

listed AS (
    SELECT
        waiting.*,
        'waiting' AS state
    FROM waiting
    ANTI JOIN accepted
        ON waiting.feed = accepted.feed AND waiting.sample_key = accepted.sample_key
    UNION ALL
    SELECT
        waiting.*,
        'left' AS state
    FROM waiting
    SEMI JOIN accepted
        ON waiting.feed = accepted.feed AND waiting.sample_key = accepted.sample_key
    UNION ALL
    SELECT
        former.*,
        'left' AS state
    FROM lake_quarantine AS former
    SEMI JOIN lake_receipts AS receipts
        ON former.attempt_id = receipts.attempt_id
    ANTI JOIN counting
        ON former.attempt_id = counting.attempt_id
    UNION ALL BY NAME
    SELECT
        *,
        'waiting' AS state
    FROM contradicted
    UNION ALL BY NAME
    SELECT
        feed,
        batch_id,
        coalesce(problem.sheet, '') AS sheet,
        problem.row AS source_row,
        problem.rule,
        problem.column AS column_name,
        problem.found,
        problem.message_zh,
        problem.message_en,
        file_name,
        received_at,
        CASE WHEN is_taken THEN 'left' ELSE 'waiting' END AS state
    FROM rejected
)

SELECT
    listed.*,
    senders.sender
FROM listed
LEFT JOIN senders
    ON listed.batch_id = senders.batch_id AND listed.file_name = senders.file_name
WHERE
    ($feed IS NULL OR listed.feed = $feed)
    AND ($batch IS NULL OR starts_with(listed.batch_id, $batch))
    AND ($rule IS NULL OR listed.rule = $rule)
    AND ($everything OR listed.state = 'waiting')
ORDER BY listed.received_at DESC NULLS FIRST, listed.batch_id, listed.sheet, listed.source_row
