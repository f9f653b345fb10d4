-- Grain: one failed sample that is final, stands, is not rectified, and became final within the days for which its feed
-- lists such; for the office alone. Due on the day that an authority set, else so many days after it became final.
-- From: core_final_failures, given_standards. Parameters: is_office, as_of_on.
WITH open_ones AS (
    SELECT
        failures.*,
        standards.days AS standard_days,
        standards.source AS standard_source,
        coalesce(failures.due_on, failures.final_since + CAST(standards.days AS INTEGER)) AS last_day
    FROM core_final_failures AS failures
    INNER JOIN given_standards AS standards
        ON failures.feed = standards.feed AND standards.step = 'final_to_rectified'
    WHERE
        NOT failures.is_rectified
        AND failures.final_since >= CAST($as_of_on AS DATE) - CAST(standards.listed_days AS INTEGER)
)

SELECT
    feed,
    sample_key,
    sample_no,
    quarter,
    sampling_type,
    province_code,
    prefecture_code,
    product_name,
    producer_name,
    sampled_unit_name,
    final_since AS final_on,
    last_day AS due_on,
    CASE WHEN due_on IS NULL THEN 'standard' ELSE 'authority' END AS due_set_by,
    last_day < CAST($as_of_on AS DATE) AS is_overdue,
    greatest(CAST(CAST($as_of_on AS DATE) - last_day AS BIGINT), 0) AS n_days_overdue,
    last_measure.kind AS last_kind,
    last_measure.happened_on AS last_on,
    last_measure.result AS last_result,
    last_measure.authority AS last_authority,
    standard_days,
    standard_source
FROM open_ones
WHERE $is_office
