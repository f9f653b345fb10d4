-- Grain: one text of core_part_samples and what kind of text it is: a party's name, another text, a code that is searched
-- for, or a number that is not. Of numbers, which each sample has of its own, only those in which an identity number may
-- stand: the others everybody may read as they are. Numbered, so that it can be gone through in pieces.
-- From: core_part_samples.
SELECT kind, given, row_number() OVER () AS place
FROM (
    SELECT DISTINCT kind, given
    FROM (
        SELECT 'name' AS kind, producer_name AS given FROM core_part_samples
        UNION ALL
        SELECT 'text', product_name FROM core_part_samples
        UNION ALL
        SELECT 'text', brand FROM core_part_samples
        UNION ALL
        SELECT 'text', spec FROM core_part_samples
        UNION ALL
        SELECT 'code', batch_or_date FROM core_part_samples
        UNION ALL
        SELECT 'number', sample_no FROM core_part_samples
        UNION ALL
        SELECT 'number', notice_no FROM core_part_samples
    )
    WHERE given IS NOT NULL
        AND (kind <> 'number' OR may_hold_identity(given))
)
