-- Grain: one of the products of a page ($shown, as lookup_counts numbers them), with its names and what its samples say.
-- Materialised, so that texts are compared again for the samples of this page alone.
WITH candidates AS MATERIALIZED (
    SELECT *
    FROM known
    WHERE product_no IN (SELECT unnest($shown::UBIGINT[]))
)

SELECT
    product_no,
    min(feed) AS feed,
    min(sampling_type) AS sampling_type,
    min(product_name) AS product_name,
    min(brand) AS brand,
    min(producer_name) AS producer_name,
    list_sort(list(DISTINCT quarter)) AS quarters,
    max(concluded_on) AS latest_on,
    list_sort(list(DISTINCT batch_or_date) FILTER (batch_or_date IS NOT NULL)) AS batches
FROM candidates
WHERE {conditions} AND place IN (SELECT unnest($parts::INTEGER[]))
GROUP BY product_no
