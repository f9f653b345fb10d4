-- Grain: one data row of the batch. From: incoming (what normalise made).
-- {content}: the contract columns that say what a report says, in order.
SELECT
    * EXCLUDE (identity),
    left(sha256(identity), 32) AS sample_key,
    md5(concat_ws(chr(31), {content})) AS content_hash
FROM incoming
