-- Grain: one day on which a warning opens: the first sample of a key, and the first that comes more than 12 months after
-- the one that opened the warning before it; what waits for the office (not is_told) moves no warning that is public.
-- From: core_named.
WITH RECURSIVE openings AS (
    SELECT is_told, grouping_key, min(seen_on) AS opened_on
    FROM core_named
    GROUP BY is_told, grouping_key
    UNION ALL
    SELECT openings.is_told, openings.grouping_key, min(named.seen_on) AS opened_on
    FROM openings
    INNER JOIN core_named AS named
        ON
            openings.grouping_key = named.grouping_key
            AND openings.is_told = named.is_told
            AND named.seen_on > openings.opened_on + INTERVAL 12 MONTH
    GROUP BY openings.is_told, openings.grouping_key
)

SELECT is_told, grouping_key, opened_on
FROM openings
