-- Grain: one distinct text that an earlier version of a warning gave as a party. From: lake_warning_events.
WITH told AS (
    SELECT
        content,
        version < max(version) OVER (PARTITION BY warning_id) AS is_earlier
    FROM lake_warning_events
)

SELECT DISTINCT
    unnest(
        [
            content ->> 'producer_name', content ->> 'sampled_unit_name', content ->> 'orderer_name',
            content ->> 'importer_name'
        ] || coalesce(content ->> '$.samples[*].sampled_unit_name', [])
    ) AS given
FROM told
WHERE is_earlier
