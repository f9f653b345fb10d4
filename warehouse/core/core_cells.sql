-- Grain: one distinct text of the failed samples that are or may be told of, that may name a person or hold a number of
-- theirs: the cells of producers and sampled units, and other texts with four digits on end. From: core_candidates.
WITH spoken_of AS (
    SELECT *
    FROM core_candidates
    WHERE state IN ('told', 'ready')
)

SELECT DISTINCT given
FROM (
    SELECT producer_cell AS given, true AS is_party
    FROM spoken_of
    UNION ALL
    SELECT unit_cell, true
    FROM spoken_of
    UNION ALL
    SELECT unnest([product_name, brand, spec, batch_or_date, sample_no]), false
    FROM spoken_of
)
WHERE given IS NOT NULL AND (is_party OR regexp_matches(given, '[0-9０-９]{4}'))
