-- Grain: one recall and one warning that speak of the same thing, with how that is known: the recall names the warning
-- or one of its samples, else producer and product are the same (as compared); nothing is guessed further. A number that
-- samples of two feeds bear says nothing. From: core_recalls, mart_warnings (the office's).
WITH told AS (
    SELECT
        warning_id,
        feed,
        grouping_text(unnest(list_distinct(list_transform(samples, lambda sample: sample.sample_no)))) AS sample_text
    FROM mart_warnings
),

by_sample AS (
    SELECT recalls.number_text, told.warning_id
    FROM core_recalls AS recalls
    INNER JOIN told
        ON grouping_text(recalls.sample_no) = told.sample_text
    WINDOW of_recall AS (PARTITION BY recalls.number_text)
    QUALIFY min(told.feed) OVER of_recall = max(told.feed) OVER of_recall
),

stated AS (
    SELECT recalls.number_text, warnings.warning_id, 'warning_id' AS matched_by
    FROM core_recalls AS recalls
    INNER JOIN mart_warnings AS warnings
        ON recalls.warning_id = warnings.warning_id
    UNION ALL
    SELECT number_text, warning_id, 'sample_no' AS matched_by
    FROM by_sample
),

same AS (
    SELECT recalls.number_text, warnings.warning_id, 'producer_and_product' AS matched_by
    FROM core_recalls AS recalls
    INNER JOIN mart_warnings AS warnings
        ON
            grouping_text(recalls.producer_name) = grouping_text(warnings.producer_name)
            AND grouping_text(recalls.product_name) = grouping_text(warnings.product_name)
    ANTI JOIN stated
        ON recalls.number_text = stated.number_text
    WHERE warnings.state <> 'withdrawn'
)

SELECT number_text, warning_id, max(matched_by) AS matched_by
FROM (SELECT * FROM stated UNION ALL SELECT * FROM same)
GROUP BY number_text, warning_id
