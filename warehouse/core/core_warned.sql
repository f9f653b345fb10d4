-- Grain: one final failed sample with the hazard class of its worst finding, and who it speaks of as reported: the
-- producer's cell unless that is unnamed, disputes or disowns the goods, and the sampled unit. From: core_failures,
-- core_hazards.
WITH severities AS (
    SELECT map(list(hazard_code), list(severity)) AS of_hazard, map(list(severity), list(hazard_code)) AS of_severity
    FROM core_hazards
)

SELECT
    failures.* EXCLUDE (is_natural_person, producer_name, producer_status, sampled_unit_name),
    CASE WHEN failures.producer_status = 'named' THEN nullif(trim(failures.producer_name), '') END AS producer_cell,
    nullif(trim(failures.sampled_unit_name), '') AS unit_cell,
    coalesce(
        severities.of_severity[
            list_min(list_transform(failures.findings, lambda finding: severities.of_hazard[finding.hazard_code]))
        ],
        'other'
    ) AS hazard_code
FROM core_failures AS failures
CROSS JOIN severities
