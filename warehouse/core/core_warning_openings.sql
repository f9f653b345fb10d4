-- Grain: one day on which a warning opens: the first sample of a key, and the first that comes more than 12 months after
-- the one that opened the warning before it. From: core_warned.
WITH RECURSIVE openings AS (
    SELECT grouping_key, min(seen_on) AS opened_on
    FROM core_warned
    GROUP BY grouping_key
    UNION ALL
    SELECT openings.grouping_key, min(warned.seen_on) AS opened_on
    FROM openings
    INNER JOIN core_warned AS warned
        ON
            openings.grouping_key = warned.grouping_key
            AND warned.seen_on > openings.opened_on + INTERVAL 12 MONTH
    GROUP BY openings.grouping_key
)

SELECT grouping_key, opened_on
FROM openings
