-- Grain: one envelope that a replay may change: its batch counts and has rows in quarantine, or it was rejected and
-- nothing of it was ever taken in. rules: why. Oldest first.
-- From: lake_receipts, lake_quarantine, the batches that count (core_receipts). Parameters: feed, batch, rule, or NULL.
WITH counting AS ({counting}),

quarantined AS (
    SELECT
        feed,
        batch_id,
        attempt_id,
        list(DISTINCT rule ORDER BY rule) AS rules
    FROM lake_quarantine
    GROUP BY ALL
),

rejected AS (
    SELECT *
    FROM lake_receipts
    WHERE outcome = 'rejected' AND feed <> 'dispositions'
    QUALIFY row_number() OVER (PARTITION BY envelope_id ORDER BY committed_at DESC) = 1
),

found AS (
    SELECT
        counting.*,
        quarantined.rules
    FROM counting
    INNER JOIN quarantined
        ON
            counting.feed = quarantined.feed
            AND counting.batch_id = quarantined.batch_id
            AND counting.attempt_id = quarantined.attempt_id
    UNION ALL BY NAME
    SELECT
        rejected.*,
        list_distinct(json_extract_string(rejected.problems, '$[*].rule')) AS rules
    FROM rejected
    WHERE rejected.envelope_id NOT IN (SELECT envelope_id FROM lake_receipts WHERE outcome <> 'rejected')
)

SELECT
    envelope_id,
    batch_id,
    attempt_id,
    feed,
    file_name,
    outcome,
    rows_accepted,
    rows_quarantined,
    quarters,
    coalesce(replay_no, 0) AS n_replays,
    rules
FROM found
WHERE
    ($feed IS NULL OR feed = $feed)
    AND ($batch IS NULL OR starts_with(batch_id, $batch))
    AND ($rule IS NULL OR list_contains(rules, $rule))
ORDER BY received_at, envelope_id
