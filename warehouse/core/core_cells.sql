-- Grain: one distinct text of the failed samples that are or may be told of, that may name a person or hold a number of
-- theirs: the cells of producers and sampled units, other texts with four digits on end, and codes that may hold an
-- identity number. From: core_candidates.
WITH spoken_of AS (
    SELECT *
    FROM core_candidates
    WHERE state IN ('told', 'ready')
)

SELECT DISTINCT given
FROM (
    SELECT 'party' AS kind, producer_cell AS given
    FROM spoken_of
    UNION ALL
    SELECT 'party', unit_cell
    FROM spoken_of
    UNION ALL
    SELECT 'text', unnest([product_name, brand, spec])
    FROM spoken_of
    UNION ALL
    SELECT 'code', unnest([batch_or_date, sample_no])
    FROM spoken_of
)
WHERE CASE kind
    WHEN 'party' THEN given IS NOT NULL
    WHEN 'text' THEN regexp_matches(given, '\p{Nd}{4}')
    ELSE may_hold_identity(given)
END
