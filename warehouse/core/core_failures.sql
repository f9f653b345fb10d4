-- Grain: one final failed sample that the public is warned of: a consumer good (no inspection, no risk monitoring), of
-- an installed province; a failure warns at once, also while its notice is held. From: core_samples.
SELECT
    feed,
    quarter,
    sample_key,
    sample_no,
    sampling_type,
    province_code,
    prefecture_code,
    category_code,
    product_name,
    spec,
    brand,
    batch_or_date,
    sampled_unit_name,
    is_natural_person,
    producer_name,
    producer_status,
    findings,
    notice_no,
    coalesce(concluded_on, published_on) AS concluded_on,
    coalesce(
        concluded_on,
        published_on,
        sampled_on,
        make_date(CAST(quarter[1:4] AS BIGINT), CAST(quarter[6] AS BIGINT) * 3 - 2, 1)
    ) AS seen_on
FROM core_samples
WHERE
    conclusion = 'nonconforming'
    AND is_final
    AND NOT is_out_of_province
    AND NOT is_conflicting
    AND sampling_type IN ('supervision', 'evaluation', 'routine_monitoring')
