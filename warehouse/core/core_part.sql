-- Grain: one sample as a part has it: texts as the public may read them, and keys to search for. A number that was not read
-- stands as it is (core_part_texts); a person whom the producer's cell names is masked in the other texts too.
-- Sorted by all columns, so that the same rows are the same file.
-- From: core_part_samples, core_part_shown.
SELECT
    samples.feed,
    samples.quarter,
    samples.sampling_type,
    without_persons(products.shown, producers.persons) AS product_name,
    without_persons(brands.shown, producers.persons) AS brand,
    without_persons(specs.shown, producers.persons) AS spec,
    producers.shown AS producer_name,
    batches.shown AS batch_or_date,
    coalesce(numbers.shown, samples.sample_no) AS sample_no,
    coalesce(notices.shown, samples.notice_no) AS notice_no,
    samples.concluded_on,
    samples.level,
    samples.stage,
    samples.province_code,
    samples.prefecture_code,
    samples.category_code,
    samples.category_2_code,
    samples.conclusion,
    samples.is_provisional,
    samples.n_points,
    samples.n_points_conforming,
    without_persons(products.search_key, producers.person_keys) AS product_key,
    producers.search_key AS producer_key,
    without_persons(brands.search_key, producers.person_keys) AS brand_key,
    batches.search_key AS batch_key
FROM core_part_samples AS samples
LEFT JOIN core_part_shown AS products
    ON samples.product_name = products.given AND products.kind = 'text'
LEFT JOIN core_part_shown AS brands
    ON samples.brand = brands.given AND brands.kind = 'text'
LEFT JOIN core_part_shown AS specs
    ON samples.spec = specs.given AND specs.kind = 'text'
LEFT JOIN core_part_shown AS producers
    ON samples.producer_name = producers.given AND producers.kind = 'name'
LEFT JOIN core_part_shown AS batches
    ON samples.batch_or_date = batches.given AND batches.kind = 'code'
LEFT JOIN core_part_shown AS numbers
    ON samples.sample_no = numbers.given AND numbers.kind = 'number'
LEFT JOIN core_part_shown AS notices
    ON samples.notice_no = notices.given AND notices.kind = 'number'
ORDER BY ALL
