-- Grain: one warning by content (is_office, is_told, grouping_key, opened_on): what it says, named in full for the office
-- or for the public; not told: what it would say. It speaks of its first sample; its findings and samples are those of all.
-- From: core_named, core_warning_openings, core_hazards, given_risks, core_texts.
WITH placed AS (
    SELECT
        named.* REPLACE (
            CASE WHEN artefacts.is_office THEN maker ELSE public_maker END AS maker,
            CASE WHEN artefacts.is_office THEN orderer ELSE public_orderer END AS orderer,
            CASE WHEN artefacts.is_office THEN importer ELSE public_importer END AS importer,
            CASE WHEN artefacts.is_office THEN product_name ELSE public_product END AS product_name,
            CASE WHEN artefacts.is_office THEN brand ELSE public_brand END AS brand,
            CASE WHEN artefacts.is_office THEN spec ELSE public_spec END AS spec,
            CASE WHEN artefacts.is_office THEN batch_or_date ELSE public_batch END AS batch_or_date,
            CASE WHEN artefacts.is_office THEN sample_no ELSE public_sample_no END AS sample_no
        ),
        artefacts.is_office,
        openings.opened_on,
        CASE WHEN artefacts.is_office THEN producer_cell ELSE public_maker END AS producer_name,
        CASE WHEN artefacts.is_office THEN unit_cell ELSE public_unit END AS sampled_unit_name
    FROM core_named AS named
    CROSS JOIN (VALUES (false), (true)) AS artefacts(is_office)
    ASOF JOIN core_warning_openings AS openings
        ON
            named.is_told = openings.is_told
            AND named.grouping_key = openings.grouping_key
            AND named.seen_on >= openings.opened_on
),

grouped AS (
    SELECT
        is_office,
        is_told,
        grouping_key,
        opened_on,
        bool_and(is_old) AS is_old,
        max(
            greatest(
                seen_on,
                published_on,
                CAST(received_at AT TIME ZONE 'Asia/Shanghai' AS DATE),
                CASE WHEN decision = 'warning_approve' THEN CAST(decided_at AT TIME ZONE 'Asia/Shanghai' AS DATE) END
            )
        )
        + CAST(first(valid_days) AS INTEGER) AS expires_on,
        first(stage ORDER BY seen_on, sample_key) AS stage,
        first(producer_status ORDER BY seen_on, sample_key) AS producer_status,
        first(orderer ORDER BY seen_on, sample_key) AS orderer_name,
        first(importer ORDER BY seen_on, sample_key) AS importer_name,
        arg_max(advice_zh, decided_at) AS advice_zh,
        arg_max(advice_en, decided_at) AS advice_en,
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
    GROUP BY is_office, is_told, grouping_key, opened_on
),

worded AS (
    SELECT
        *,
        finding_parts(findings) AS parts,
        CASE
            WHEN maker IS NOT NULL AND orderer_name IS NOT NULL THEN 'headline.ordered'
            WHEN maker IS NOT NULL AND importer_name IS NOT NULL THEN 'headline.imported'
            WHEN maker IS NOT NULL THEN 'headline.maker'
            WHEN orderer_name IS NOT NULL THEN 'headline.orderer'
            WHEN importer_name IS NOT NULL THEN 'headline.importer'
            WHEN sampled_unit_name IS NOT NULL AND stage = 'online' THEN 'headline.online'
            WHEN sampled_unit_name IS NOT NULL THEN 'headline.unit'
            ELSE 'headline.none'
        END AS headline
    FROM grouped
)

SELECT
    worded.is_office,
    worded.is_told,
    worded.grouping_key,
    worded.opened_on,
    worded.is_old,
    worded.expires_on,
    worded.sample_keys,
    worded.feed,
    worded.hazard_code,
    headline_of(
        texts.zh[worded.headline],
        worded.maker,
        worded.orderer_name,
        worded.importer_name,
        worded.sampled_unit_name,
        coalesce(worded.product_name, texts.zh['headline.product']),
        coalesce(
            replace(
                texts.zh['headline.what'],
                '{what_zh}',
                nullif(array_to_string(named_items(worded.findings), '、'), '')
            ),
            ''
        )
    ) AS headline_zh,
    headline_of(
        texts.en[worded.headline],
        worded.maker,
        worded.orderer_name,
        worded.importer_name,
        worded.sampled_unit_name,
        coalesce(worded.product_name, texts.en['headline.product']),
        coalesce(replace(texts.en['headline.what'], '{what_en}', lower(hazards.name_en)), '')
    ) AS headline_en,
    worded.product_name,
    worded.brand,
    worded.spec,
    worded.batch_or_date,
    worded.producer_name,
    worded.sampled_unit_name,
    worded.province_code,
    worded.prefecture_code,
    worded.category_code,
    worded.sampling_type,
    worded.quarter,
    worded.n_samples,
    worded.stage,
    worded.producer_status,
    worded.orderer_name,
    worded.importer_name,
    found_in_words(worded.parts, texts.zh) AS found_zh,
    found_in_words(worded.parts, texts.en) AS found_en,
    risks.risk_zh,
    risks.risk_en,
    coalesce(worded.advice_zh, hazards.advice_zh) AS advice_zh,
    coalesce(worded.advice_en, hazards.advice_en) AS advice_en,
    worded.concluded_on,
    worded.findings,
    worded.samples
FROM worded
CROSS JOIN core_texts AS texts
LEFT JOIN core_hazards AS hazards
    ON worded.hazard_code = hazards.hazard_code
LEFT JOIN given_risks AS risks
    ON worded.hazard_code = risks.hazard_code
