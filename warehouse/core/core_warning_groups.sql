-- Grain: one warning by content (grouping_key, opened_on): what it says, named in full ($is_office) or for the public.
-- It speaks of its first sample; its findings and samples are those of all. From: core_named, core_warning_openings,
-- core_hazards.
WITH placed AS (
    SELECT
        named.* REPLACE (
            CASE WHEN $is_office THEN maker ELSE public_maker END AS maker,
            CASE WHEN $is_office THEN product_name ELSE public_product END AS product_name,
            CASE WHEN $is_office THEN brand ELSE public_brand END AS brand,
            CASE WHEN $is_office THEN spec ELSE public_spec END AS spec,
            CASE WHEN $is_office THEN batch_or_date ELSE public_batch END AS batch_or_date,
            CASE WHEN $is_office THEN sample_no ELSE public_sample_no END AS sample_no
        ),
        openings.opened_on,
        CASE WHEN $is_office THEN producer_cell ELSE public_maker END AS producer_name,
        CASE WHEN $is_office THEN unit_cell ELSE public_unit END AS sampled_unit_name
    FROM core_named AS named
    ASOF JOIN core_warning_openings AS openings
        ON named.grouping_key = openings.grouping_key AND named.seen_on >= openings.opened_on
),

grouped AS (
    SELECT
        grouping_key,
        opened_on,
        list(sample_key ORDER BY seen_on, sample_key) AS sample_keys,
        first(feed) AS feed,
        first(hazard_code) AS hazard_code,
        first(product_name ORDER BY seen_on, sample_key) AS product_name,
        first(brand ORDER BY seen_on, sample_key) AS brand,
        first(spec ORDER BY seen_on, sample_key) AS spec,
        first(batch_or_date ORDER BY seen_on, sample_key) AS batch_or_date,
        first(maker ORDER BY seen_on, sample_key) AS maker,
        first(producer_name ORDER BY seen_on, sample_key) AS producer_name,
        first(sampled_unit_name ORDER BY seen_on, sample_key) AS sampled_unit_name,
        first(province_code ORDER BY seen_on, sample_key) AS province_code,
        first(prefecture_code ORDER BY seen_on, sample_key) AS prefecture_code,
        first(category_code ORDER BY seen_on, sample_key) AS category_code,
        first(sampling_type ORDER BY seen_on, sample_key) AS sampling_type,
        last(quarter ORDER BY seen_on, sample_key) AS quarter,
        count(*) AS n_samples,
        max(concluded_on) AS concluded_on,
        list_sort(
            list_distinct(
                list_transform(
                    flatten(list(findings)),
                    lambda finding: struct_pack(
                        item := finding.item,
                        value_text := finding.value_text,
                        limit_text := finding.limit_text,
                        unit := finding.unit,
                        "operator" := finding."operator",
                        standard := finding.standard,
                        hazard_code := finding.hazard_code,
                        item_name := finding.item_name,
                        value_numbers := finding.value_numbers,
                        limit_low := finding.limit_low,
                        limit_high := finding.limit_high,
                        limit_unit := finding.limit_unit,
                        value_uncertain := coalesce(finding.value_uncertain, false)
                    )
                )
            )
        ) AS findings,
        list(
            struct_pack(
                sample_no := sample_no,
                product_name := product_name,
                brand := brand,
                spec := spec,
                batch_or_date := batch_or_date,
                sampled_unit_name := sampled_unit_name,
                prefecture_code := prefecture_code,
                concluded_on := concluded_on,
                notice_no := notice_no
            )
            ORDER BY seen_on, sample_key
        ) AS samples
    FROM placed
    GROUP BY grouping_key, opened_on
)

SELECT
    grouped.grouping_key,
    grouped.opened_on,
    grouped.sample_keys,
    grouped.feed,
    grouped.hazard_code,
    concat(
        coalesce(grouped.maker || '（标称）生产的', grouped.sampled_unit_name || '销售的', ''),
        coalesce(grouped.product_name, '产品'),
        '抽检不合格',
        coalesce('：' || nullif(array_to_string(named_items(grouped.findings), '、'), ''), '')
    ) AS headline_zh,
    concat(
        coalesce(grouped.product_name, 'A product'),
        coalesce(
            ', labelled as made by ' || grouped.maker,
            ', sold by ' || grouped.sampled_unit_name,
            ''
        ),
        ', failed a sampling test',
        coalesce(': ' || lower(hazards.name_en), '')
    ) AS headline_en,
    grouped.product_name,
    grouped.brand,
    grouped.spec,
    grouped.batch_or_date,
    grouped.producer_name,
    grouped.sampled_unit_name,
    grouped.province_code,
    grouped.prefecture_code,
    grouped.category_code,
    grouped.sampling_type,
    grouped.quarter,
    grouped.n_samples,
    grouped.concluded_on,
    grouped.findings,
    grouped.samples
FROM grouped
LEFT JOIN core_hazards AS hazards
    ON grouped.hazard_code = hazards.hazard_code
