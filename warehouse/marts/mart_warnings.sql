-- Grain: one warning that was ever public, in its current version; a withdrawn one keeps what was last read of it.
-- From: core_told_groups (in full or for the public), core_warning_states, core_withdrawn_warnings.
SELECT
    states.warning_id,
    states.version,
    states.state,
    states.issued_on,
    states.expires_on,
    states.reason_zh,
    states.reason_en,
    groups_.* EXCLUDE (is_office, is_told, grouping_key, opened_on, is_old, expires_on, sample_keys)
FROM core_told_groups AS groups_
INNER JOIN core_warning_states AS states
    ON groups_.grouping_key = states.grouping_key AND groups_.opened_on = states.opened_on
UNION ALL BY NAME
SELECT *
FROM core_withdrawn_warnings
