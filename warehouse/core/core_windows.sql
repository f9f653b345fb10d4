-- Grain: one feed and day from which the time to object runs, by what that day is. From:
-- given_conclusion_windows, given_receipt_windows (finality.py).
SELECT feed, from_on, final_on, 'conclusion' AS runs_from
FROM given_conclusion_windows
UNION ALL
SELECT feed, from_on, final_on, 'receipt' AS runs_from
FROM given_receipt_windows
