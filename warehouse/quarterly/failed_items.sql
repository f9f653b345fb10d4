-- Grain: one of the items that most samples of a stratum failed on, or one hazard class; kind says which. All provinces
-- together; share: of the failed samples, which items share. At most $n_items items of a stratum, ties in the order of
-- their names. From: mart_failed_items, ref_hazards.
WITH counted AS (
    SELECT
        feed,
        sampling_type,
        hazard_code,
        item_name,
        bool_or(is_listed) AS is_listed,
        CAST(sum(n_samples) AS BIGINT) AS n_samples
    FROM mart_failed_items
    WHERE quarter = $quarter
    GROUP BY ALL
),

shared AS (
    SELECT
        parts.*,
        failed.n_samples AS n_failed,
        CASE WHEN parts.item_name = 'all' THEN 'hazard' ELSE 'item' END AS kind,
        failure_rate_status(parts.n_samples, failed.n_samples, NULL) AS share_status,
        share_status IN ('ok', 'boundary', 'unreliable') AS shows_share
    FROM counted AS parts
    INNER JOIN counted AS failed
        ON
            parts.feed = failed.feed
            AND parts.sampling_type = failed.sampling_type
            AND failed.hazard_code = 'all'
    WHERE parts.hazard_code <> 'all'
)

SELECT
    shared.feed,
    shared.sampling_type,
    shared.kind,
    shared.hazard_code,
    hazards.name_zh AS hazard_name_zh,
    hazards.name_en AS hazard_name_en,
    CASE WHEN shared.kind = 'item' THEN shared.item_name END AS item_name,
    CASE WHEN shared.kind = 'item' THEN shared.is_listed END AS is_listed,
    shared.n_samples,
    shared.n_failed,
    CASE WHEN shared.shows_share THEN shared.n_samples / shared.n_failed END AS share,
    CASE WHEN shared.shows_share THEN wilson_low(shared.n_samples, shared.n_failed) END AS share_low,
    CASE WHEN shared.shows_share THEN wilson_high(shared.n_samples, shared.n_failed) END AS share_high,
    shared.share_status
FROM shared
LEFT JOIN ref_hazards AS hazards
    ON shared.hazard_code = hazards.hazard_code
QUALIFY
    shared.kind = 'hazard'
    OR row_number() OVER (
        PARTITION BY shared.feed, shared.sampling_type, shared.kind
        ORDER BY shared.n_samples DESC, shared.item_name, shared.hazard_code
    ) <= $n_items
ORDER BY shared.feed, shared.sampling_type, shared.kind, shared.n_samples DESC, shared.item_name, shared.hazard_code
