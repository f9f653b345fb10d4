-- Grain: one indicator, province and year for which the office entered a figure, as the row that holds says it: the one
-- corrected last, else published last, whatever the order of arrival. Rows of the same days that differ contradict each
-- other, and nothing is said until a later one does. A row without value takes back what stood before.
-- From: lake_figures, core_receipts (those that count).
WITH counting AS (
    SELECT figures.*
    FROM lake_figures AS figures
    SEMI JOIN core_receipts AS receipts
        ON figures.batch_id = receipts.batch_id AND figures.attempt_id = receipts.attempt_id
),

last_rows AS (
    SELECT
        *,
        min(published_on) OVER of_figure < published_on OR corrected_on IS NOT NULL AS is_corrected
    FROM counting
    WINDOW of_figure AS (PARTITION BY indicator_code, province_code, year)
    QUALIFY
        rank() OVER (
            PARTITION BY indicator_code, province_code, year
            ORDER BY coalesce(corrected_on, published_on) DESC, published_on DESC, corrected_on IS NULL
        ) = 1
)

SELECT
    indicator_code,
    province_code,
    year,
    CASE WHEN count(DISTINCT coalesce(value, -1)) = 1 THEN max(value) END AS value,
    CASE
        WHEN count(DISTINCT coalesce(value, -1)) > 1 THEN 'conflicting'
        WHEN max(value) IS NULL THEN 'no_data'
        ELSE 'ok'
    END AS value_status,
    min(source) AS source,
    max(published_on) AS published_on,
    bool_or(is_corrected) AS is_corrected
FROM last_rows
GROUP BY ALL
