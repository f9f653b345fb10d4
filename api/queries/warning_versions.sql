-- Grain: one row per version of a warning, the newest first, each with what it said as JSON (content).
WITH current_contents AS (
    SELECT
        warning_id,
        version,
        to_json(
            struct_pack(
                *COLUMNS(
                    * EXCLUDE (warning_id, version, state, issued_on, expires_on, reason_zh, reason_en)
                )
            )
        )::VARCHAR AS content
    FROM mart_warnings
    WHERE warning_id = $warning_id
),
told AS (
    SELECT
        v.warning_id,
        v.version,
        v.event,
        v.state_before,
        v.state,
        v.reason,
        v.reason_zh,
        v.reason_en,
        coalesce(v.release_id, i.release_id) AS release_id,
        v.happened_at,
        v.content IS NULL AS is_current,
        coalesce(v.content, c.content) AS content
    FROM mart_warning_versions v
    CROSS JOIN release_info i
    LEFT JOIN current_contents c ON c.warning_id = v.warning_id AND c.version = v.version
    WHERE v.warning_id = $warning_id
)
SELECT
    warning_id,
    version,
    event,
    state_before,
    state,
    reason,
    reason_zh,
    reason_en,
    content ->> 'headline_zh' AS headline_zh,
    content ->> 'headline_en' AS headline_en,
    release_id,
    happened_at,
    is_current,
    content,
    lpad(version::VARCHAR, 9, '0') AS row_key,
    count(*) OVER () AS total
FROM told
WHERE $after::VARCHAR IS NULL OR lpad(version::VARCHAR, 9, '0') < $after
ORDER BY row_key DESC
LIMIT $limit
