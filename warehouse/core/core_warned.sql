-- Grain: one final failed sample with the key that groups it: feed, producer, product and hazard class of its worst
-- finding. A producer who is unnamed, disputes or disowns the goods gives way to the sampled unit and is not named.
-- public_: a natural person's family name alone. From: core_failures, core_hazards.
WITH named AS (
    SELECT
        *,
        CASE WHEN producer_status = 'named' THEN nullif(trim(producer_name), '') END AS shown_producer,
        nullif(trim(sampled_unit_name), '') AS shown_unit
    FROM core_failures
),

severities AS (
    SELECT map(list(hazard_code), list(severity)) AS of_hazard, map(list(severity), list(hazard_code)) AS of_severity
    FROM core_hazards
),

classed AS (
    SELECT
        named.*,
        coalesce(
            severities.of_severity[
                list_min(
                    list_transform(named.findings, lambda finding: severities.of_hazard[finding.hazard_code])
                )
            ],
            'other'
        ) AS hazard_code
    FROM named
    CROSS JOIN severities
)

SELECT
    *,
    sha256(
        concat_ws(
            chr(31),
            feed,
            coalesce(
                'producer:' || grouping_text(shown_producer),
                'unit:' || prefecture_code || ':' || grouping_text(shown_unit),
                'sample:' || sample_key
            ),
            coalesce(grouping_text(product_name), category_code),
            hazard_code
        )
    ) AS grouping_key,
    CASE WHEN is_person_name(shown_producer) THEN masked_name(shown_producer) ELSE shown_producer END AS public_producer,
    CASE
        WHEN is_natural_person OR is_person_name(shown_unit) THEN masked_name(shown_unit)
        ELSE shown_unit
    END AS public_unit
FROM classed
