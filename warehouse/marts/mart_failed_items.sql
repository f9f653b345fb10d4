-- Grain: one quarter, feed, sampling type and province, with one failed item, a hazard class (item `all`), or all failed
-- samples (both `all`). A sample counts once in each item that it failed on, so items don't add up to their class, nor
-- classes to all; every row adds up over provinces. item_name is the vocabulary's; an item that no list knows stands as
-- written, one that nobody named is `unknown`. An inspection is one sample. From: core_counted.
WITH failed AS (
    SELECT quarter, feed, sampling_type, province_code, sample_key, findings
    FROM core_counted
    WHERE NOT is_held AND conclusion = 'nonconforming'
),

named AS (
    SELECT
        * EXCLUDE (finding),
        coalesce(finding.hazard_code, 'other') AS hazard_code,
        coalesce(finding.item_name, nullif(trim(finding.item), ''), 'unknown') AS item_name,
        finding.item_name IS NOT NULL AS is_listed
    FROM (
        SELECT
            * EXCLUDE (findings),
            unnest(CASE WHEN len(findings) > 0 THEN findings ELSE [NULL] END) AS finding
        FROM failed
    )
),

counted AS (
    SELECT
        quarter,
        feed,
        sampling_type,
        province_code,
        coalesce(hazard_code, 'all') AS hazard_code,
        coalesce(item_name, 'all') AS item_name,
        grouping(named.item_name) = 0 AND bool_or(is_listed) AS is_listed,
        count(DISTINCT sample_key) AS n_samples
    FROM named
    GROUP BY GROUPING SETS (
        (quarter, feed, sampling_type, province_code),
        (quarter, feed, sampling_type, province_code, hazard_code),
        (quarter, feed, sampling_type, province_code, hazard_code, item_name)
    )
)

SELECT
    quarter,
    feed,
    sampling_type,
    province_code,
    hazard_code,
    item_name,
    is_listed,
    n_samples
FROM counted
