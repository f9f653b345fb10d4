-- Grain: one failed sample that a warning tells of (is_told) or would, with the key that groups it: feed, producer, product
-- and hazard class. A producer's cell without a maker gives way to who had the goods made or imported them, then to the
-- sampled unit. maker, orderer, importer: who may be worded as such; public_: what the public may read, without the persons
-- whom the parties' cells name (named_persons).
-- From: core_candidates, core_cells_read.
WITH made AS (
    SELECT
        candidates.* EXCLUDE (producer_as_reported, product_name),
        candidates.state = 'told' AS is_told,
        -- A product that is called after a producer who denies it is told of without that name.
        CASE
            WHEN candidates.producer_status IN ('disputed', 'disowned')
                THEN coalesce(
                    nullif(trim(replace(candidates.product_name, candidates.producer_as_reported, '')), ''),
                    candidates.product_name
                )
            ELSE candidates.product_name
        END AS product_name,
        makers.maker,
        makers.orderer,
        makers.importer,
        makers.public_maker,
        makers.public_orderer,
        makers.public_importer,
        makers.persons
    FROM core_candidates AS candidates
    LEFT JOIN core_cells_read AS makers
        ON candidates.producer_cell = makers.given
    WHERE candidates.state IN ('told', 'ready')
)

SELECT
    made.* EXCLUDE (persons),
    sha256(
        concat_ws(
            chr(31),
            made.feed,
            coalesce(
                'producer:' || grouping_text(made.maker),
                'orderer:' || grouping_text(made.orderer),
                'importer:' || grouping_text(made.importer),
                'unit:' || made.prefecture_code || ':' || grouping_text(made.unit_cell),
                'sample:' || made.sample_key
            ),
            coalesce(grouping_text(made.product_name), made.category_code),
            made.hazard_code
        )
    ) AS grouping_key,
    units.public_name AS public_unit,
    list_concat(made.persons, units.persons) AS named_persons,
    without_persons(coalesce(products.public_text, made.product_name), named_persons) AS public_product,
    without_persons(coalesce(brands.public_text, made.brand), named_persons) AS public_brand,
    without_persons(coalesce(specs.public_text, made.spec), named_persons) AS public_spec,
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
