-- Grain: one failed sample, final or not, with all that decides whether the public is warned of it; a failure warns at
-- once, also while its notice is held. From: core_samples.
SELECT
    feed,
    quarter,
    sample_key,
    sample_no,
    sampling_type,
    stage,
    province_code,
    prefecture_code,
    category_code,
    product_name,
    spec,
    brand,
    batch_or_date,
    sampled_unit_name,
    producer_name,
    producer_status,
    findings,
    notice_no,
    is_out_of_province,
    is_conflicting,
    final_on,
    published_on,
    received_at,
    coalesce(concluded_on, published_on) AS concluded_on,
    core_samples.concluded_on IS NOT NULL AS is_concluded_dated,
    coalesce(
        concluded_on,
        published_on,
        sampled_on,
        make_date(CAST(quarter[1:4] AS BIGINT), CAST(quarter[6] AS BIGINT) * 3 - 2, 1)
    ) AS seen_on
FROM core_samples
WHERE conclusion = 'nonconforming'
