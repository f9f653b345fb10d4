-- Grain: one version of one warning that was ever public, those of $happened_at by this release among them; the content
-- of the current ones stands in mart_warnings, and is null here. $is_office: with the keys of the samples.
-- From: lake_warning_events, core_new_events, core_unnamed_contents.
WITH events AS (
    SELECT
        warning_id,
        version,
        event,
        state_before,
        coalesce(state_after, event) AS state,
        reason,
        coalesce(reason_zh, content ->> 'reason_zh') AS reason_zh,
        coalesce(reason_en, content ->> 'reason_en') AS reason_en,
        release_id,
        happened_at,
        sample_keys,
        content
    FROM lake_warning_events
    UNION ALL BY NAME
    SELECT
        warning_id,
        version,
        event,
        state_before,
        state_after AS state,
        reason,
        reason_zh,
        reason_en,
        happened_at,
        sample_keys,
        content
    FROM core_new_events
)

SELECT
    events.* EXCLUDE (sample_keys, content),
    CASE WHEN $is_office THEN events.sample_keys ELSE [] END AS sample_keys,
    CASE
        WHEN events.version < max(events.version) OVER (PARTITION BY events.warning_id)
            THEN CASE WHEN $is_office THEN events.content ELSE coalesce(unnamed.content, events.content) END
    END AS content
FROM events
LEFT JOIN core_unnamed_contents AS unnamed
    ON events.warning_id = unnamed.warning_id AND events.version = unnamed.version
