-- Grain: one failed sample with the hazard class of its worst finding. From: core_failures, core_hazards.
WITH severities AS (
    SELECT map(list(hazard_code), list(severity)) AS of_hazard, map(list(severity), list(hazard_code)) AS of_severity
    FROM core_hazards
)

SELECT
    failures.*,
    coalesce(
        severities.of_severity[
            list_min(list_transform(failures.findings, lambda finding: severities.of_hazard[finding.hazard_code]))
        ],
        'other'
    ) AS hazard_code
FROM core_failures AS failures
CROSS JOIN severities
