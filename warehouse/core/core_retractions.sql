-- Grain: one report that a replacement retracted: it belongs to what was replaced, and the replacing batch omits its
-- sample. A correction is retracted only by a replacement that is later by content; nothing retracts its own batch.
-- From: core_reports, core_batches, core_replacements, core_replacing_keys.
WITH corrections AS (
    SELECT
        batch_id,
        (
            coalesce(max(published_on), DATE '0001-01-01'),
            coalesce(max(concluded_on), DATE '0001-01-01'),
            batch_id
        ) AS content_order
    FROM core_batches
    WHERE correction <> 'none'
    GROUP BY batch_id
),

named AS (
    SELECT feed, sample_key, batch_id, correction, notice_key AS name FROM core_reports
    UNION
    SELECT feed, sample_key, batch_id, correction, notice_no FROM core_reports
    UNION
    SELECT feed, sample_key, batch_id, correction, batch_id FROM core_reports
    UNION
    SELECT feed, sample_key, batch_id, correction, corrects FROM core_reports
)

SELECT DISTINCT named.feed, named.sample_key, named.batch_id
FROM named
INNER JOIN core_replacements AS replacements
    ON named.feed = replacements.feed AND named.name = replacements.target
LEFT JOIN corrections
    ON named.batch_id = corrections.batch_id
LEFT JOIN core_replacing_keys AS kept
    ON replacements.batch_id = kept.batch_id AND named.sample_key = kept.sample_key
WHERE
    named.batch_id <> replacements.batch_id
    AND kept.sample_key IS NULL
    AND (named.correction = 'none' OR corrections.content_order < replacements.content_order)
