-- Grain: one row, the hash of what a release publishes: its cells and what its current warnings say, in sorted order;
-- without ids, versions, clocks and what is withdrawn. From: mart_cells, mart_warnings (the office's).
SELECT sha256(coalesce(string_agg(line, chr(10) ORDER BY line), '')) AS digest
FROM (
    SELECT 'cell ' || CAST(to_json(cells) AS VARCHAR) AS line
    FROM mart_cells AS cells
    UNION ALL
    SELECT 'warning ' || CAST(to_json(warnings) AS VARCHAR) AS line
    FROM (
        SELECT * EXCLUDE (warning_id, version, state, issued_on, reason_zh, reason_en)
        FROM mart_warnings
        WHERE state <> 'withdrawn'
    ) AS warnings
)
