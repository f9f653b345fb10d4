-- Grain: one row per warning that was ever issued as news, with when it was issued and last changed, the last changed
-- first. latest_at: of all of them.
WITH events AS (
    SELECT
        warning_id,
        min(happened_at) FILTER (WHERE event = 'issued') AS published_at,
        max(happened_at) AS updated_at
    FROM mart_warning_versions
    GROUP BY warning_id
    HAVING bool_or(event = 'issued')
),
told AS (
    SELECT
        w.* EXCLUDE (findings, samples),
        CASE WHEN w.prefecture_code = 'unknown' THEN NULL ELSE p.prefecture_name END AS prefecture_name,
        h.name_zh AS hazard_name_zh,
        h.name_en AS hazard_name_en,
        e.published_at,
        e.updated_at,
        strftime(e.updated_at AT TIME ZONE 'UTC', '%Y%m%d%H%M%S') || '|' || w.warning_id AS row_key
    FROM mart_warnings w
    JOIN events e ON e.warning_id = w.warning_id
    LEFT JOIN ref_prefectures p ON p.prefecture_code = w.prefecture_code
    LEFT JOIN ref_hazards h ON h.hazard_code = w.hazard_code
    WHERE ($feed::VARCHAR IS NULL OR w.feed = $feed)
        AND ($prefecture::VARCHAR IS NULL OR w.prefecture_code = $prefecture)
        AND (
            $hazard::VARCHAR IS NULL
            OR w.hazard_code = $hazard
            OR list_contains(list_transform(w.findings, lambda finding: finding.hazard_code), $hazard)
        )
),
counted AS (
    SELECT *, count(*) OVER () AS total, max(updated_at) OVER () AS latest_at
    FROM told
)
SELECT *
FROM counted
WHERE $after::VARCHAR IS NULL OR row_key < $after
ORDER BY row_key DESC
LIMIT $limit
