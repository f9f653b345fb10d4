-- Grain: one warning by content, with what the public reads of it as JSON: the columns of mart_warnings that are no
-- state. From: core_warning_groups.
SELECT
    grouping_key,
    opened_on,
    feed,
    sample_keys,
    is_old,
    expires_on,
    CAST(
        to_json(
            struct_pack(*COLUMNS(* EXCLUDE (is_office, is_told, grouping_key, opened_on, is_old, expires_on, sample_keys)))
        ) AS VARCHAR
    ) AS content
FROM core_warning_groups
WHERE is_told AND NOT is_office
