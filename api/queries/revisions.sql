-- Grain: one cell by one release that changed it, with what was added to its counts and (negative) taken from them.
SELECT *
FROM mart_revisions
