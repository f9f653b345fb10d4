-- Grain: one sample of feed $feed and quarter $quarter that a published figure counts, with the texts as reported where
-- everybody may read them. Those of a failed sample may not: what failed is told by the warnings, which can be corrected
-- and withdrawn, and a part can't. Nor may those of a sample whose named producer denies having made it.
-- From: core_counted.
WITH counted AS (
    SELECT
        *,
        conclusion = 'conforming' AND producer_status NOT IN ('disputed', 'disowned') AS is_named
    FROM core_counted
    WHERE feed = $feed AND quarter = $quarter AND NOT is_held AND sampling_type <> 'risk_monitoring'
)

SELECT
    feed,
    quarter,
    sampling_type,
    CASE WHEN is_named THEN product_name END AS product_name,
    CASE WHEN is_named THEN brand END AS brand,
    CASE WHEN is_named THEN spec END AS spec,
    CASE WHEN is_named THEN producer_name END AS producer_name,
    CASE WHEN is_named THEN batch_or_date END AS batch_or_date,
    CASE WHEN is_named THEN sample_no END AS sample_no,
    CASE WHEN is_named THEN notice_no END AS notice_no,
    CASE WHEN is_named THEN coalesce(concluded_on, published_on) END AS concluded_on,
    level,
    stage,
    province_code,
    prefecture_code,
    category_code,
    category_2_code,
    conclusion,
    conclusion = 'nonconforming' AND NOT is_final AS is_provisional,
    CASE WHEN is_inspection THEN n_points ELSE 1 END AS n_points,
    CASE
        WHEN is_inspection THEN n_points_conforming
        WHEN conclusion = 'conforming' THEN 1
        ELSE 0
    END AS n_points_conforming
FROM counted
