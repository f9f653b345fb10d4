"""The rules: one Great Expectations suite per feed, what they share, and the DuckDB binding."""
