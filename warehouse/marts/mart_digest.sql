-- Grain: one row, the hash of what a release publishes: its cells, enterprises, failed items, ranks, indicators,
-- recalls, dispositions, rates of rectification and what its current warnings say: lines hashed one by one and added up,
-- so that none has to be sorted; without ids, versions, clocks, what is withdrawn, and what follows from the cells by
-- floating-point arithmetic. From: mart_cells,
-- mart_enterprises, mart_failed_items, mart_rankings, mart_indicators, mart_recalls, mart_dispositions,
-- mart_rectification, mart_warnings (the office's).
SELECT sha256(concat_ws(' ', count(*), sum(md5_number_lower(line)), sum(md5_number_upper(line)))) AS digest
FROM (
    SELECT 'cell ' || CAST(to_json(cells) AS VARCHAR) AS line
    FROM mart_cells AS cells
    UNION ALL
    SELECT 'enterprises ' || CAST(to_json(enterprises) AS VARCHAR) AS line
    FROM mart_enterprises AS enterprises
    UNION ALL
    SELECT 'failed item ' || CAST(to_json(failed_items) AS VARCHAR) AS line
    FROM mart_failed_items AS failed_items
    UNION ALL
    SELECT 'ranking ' || CAST(to_json(rankings) AS VARCHAR) AS line
    FROM (
        SELECT
            * EXCLUDE (
                shrunken_rate, standardised_rate, funnel_95_low, funnel_95_high, funnel_998_low, funnel_998_high
            )
        FROM mart_rankings
    ) AS rankings
    UNION ALL
    SELECT 'indicator ' || CAST(to_json(indicators) AS VARCHAR) AS line
    FROM (
        SELECT * EXCLUDE (value_low, value_high, gap, change, change_low, change_high, needed_rate)
        FROM mart_indicators
    ) AS indicators
    UNION ALL
    SELECT 'recall ' || CAST(to_json(recalls) AS VARCHAR) AS line
    FROM (SELECT * EXCLUDE (warnings) FROM mart_recalls) AS recalls
    UNION ALL
    SELECT 'disposition ' || CAST(to_json(dispositions) AS VARCHAR) AS line
    FROM (SELECT * EXCLUDE (warning_id) FROM mart_dispositions) AS dispositions
    UNION ALL
    SELECT 'rectification ' || CAST(to_json(rectification) AS VARCHAR) AS line
    FROM mart_rectification AS rectification
    UNION ALL
    SELECT 'warning ' || CAST(to_json(warnings) AS VARCHAR) AS line
    FROM (
        SELECT * EXCLUDE (warning_id, version, state, issued_on, expires_on, reason_zh, reason_en)
        FROM mart_warnings
        WHERE state <> 'withdrawn'
    ) AS warnings
)
