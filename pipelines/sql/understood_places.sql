-- Grain: one prefecture and the evidence it was resolved by, with the number of samples and one address as written.
-- From: rows, routed.
SELECT
    rows.prefecture_code,
    rows.place_evidence AS evidence,
    count(*) AS n_samples,
    arg_min(coalesce(rows.sampled_unit_address, rows.sampled_unit_name), rows.row_no) AS example
FROM rows
INNER JOIN routed ON rows.row_no = routed.row_no
WHERE routed.ends_as = 'accepted'
GROUP BY rows.prefecture_code, rows.place_evidence
ORDER BY rows.prefecture_code = 'unknown' DESC, n_samples DESC, rows.prefecture_code, evidence
