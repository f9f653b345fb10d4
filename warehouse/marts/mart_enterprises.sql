-- Grain: one quarter, feed, sampling type and province (or all) as a whole, and each by prefecture, by stage and by
-- category of the first level; `all` in what a row does not name. Distinct enterprises don't add up over these rows.
-- Samples are sampled ones (an inspection is one), none of them held. An enterprise is its name without punctuation, a
-- sampled unit its name within a prefecture. Producers are the named ones: batches without a maker's name, and those
-- whose named maker disputes or disowns them, stand apart and are in no other count of producers. From: core_counted.
WITH parties AS (
    SELECT
        quarter,
        feed,
        sampling_type,
        province_code,
        prefecture_code,
        stage,
        category_code,
        CASE WHEN producer_status = 'named' THEN producer_name END AS producer_name,
        producer_status IN ('disputed', 'disowned') AS is_disputed,
        sampled_unit_name AS unit_name,
        conclusion = 'nonconforming' AS is_failed,
        count(*) AS n
    FROM core_counted
    WHERE NOT is_held
    GROUP BY ALL
),

-- Materialised, so that each name is compared once and not where it stands.
names AS MATERIALIZED (
    SELECT given, CASE WHEN read IS NOT NULL THEN hash(read) END AS name
    FROM (
        SELECT given, grouping_text(given) AS read
        FROM (SELECT producer_name AS given FROM parties UNION SELECT unit_name FROM parties)
    )
),

keyed AS (
    SELECT parties.*, producers.name AS producer, units.name AS unit
    FROM parties
    LEFT JOIN names AS producers
        ON parties.producer_name = producers.given
    LEFT JOIN names AS units
        ON parties.unit_name = units.given
),

samples AS (
    SELECT
        quarter,
        feed,
        sampling_type,
        coalesce(province_code, 'all') AS province_code,
        coalesce(prefecture_code, 'all') AS prefecture_code,
        coalesce(stage, 'all') AS stage,
        coalesce(category_code, 'all') AS category_code,
        CAST(sum(n) AS BIGINT) AS n_samples,
        CAST(coalesce(sum(n) FILTER (producer IS NOT NULL), 0) AS BIGINT) AS n_samples_of_producers,
        CAST(coalesce(sum(n) FILTER (producer IS NULL AND NOT is_disputed), 0) AS BIGINT) AS n_samples_unnamed,
        CAST(coalesce(sum(n) FILTER (is_disputed), 0) AS BIGINT) AS n_samples_disputed,
        CAST(coalesce(sum(n) FILTER (unit IS NOT NULL), 0) AS BIGINT) AS n_samples_of_units
    FROM keyed
    GROUP BY GROUPING SETS (
        (quarter, feed, sampling_type),
        (quarter, feed, sampling_type, stage),
        (quarter, feed, sampling_type, category_code),
        (quarter, feed, sampling_type, province_code),
        (quarter, feed, sampling_type, province_code, prefecture_code),
        (quarter, feed, sampling_type, province_code, stage),
        (quarter, feed, sampling_type, province_code, category_code)
    )
),

parts AS (
    SELECT * EXCLUDE (producer, unit), 'producer' AS part, producer AS enterprise
    FROM keyed
    WHERE producer IS NOT NULL
    UNION ALL
    SELECT * EXCLUDE (producer, unit), 'unit' AS part, hash(prefecture_code, unit) AS enterprise
    FROM keyed
    WHERE unit IS NOT NULL
),

-- One enterprise in its part at each grain: counting these rows is far cheaper than distinct counts at every grain.
enterprises AS (
    SELECT
        quarter,
        feed,
        sampling_type,
        coalesce(province_code, 'all') AS province_code,
        coalesce(prefecture_code, 'all') AS prefecture_code,
        coalesce(stage, 'all') AS stage,
        coalesce(category_code, 'all') AS category_code,
        part,
        enterprise,
        bool_or(is_failed) AS is_failed
    FROM parts
    GROUP BY GROUPING SETS (
        (part, enterprise, quarter, feed, sampling_type),
        (part, enterprise, quarter, feed, sampling_type, stage),
        (part, enterprise, quarter, feed, sampling_type, category_code),
        (part, enterprise, quarter, feed, sampling_type, province_code),
        (part, enterprise, quarter, feed, sampling_type, province_code, prefecture_code),
        (part, enterprise, quarter, feed, sampling_type, province_code, stage),
        (part, enterprise, quarter, feed, sampling_type, province_code, category_code)
    )
),

counted AS (
    SELECT
        quarter,
        feed,
        sampling_type,
        province_code,
        prefecture_code,
        stage,
        category_code,
        count(*) FILTER (part = 'producer') AS n_producers,
        count(*) FILTER (part = 'producer' AND is_failed) AS n_producers_nonconforming,
        count(*) FILTER (part = 'unit') AS n_units,
        count(*) FILTER (part = 'unit' AND is_failed) AS n_units_nonconforming
    FROM enterprises
    GROUP BY ALL
)

SELECT
    quarter,
    feed,
    sampling_type,
    province_code,
    prefecture_code,
    stage,
    category_code,
    samples.n_samples,
    samples.n_samples_of_producers,
    coalesce(counted.n_producers, 0) AS n_producers,
    coalesce(counted.n_producers_nonconforming, 0) AS n_producers_nonconforming,
    samples.n_samples_unnamed,
    samples.n_samples_disputed,
    samples.n_samples_of_units,
    coalesce(counted.n_units, 0) AS n_units,
    coalesce(counted.n_units_nonconforming, 0) AS n_units_nonconforming
FROM samples
LEFT JOIN counted
    USING (quarter, feed, sampling_type, province_code, prefecture_code, stage, category_code)
