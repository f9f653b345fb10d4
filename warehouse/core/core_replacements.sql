-- Grain: one batch that replaces, and one name of what it replaces (a notice, a batch, or the batch that superseded it
-- since). content_order: of two replacements of one thing the later by content stands, whichever came first.
-- From: core_batches (those that count), lake_receipts.
WITH RECURSIVE successors AS (
    SELECT DISTINCT supersedes_batch_id AS name, batch_id
    FROM lake_receipts
    WHERE
        supersedes_batch_id IS NOT NULL
        AND supersedes_batch_id <> batch_id
        AND outcome IN ('accepted', 'accepted_with_quarantine', 'duplicate')
    UNION
    SELECT successors.name, receipts.batch_id
    FROM successors
    INNER JOIN lake_receipts AS receipts
        ON successors.batch_id = receipts.supersedes_batch_id
    WHERE receipts.outcome IN ('accepted', 'accepted_with_quarantine', 'duplicate')
),

replacing AS (
    SELECT
        feed,
        batch_id,
        attempt_id,
        corrects,
        max(published_on) AS published_on,
        max(concluded_on) AS concluded_on
    FROM core_batches
    WHERE correction = 'replace' AND corrects IS NOT NULL
    GROUP BY ALL
)

SELECT
    replacing.feed,
    replacing.batch_id,
    replacing.attempt_id,
    targets.target,
    (
        coalesce(replacing.published_on, DATE '0001-01-01'),
        coalesce(replacing.concluded_on, DATE '0001-01-01'),
        replacing.batch_id
    ) AS content_order
FROM replacing
INNER JOIN (
    SELECT corrects AS name, corrects AS target FROM replacing
    UNION
    SELECT name, batch_id AS target FROM successors
) AS targets
    ON replacing.corrects = targets.name
