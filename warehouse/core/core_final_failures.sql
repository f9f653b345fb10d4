-- Grain: one failed sample that is final at the instant of the release and stands, with what was done since. Rectified:
-- the latest word of its rectification and look-backs is that it is done; a look-back has the last word of a day.
-- A second test or an objection is nothing done. Without what is overturned, conflicting, of another province, or risk monitoring (which is no verdict).
-- From: core_candidates, core_measured.
WITH done AS (
    SELECT
        feed,
        sample_key,
        coalesce(
            arg_max(result, (happened_on, kind = 'rechecked', result <> 'done')) FILTER (
                WHERE kind IN ('rectified', 'rechecked')
            ) = 'done',
            false
        ) AS is_rectified,
        bool_or(kind = 'rechecked') AS is_rechecked,
        max(due_on) AS due_on,
        arg_max(
            struct_pack(kind := kind, happened_on := happened_on, result := result, authority := authority),
            (happened_on, kind = 'rechecked', kind, result)
        ) AS last_measure
    FROM core_measured
    WHERE sample_key IS NOT NULL AND kind NOT IN ('reinspection', 'objection')
    GROUP BY feed, sample_key
)

SELECT
    candidates.feed,
    candidates.sample_key,
    candidates.sample_no,
    candidates.quarter,
    candidates.sampling_type,
    candidates.province_code,
    candidates.prefecture_code,
    candidates.product_name,
    candidates.producer_as_reported AS producer_name,
    candidates.unit_cell AS sampled_unit_name,
    CASE WHEN candidates.is_concluded_dated THEN candidates.concluded_on END AS concluded_on,
    CASE
        WHEN candidates.notice_no IS NOT NULL THEN coalesce(candidates.published_on, candidates.concluded_on)
        WHEN candidates.reinspection = 'upheld' THEN CAST(candidates.reinspection_at AT TIME ZONE 'Asia/Shanghai' AS DATE)
        ELSE candidates.final_on
    END AS final_since,
    coalesce(done.is_rectified, false) AS is_rectified,
    coalesce(done.is_rechecked, false) AS is_rechecked,
    done.due_on,
    done.last_measure
FROM core_candidates AS candidates
LEFT JOIN done
    ON candidates.feed = done.feed AND candidates.sample_key = done.sample_key
WHERE
    candidates.is_final
    AND candidates.reinspection <> 'overturned'
    AND NOT candidates.is_conflicting
    AND NOT candidates.is_out_of_province
    AND candidates.sampling_type <> 'risk_monitoring'
