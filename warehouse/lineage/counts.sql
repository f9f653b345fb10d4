-- Grain: the one figure asked for. From: mart_cells of the quarter's lake or of a release; parameters as in lineage.sql.
-- The unknown category is that of the first level, as in the answers.
SELECT
    coalesce(sum(n_sampled), 0)::BIGINT AS n_sampled,
    coalesce(sum(n_concluded), 0)::BIGINT AS n_concluded,
    coalesce(sum(n_conforming), 0)::BIGINT AS n_conforming,
    coalesce(sum(n_nonconforming), 0)::BIGINT AS n_nonconforming,
    coalesce(sum(n_undetermined), 0)::BIGINT AS n_undetermined,
    coalesce(sum(n_held), 0)::BIGINT AS n_held,
    coalesce(sum(n_provisional), 0)::BIGINT AS n_provisional,
    coalesce(sum(n_inspections), 0)::BIGINT AS n_inspections
FROM mart_cells
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
