-- Grain: one withdrawn warning, saying what the public last read of it and why it was withdrawn.
-- From: core_warning_states; $structure: the columns of the content, for from_json.
SELECT warning_id, version, state, issued_on, content.*
FROM (
    SELECT warning_id, version, state, issued_on, from_json(content, $structure) AS content
    FROM core_warning_states
    WHERE state = 'withdrawn'
)
