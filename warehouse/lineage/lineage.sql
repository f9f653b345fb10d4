-- Grain: one sample behind a figure, with the report that holds and where that stands in its file; a held sample is
-- listed and marked. From: core_counted; $sampling_type, $feed, $quarter, and $province, $prefecture, $category (of either
-- level), $stage, $level (null: all).
SELECT
    sample_key,
    sample_no,
    quarter,
    feed,
    sampling_type,
    conclusion,
    reinspection,
    is_held,
    NOT is_final AS is_provisional,
    level,
    stage,
    province_code,
    prefecture_code,
    category_code,
    category_2_code,
    product_name,
    n_points,
    n_points_conforming,
    batch_id,
    file_name,
    sha256,
    sheet,
    source_rows
FROM core_counted
WHERE
    quarter = $quarter
    AND feed = $feed
    AND sampling_type = $sampling_type
    AND ($province::VARCHAR IS NULL OR province_code = $province)
    AND ($prefecture::VARCHAR IS NULL OR prefecture_code = $prefecture)
    AND (
        $category::VARCHAR IS NULL
        OR category_code = $category
        OR ($category <> 'unknown' AND category_2_code = $category)
    )
    AND ($stage::VARCHAR IS NULL OR stage = $stage)
    AND ($level::VARCHAR IS NULL OR level = $level)
ORDER BY prefecture_code, category_code, sample_no, sample_key
