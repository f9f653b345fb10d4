-- Grain: one feed, file, sender, rule and state, most rows first; n counts what `rows` lists of it.
-- From: the chosen rows (quarantine/rows).
SELECT
    feed,
    file_name,
    sender,
    rule,
    count(*) AS n,
    batch_id,
    state
FROM ({rows})
GROUP BY ALL
ORDER BY n DESC, feed, file_name, batch_id, sender, rule, state
