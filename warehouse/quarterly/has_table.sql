-- Grain: one row where the release that statements read has a table of this name. It is the last of the search path, which
-- is empty where it is the only one; others may be attached beside it. Parameter: table.
SELECT 1 AS has_it
FROM duckdb_tables()
WHERE
    table_name = $table
    AND database_name = coalesce(
        nullif(split_part(split_part(current_setting('search_path'), ',', -1), '.', 1), ''), current_database()
    )
