-- Grain: one warning that is no longer made of failed samples, hence withdrawn, saying what the public last read of it
-- and why it was withdrawn. From: core_warning_states; $structure: the columns of the content, for from_json.
SELECT warning_id, version, state, issued_on, reason_zh, reason_en, content.*
FROM (
    SELECT warning_id, version, state, issued_on, reason_zh, reason_en, from_json(content, $structure) AS content
    FROM core_warning_states
    WHERE state = 'withdrawn'
)
