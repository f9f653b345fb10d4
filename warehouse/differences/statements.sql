-- Grain: one statement that a release makes of a period and a place from its counts, or of a figure that was entered: how an
-- indicator stands to its target (about: which), how a rate compares with an earlier one (about: kind of comparison; by
-- prefecture, or by category for the province), which rank a prefecture has in its stratum. value: the indicator's, the
-- difference, the rank; says: target_status, change, the rank's interval. From: mart_indicators, mart_changes, mart_rankings
-- of the release in use.
SELECT
    'indicator' AS kind,
    indicator_code AS about,
    quarter,
    feed,
    sampling_type,
    province_code,
    nullif(prefecture_code, 'all') AS prefecture_code,
    CAST(NULL AS VARCHAR) AS category_code,
    value,
    coalesce(target_status, value_status) AS says
FROM mart_indicators
UNION ALL
SELECT
    'comparison' AS kind,
    kind AS about,
    quarter,
    feed,
    sampling_type,
    province_code,
    nullif(prefecture_code, 'all') AS prefecture_code,
    nullif(category_code, 'all') AS category_code,
    difference AS value,
    change AS says
FROM mart_changes
WHERE stage = 'all' AND 'all' IN (category_code, prefecture_code)
UNION ALL
SELECT
    'ranking' AS kind,
    CAST(NULL AS VARCHAR) AS about,
    quarter,
    feed,
    sampling_type,
    province_code,
    prefecture_code,
    nullif(category_code, 'all') AS category_code,
    CAST("rank" AS DOUBLE) AS value,
    concat(rank_low, '–', rank_high) AS says
FROM mart_rankings
WHERE stage = 'all' AND category_code = 'all'
