-- Grain: one row per warning that changed after the place ($low_release, $low_position) and up to
-- ($high_release, $high_position), as it stood at one of them ($release_id, $position): nulls where it was not yet.
WITH log AS (
    SELECT v.warning_id, v.version, v.state, v."position", coalesce(v.release_id, i.release_id) AS release_id
    FROM mart_warning_versions v
    CROSS JOIN release_info i
),
marked AS (
    SELECT
        *,
        (release_id > $low_release OR (release_id = $low_release AND "position" > $low_position))
        AND (release_id < $high_release OR (release_id = $high_release AND "position" <= $high_position)) AS is_between,
        release_id < $release_id OR (release_id = $release_id AND "position" <= $position) AS is_told
    FROM log
),
standings AS (
    SELECT
        warning_id,
        max(version) FILTER (WHERE is_told) AS version,
        arg_max(state, version) FILTER (WHERE is_told) AS state
    FROM marked
    GROUP BY warning_id
    HAVING bool_or(is_between)
)
SELECT warning_id, version, state, count(*) OVER () AS total
FROM standings
WHERE warning_id > $done
ORDER BY warning_id
LIMIT $limit
