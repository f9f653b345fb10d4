-- Grain: one version of one warning that was ever public, those by this release among them; the content of the current
-- ones stands in mart_warnings, and is null here. public_content: without whom it named wrongly. From:
-- lake_warning_events, core_new_events, core_unnamed_contents.
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
        coalesce("position", row_number() OVER (PARTITION BY release_id ORDER BY warning_id, version)) AS "position",
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
        "position",
        happened_at,
        sample_keys,
        content
    FROM core_new_events
)

SELECT
    events.* EXCLUDE (content, latest),
    CASE WHEN events.version < latest THEN events.content END AS content,
    CASE WHEN events.version < latest THEN coalesce(unnamed.content, events.content) END AS public_content
FROM (SELECT *, max(version) OVER (PARTITION BY warning_id) AS latest FROM events) AS events
LEFT JOIN core_unnamed_contents AS unnamed
    ON events.warning_id = unnamed.warning_id AND events.version = unnamed.version
