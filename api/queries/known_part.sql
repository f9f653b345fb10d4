-- Grain: one conforming sample of a part ($path) that has a name, as look-up keeps it in memory under $place. searched has a
-- line each for product, producer, brand and batch; product_no is the same for samples of one feed and kind of sampling
-- that are alike in the first three.
SELECT
    $place::INTEGER AS place,
    feed,
    sampling_type,
    quarter,
    product_name,
    brand,
    producer_name,
    batch_or_date,
    concluded_on,
    hash(feed, sampling_type, product_key, producer_key, brand_key) AS product_no,
    concat(product_key, chr(10), producer_key, chr(10), brand_key, chr(10), batch_key) AS searched
FROM read_parquet($path)
WHERE conclusion = 'conforming' AND coalesce(product_key, producer_key, brand_key, batch_key) IS NOT NULL
