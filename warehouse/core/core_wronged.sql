-- Grain: one version of a warning that the public read, with the producers as reported of its samples who were
-- impersonated or deny having made the goods. From: lake_warning_events, core_candidates.
SELECT
    events.warning_id,
    events.version,
    first(events.content) AS content,
    list(DISTINCT candidates.producer_as_reported) AS producers
FROM (SELECT *, unnest(sample_keys) AS sample_key FROM lake_warning_events) AS events
INNER JOIN core_candidates AS candidates
    ON events.feed = candidates.feed AND events.sample_key = candidates.sample_key
WHERE candidates.producer_status IN ('disputed', 'disowned') AND candidates.producer_as_reported IS NOT NULL
GROUP BY events.warning_id, events.version
