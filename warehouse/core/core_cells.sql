-- Grain: one distinct text of the failed samples that may name a person or hold a number of theirs: the cells of
-- producers and sampled units, and other texts with four digits on end. From: core_warned.
SELECT DISTINCT given
FROM (
    SELECT producer_cell AS given, true AS is_party
    FROM core_warned
    UNION ALL
    SELECT unit_cell, true
    FROM core_warned
    UNION ALL
    SELECT unnest([product_name, brand, spec, batch_or_date, sample_no]), false
    FROM core_warned
)
WHERE given IS NOT NULL AND (is_party OR regexp_matches(given, '[0-9０-９]{4}'))
