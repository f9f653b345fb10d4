-- Grain: one warning by content (is_office, is_told, grouping_key, opened_on): what it says, named in full for the office
-- or for the public; not told: what it would say. It speaks of its first sample; its findings and samples are those of all.
-- From: core_named, core_warning_openings, core_hazards, given_risks, core_texts.
WITH spans AS (
    SELECT
        *,
        lead(opened_on, 1, DATE '9999-12-31') OVER (PARTITION BY is_told, grouping_key ORDER BY opened_on) AS closed_on
    FROM core_warning_openings
),

opened AS (
    SELECT
        named.*,
        spans.opened_on,
        struct_pack(seen_on := named.seen_on, sample_key := named.sample_key) AS place
    FROM core_named AS named
    INNER JOIN spans
        ON
            named.is_told = spans.is_told
            AND named.grouping_key = spans.grouping_key
            AND named.seen_on >= spans.opened_on
            AND named.seen_on < spans.closed_on
),

-- What is said of a warning's first sample is one struct, so that nothing is sorted but its samples.
gathered AS (
    SELECT
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
        first(feed) AS feed,
        first(hazard_code) AS hazard_code,
        arg_min(
            struct_pack(
                stage := stage,
                producer_status := producer_status,
                province_code := province_code,
                prefecture_code := prefecture_code,
                category_code := category_code,
                sampling_type := sampling_type,
                orderer := orderer,
                importer := importer,
                maker := maker,
                producer_cell := producer_cell,
                unit_cell := unit_cell,
                public_orderer := public_orderer,
                public_importer := public_importer,
                public_maker := public_maker,
                public_unit := public_unit
            ),
            place
        ) AS head,
        arg_max(quarter, place) AS quarter,
        arg_max(advice_zh, decided_at) AS advice_zh,
        arg_max(advice_en, decided_at) AS advice_en,
        count(*) AS n_samples,
        max(concluded_on) AS concluded_on,
        list(
            struct_pack(
                sample_key := sample_key,
                sample_no := sample_no,
                product_name := product_name,
                brand := brand,
                spec := spec,
                batch_or_date := batch_or_date,
                unit_cell := unit_cell,
                public_sample_no := public_sample_no,
                public_product := public_product,
                public_brand := public_brand,
                public_spec := public_spec,
                public_batch := public_batch,
                public_unit := public_unit,
                prefecture_code := prefecture_code,
                concluded_on := concluded_on,
                notice_no := notice_no
            )
            ORDER BY seen_on, sample_key
        ) AS members
    FROM opened
    GROUP BY is_told, grouping_key, opened_on
),

said AS (
    SELECT is_told, grouping_key, opened_on, list_sort(list(finding)) AS findings
    FROM (
        SELECT DISTINCT
            is_told,
            grouping_key,
            opened_on,
            struct_pack(
                item := each.item,
                value_text := each.value_text,
                limit_text := each.limit_text,
                unit := each.unit,
                "operator" := each."operator",
                standard := each.standard,
                hazard_code := each.hazard_code,
                item_name := each.item_name,
                value_numbers := each.value_numbers,
                limit_low := each.limit_low,
                limit_high := each.limit_high,
                limit_unit := each.limit_unit,
                value_uncertain := coalesce(each.value_uncertain, false)
            ) AS finding
        FROM (SELECT is_told, grouping_key, opened_on, unnest(findings) AS each FROM opened)
    )
    GROUP BY ALL
),

found AS (
    SELECT gathered.*, coalesce(said.findings, []) AS findings
    FROM gathered
    LEFT JOIN said USING (is_told, grouping_key, opened_on)
),

told AS (
    SELECT
        * EXCLUDE (members, head),
        true AS is_office,
        head.*,
        head.producer_cell AS producer_name,
        head.unit_cell AS sampled_unit_name,
        list_transform(members, lambda each: each.sample_key) AS sample_keys,
        list_transform(
            members,
            lambda each: struct_pack(
                sample_no := each.sample_no,
                product_name := each.product_name,
                brand := each.brand,
                spec := each.spec,
                batch_or_date := each.batch_or_date,
                sampled_unit_name := each.unit_cell,
                prefecture_code := each.prefecture_code,
                concluded_on := each.concluded_on,
                notice_no := each.notice_no
            )
        ) AS samples
    FROM found
    UNION ALL BY NAME
    SELECT
        * EXCLUDE (members, head),
        false AS is_office,
        head.* REPLACE (head.public_maker AS maker, head.public_orderer AS orderer, head.public_importer AS importer),
        head.public_maker AS producer_name,
        head.public_unit AS sampled_unit_name,
        list_transform(members, lambda each: each.sample_key) AS sample_keys,
        list_transform(
            members,
            lambda each: struct_pack(
                sample_no := each.public_sample_no,
                product_name := each.public_product,
                brand := each.public_brand,
                spec := each.public_spec,
                batch_or_date := each.public_batch,
                sampled_unit_name := each.public_unit,
                prefecture_code := each.prefecture_code,
                concluded_on := each.concluded_on,
                notice_no := each.notice_no
            )
        ) AS samples
    FROM found
),

grouped AS (
    SELECT
        *,
        orderer AS orderer_name,
        importer AS importer_name,
        samples[1].product_name AS product_name,
        samples[1].brand AS brand,
        samples[1].spec AS spec,
        samples[1].batch_or_date AS batch_or_date
    FROM told
),

-- Every class of hazard that was found, the gravest first; `other` says nothing beside one that is known.
hazard_texts AS (
    SELECT
        map(
            list(hazards.hazard_code),
            list(
                struct_pack(
                    severity := hazards.severity,
                    advice_zh := hazards.advice_zh,
                    advice_en := hazards.advice_en,
                    risk_zh := risks.risk_zh,
                    risk_en := risks.risk_en
                )
            )
        ) AS of_hazard
    FROM core_hazards AS hazards
    LEFT JOIN given_risks AS risks
        ON hazards.hazard_code = risks.hazard_code
),

classed AS (
    SELECT
        grouped.*,
        list_transform(
            list_sort(
                list_transform(
                    list_filter(
                        list_distinct(
                            list_append(list_transform(findings, lambda finding: finding.hazard_code), hazard_code)
                        ),
                        lambda code: code <> 'other' OR hazard_code = 'other'
                    ),
                    lambda code: struct_pack(severity := hazard_texts.of_hazard[code].severity, code := code)
                )
            ),
            lambda class: hazard_texts.of_hazard[class.code]
        ) AS classes
    FROM grouped
    CROSS JOIN hazard_texts
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
    FROM classed
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
    nullif(array_to_string(list_transform(worded.classes, lambda class: class.risk_zh), '；'), '') AS risk_zh,
    nullif(array_to_string(list_transform(worded.classes, lambda class: class.risk_en), '. '), '') AS risk_en,
    coalesce(
        worded.advice_zh,
        nullif(array_to_string(list_transform(worded.classes, lambda class: class.advice_zh), ''), '')
    ) AS advice_zh,
    coalesce(
        worded.advice_en,
        nullif(array_to_string(list_transform(worded.classes, lambda class: class.advice_en), ' '), '')
    ) AS advice_en,
    worded.concluded_on,
    worded.findings,
    worded.samples
FROM worded
CROSS JOIN core_texts AS texts
LEFT JOIN core_hazards AS hazards
    ON worded.hazard_code = hazards.hazard_code
