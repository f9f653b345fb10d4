-- Grain: one row, all templates by name in both languages. From: given_texts (reference/warning_texts.csv).
SELECT map(list(text), list(text_zh)) AS zh, map(list(text), list(text_en)) AS en
FROM given_texts
