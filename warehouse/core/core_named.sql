-- Grain: one final failed sample with the key that groups it: feed, producer, product and hazard class. A producer's cell
-- without a maker gives way to the sampled unit. maker: who may be worded as having made the goods; public_: what the
-- public may read. From: core_warned, core_cells_read.
WITH made AS (
    SELECT warned.*, makers.maker, makers.public_maker
    FROM core_warned AS warned
    LEFT JOIN core_cells_read AS makers
        ON warned.producer_cell = makers.given
)

SELECT
    made.*,
    sha256(
        concat_ws(
            chr(31),
            made.feed,
            coalesce(
                'producer:' || grouping_text(made.maker),
                'unit:' || made.prefecture_code || ':' || grouping_text(made.unit_cell),
                'sample:' || made.sample_key
            ),
            coalesce(grouping_text(made.product_name), made.category_code),
            made.hazard_code
        )
    ) AS grouping_key,
    units.public_name AS public_unit,
    coalesce(products.public_text, made.product_name) AS public_product,
    coalesce(brands.public_text, made.brand) AS public_brand,
    coalesce(specs.public_text, made.spec) AS public_spec,
    coalesce(batches.public_code, made.batch_or_date) AS public_batch,
    coalesce(numbers.public_code, made.sample_no) AS public_sample_no
FROM made
LEFT JOIN core_cells_read AS units
    ON made.unit_cell = units.given
LEFT JOIN core_cells_read AS products
    ON made.product_name = products.given
LEFT JOIN core_cells_read AS brands
    ON made.brand = brands.given
LEFT JOIN core_cells_read AS specs
    ON made.spec = specs.given
LEFT JOIN core_cells_read AS batches
    ON made.batch_or_date = batches.given
LEFT JOIN core_cells_read AS numbers
    ON made.sample_no = numbers.given
