-- Grain: one rate of the quarter against that of the quarter before, or of the same quarter a year before: of each
-- stratum's province as a whole, and of its prefectures where it is clearly higher or lower.
-- From: mart_changes, ref_prefectures.
SELECT
    changes.feed,
    changes.sampling_type,
    changes.province_code,
    changes.prefecture_code,
    places.prefecture_name,
    changes.kind,
    changes.quarter_before,
    changes.n_concluded,
    changes.rate,
    changes.rate_status,
    changes.n_concluded_before,
    changes.rate_before,
    changes.rate_status_before,
    changes.difference,
    changes.difference_low,
    changes.difference_high,
    changes.change,
    changes.withheld_for,
    changes.mix_effect,
    changes.mix_status,
    changes.is_provisional OR changes.is_provisional_before AS is_provisional
FROM mart_changes AS changes
LEFT JOIN ref_prefectures AS places
    ON changes.prefecture_code = places.prefecture_code
WHERE
    changes.quarter = $quarter
    AND changes.stage = 'all'
    AND changes.category_code = 'all'
    AND (changes.prefecture_code = 'all' OR changes.change IN ('higher', 'lower'))
ORDER BY
    changes.feed,
    changes.sampling_type,
    changes.province_code,
    changes.prefecture_code <> 'all',
    changes.prefecture_code,
    changes.kind
