-- Grain: one sample that may stand behind a figure, for one of its reports says so: what holds is one of its reports.
-- From: lake_samples of the quarter; parameters as in lineage.sql. A notice whose conforming half gives no prefecture
-- counts under unknown, so unknown may be anywhere.
SELECT DISTINCT sample_key
FROM lake_samples
WHERE
    quarter = $quarter
    AND feed = $feed
    AND sampling_type = $sampling_type
    AND ($province::VARCHAR IS NULL OR province_code = $province)
    AND ($prefecture::VARCHAR IS NULL OR $prefecture IN ('unknown', prefecture_code))
    AND (
        $category::VARCHAR IS NULL
        OR category_code = $category
        OR ($category <> 'unknown' AND category_2_code = $category)
    )
    AND ($stage::VARCHAR IS NULL OR stage = $stage)
    AND ($level::VARCHAR IS NULL OR level = $level)
