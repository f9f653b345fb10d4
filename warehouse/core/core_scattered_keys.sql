-- Grain: one hash that stands for a sample with reports in several quarters. From: core_new_keys (those of all batches).
SELECT key
FROM core_new_keys
GROUP BY key
HAVING min(quarter) <> max(quarter)
