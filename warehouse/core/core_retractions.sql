-- Grain: one report that a replacement retracted: it belongs to what was replaced, and the replacing batch omits its
-- sample. A correction is retracted only by a replacement that is later by content; nothing retracts its own batch, nor
-- what was sent together with it in one ZIP, which replaces as a whole, unless the batch itself is what it names.
-- From: core_reports, core_batches, core_replacements, core_replacing_keys, core_sent_together.
WITH replacements AS (
    SELECT feed AS in_feed, target, batch_id AS replacing_batch_id, content_order AS replacing_order
    FROM core_replacements
),

corrections AS (
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

-- Four joins, not one over four alternatives: each ends at once where nothing was replaced.
named AS (
    SELECT reports.feed, reports.sample_key, reports.batch_id, reports.correction, replacements.*
    FROM core_reports AS reports
    INNER JOIN replacements ON reports.feed = replacements.in_feed AND reports.notice_key = replacements.target
    UNION ALL
    SELECT reports.feed, reports.sample_key, reports.batch_id, reports.correction, replacements.*
    FROM core_reports AS reports
    INNER JOIN replacements ON reports.feed = replacements.in_feed AND reports.notice_no = replacements.target
    UNION ALL
    SELECT reports.feed, reports.sample_key, reports.batch_id, reports.correction, replacements.*
    FROM core_reports AS reports
    INNER JOIN replacements ON reports.feed = replacements.in_feed AND reports.batch_id = replacements.target
    UNION ALL
    SELECT reports.feed, reports.sample_key, reports.batch_id, reports.correction, replacements.*
    FROM core_reports AS reports
    INNER JOIN replacements ON reports.feed = replacements.in_feed AND reports.corrects = replacements.target
)

SELECT DISTINCT named.feed, named.sample_key, named.batch_id
FROM named
LEFT JOIN corrections
    ON named.batch_id = corrections.batch_id
LEFT JOIN core_replacing_keys AS kept
    ON named.replacing_batch_id = kept.batch_id AND named.sample_key = kept.sample_key
ANTI JOIN core_sent_together AS together
    ON
        named.replacing_batch_id = together.replacing_batch_id
        AND named.batch_id = together.batch_id
        AND (named.batch_id <> named.target OR named.correction <> 'none')
WHERE
    named.batch_id <> named.replacing_batch_id
    AND kept.sample_key IS NULL
    AND (named.correction = 'none' OR corrections.content_order < named.replacing_order)
