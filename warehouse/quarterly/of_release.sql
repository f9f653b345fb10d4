-- Grain: one table of the release that statements read, with the release's id. It is the last of the search path, which is
-- empty where it is the only one; others may be attached beside it.
SELECT
    table_name,
    (SELECT release_id FROM release_info) AS release_id
FROM duckdb_tables()
WHERE database_name = coalesce(
    nullif(split_part(split_part(current_setting('search_path'), ',', -1), '.', 1), ''), current_database()
)
