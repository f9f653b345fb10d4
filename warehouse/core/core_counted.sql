-- Grain: one sample that enters a figure: in an installed province, not conflicting, reported by more than a source
-- that names failures alone. is_held samples are counted as held and nowhere else. prefecture_code is what the figures
-- use, and conclusion the last one: a failure that a second test overturned conforms. Not so in construction, where points
-- are counted, of which a second test says nothing. From: core_samples.
SELECT
    * REPLACE (
        CASE WHEN sample_standing = 1 THEN 'unknown' ELSE prefecture_code END AS prefecture_code,
        CASE
            WHEN reinspection = 'overturned' AND sampling_type <> 'inspection' THEN 'conforming'
            ELSE conclusion
        END AS conclusion
    ),
    sample_standing = 2 AS is_held,
    sampling_type = 'inspection' AS is_inspection
FROM core_samples
WHERE NOT is_out_of_province AND NOT is_conflicting AND sample_standing < 3
