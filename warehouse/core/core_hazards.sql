-- Grain: one hazard class with its severity, 1 the worst: what can kill or injure before what deceives; and its grade.
-- From: given_hazards (ref_hazards), given_severities (reference/hazard_severities.csv).
SELECT hazards.*, severities.severity, severities.grade, severities.grade_no
FROM given_hazards AS hazards
LEFT JOIN given_severities AS severities
    ON hazards.hazard_code = severities.hazard_code
