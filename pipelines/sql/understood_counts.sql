-- Grain: one value of one fact, with the number of samples that it was understood of. From: rows, routed.
WITH samples AS (
    SELECT
        rows.conclusion_code AS conclusion,
        rows.sampling_type_code AS sampling_type,
        rows.level_code AS level,
        rows.stage_code AS stage,
        rows.quarter,
        rows.category_code AS category
    FROM rows
    INNER JOIN routed ON rows.row_no = routed.row_no
    WHERE routed.ends_as = 'accepted'
)

SELECT
    fact,
    said,
    count(*) AS n_samples
FROM (UNPIVOT samples ON conclusion, sampling_type, level, stage, quarter, category INTO NAME fact VALUE said)
GROUP BY fact, said
ORDER BY
    list_position(['conclusion', 'sampling_type', 'level', 'stage', 'quarter', 'category'], fact),
    n_samples DESC,
    said
