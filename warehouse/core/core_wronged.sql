-- Grain: one version of a warning that the public read, with the producers as reported of its samples who were
-- impersonated or deny having made the goods. A version's content is taken along once, and not for each of its samples.
-- From: lake_warning_events, core_candidates.
WITH told AS (
    SELECT warning_id, version, feed, unnest(sample_keys) AS sample_key
    FROM lake_warning_events
),

wronged AS (
    SELECT told.warning_id, told.version, list(DISTINCT candidates.producer_as_reported) AS producers
    FROM told
    INNER JOIN core_candidates AS candidates
        ON told.feed = candidates.feed AND told.sample_key = candidates.sample_key
    WHERE candidates.producer_status IN ('disputed', 'disowned') AND candidates.producer_as_reported IS NOT NULL
    GROUP BY told.warning_id, told.version
)

SELECT wronged.warning_id, wronged.version, first(events.content) AS content, first(wronged.producers) AS producers
FROM wronged
INNER JOIN lake_warning_events AS events
    ON wronged.warning_id = events.warning_id AND wronged.version = events.version
GROUP BY wronged.warning_id, wronged.version
