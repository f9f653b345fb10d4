-- Grain: one period in $periods (quarter or year to date), kind of comparison, feed, sampling type, side (earlier or not)
-- and quarter that the side is the sum of. A year to date is compared with the same quarters of the year before: those
-- that both years have figures of, and where there are none the year stands alone. From: mart_cells.
WITH present AS (
    SELECT DISTINCT
        feed,
        sampling_type,
        left(quarter, 4)::BIGINT AS year,
        right(quarter, 1)::BIGINT AS part
    FROM mart_cells
    WHERE n_concluded > 0
),

quarters AS (
    SELECT
        feed,
        sampling_type,
        format('{}Q{}', year, part) AS quarter,
        kinds.kind,
        CASE
            WHEN kinds.kind = 'year_before' THEN format('{}Q{}', year - 1, part)
            WHEN part = 1 THEN format('{}Q4', year - 1)
            ELSE format('{}Q{}', year, part - 1)
        END AS quarter_before,
        [quarter] AS quarters,
        [quarter_before] AS quarters_before
    FROM present
    CROSS JOIN (VALUES ('previous_quarter'), ('year_before')) AS kinds (kind)
),

years AS (
    SELECT
        feed,
        sampling_type,
        year,
        list(part ORDER BY part) AS parts
    FROM present
    GROUP BY ALL
),

years_to_date AS (
    SELECT
        years.feed,
        years.sampling_type,
        format('{}YTD', years.year) AS quarter,
        'year_before' AS kind,
        format('{}YTD', years.year - 1) AS quarter_before,
        list_filter(years.parts, lambda part: list_contains(before.parts, part)) AS shared_parts,
        CASE WHEN len(shared_parts) > 0 THEN shared_parts ELSE years.parts END AS compared,
        list_transform(compared, lambda part: format('{}Q{}', years.year, part)) AS quarters,
        list_transform(compared, lambda part: format('{}Q{}', years.year - 1, part)) AS quarters_before
    FROM years
    LEFT JOIN years AS before
        ON before.feed = years.feed AND before.sampling_type = years.sampling_type AND before.year = years.year - 1
)

SELECT
    *,
    unnest(
        list_transform(quarters, lambda each: {'is_earlier': false, 'member': each})
        || list_transform(quarters_before, lambda each: {'is_earlier': true, 'member': each}),
        recursive := true
    )
FROM (SELECT * FROM quarters UNION ALL BY NAME SELECT * EXCLUDE (shared_parts, compared) FROM years_to_date)
WHERE list_contains($periods::VARCHAR[], quarter)
