-- Grain: one failed sample with where it stands on its way to the public at $as_of_on: told (in a warning), ready (waits
-- for the office), in_objection, candidate (nobody knows yet when it is final), decided (no warning, for a reason that
-- is recorded); and who may be spoken of. What is public stays so when the office changes threshold or review.
-- From: core_warned, core_hazards, given_policies, core_follow_ups, given_second_tests,
-- core_reviews, core_public_keys.
WITH followed AS (
    SELECT
        warned.* EXCLUDE (producer_status),
        hazards.severity,
        hazards.grade,
        hazards.grade_no > policies.least_grade AS is_below_threshold,
        policies.is_reviewed,
        policies.valid_days,
        coalesce(reviews.decision, '') AS decision,
        reviews.reason_zh AS decision_zh,
        reviews.reason_en AS decision_en,
        reviews.decided_by,
        reviews.decided_at,
        reviews.advice_zh,
        reviews.advice_en,
        coalesce(follow_ups.reinspection, '') AS reinspection,
        follow_ups.reinspection_at,
        second_tests.ends_on AS reinspection_ends_on,
        public.sample_key IS NOT NULL AS is_public,
        -- Who denies having made the goods is not named before it is known; nor who was impersonated, ever.
        CASE
            WHEN warned.producer_status = 'disowned' OR follow_ups.objection = 'disowned' THEN 'disowned'
            WHEN follow_ups.objection = 'upheld' AND warned.producer_name IS NOT NULL THEN 'named'
            WHEN follow_ups.objection = 'disputed' THEN 'disputed'
            ELSE warned.producer_status
        END AS producer_status,
        warned.notice_no IS NOT NULL
        OR coalesce(follow_ups.reinspection, '') = 'upheld'
        OR (
            coalesce(follow_ups.reinspection, '') <> 'pending'
            AND coalesce(warned.final_on <= $as_of_on, false)
        ) AS is_final,
        greatest(warned.concluded_on, warned.published_on) + CAST(policies.archive_after_days AS INTEGER)
        < CAST(warned.received_at AT TIME ZONE 'Asia/Shanghai' AS DATE) AS was_old
    FROM core_warned AS warned
    INNER JOIN core_hazards AS hazards
        ON warned.hazard_code = hazards.hazard_code
    INNER JOIN given_policies AS policies
        ON warned.feed = policies.feed
    LEFT JOIN core_follow_ups AS follow_ups
        ON warned.feed = follow_ups.feed AND grouping_text(warned.sample_no) = follow_ups.number_text
    LEFT JOIN given_second_tests AS second_tests
        ON warned.feed = second_tests.feed AND grouping_text(warned.sample_no) = second_tests.number_text
    LEFT JOIN core_reviews AS reviews
        ON warned.feed = reviews.feed AND warned.sample_key = reviews.sample_key
    LEFT JOIN core_public_keys AS public
        ON warned.feed = public.feed AND warned.sample_key = public.sample_key
),

reasoned AS (
    SELECT
        *,
        CASE
            WHEN sampling_type = 'risk_monitoring' THEN 'risk_monitoring'
            WHEN sampling_type = 'inspection' THEN 'no_consumer_good'
            WHEN is_out_of_province THEN 'out_of_province'
            WHEN reinspection = 'overturned' THEN 'overturned'
            WHEN is_below_threshold AND NOT is_public THEN 'below_threshold'
            WHEN decision = 'warning_withdraw' THEN 'withdrawn_by_office'
            WHEN is_conflicting THEN 'conflicting'
            WHEN NOT is_final AND reinspection = 'pending' THEN 'reinspection_pending'
            WHEN NOT is_final AND final_on IS NULL THEN 'window_unknown'
            WHEN NOT is_final THEN 'window_open'
            WHEN decision = 'warning_hold' THEN 'held'
            WHEN is_reviewed AND decision <> 'warning_approve' AND NOT is_public THEN 'awaits_review'
        END AS reason
    FROM followed
)

SELECT
    * EXCLUDE (
        is_below_threshold, is_reviewed, is_public, was_old, producer_name, sampled_unit_name,
        reinspection_ends_on
    ),
    nullif(trim(producer_name), '') AS producer_as_reported,
    CASE
        WHEN reason IS NULL THEN 'told'
        WHEN reason IN ('held', 'awaits_review') THEN 'ready'
        WHEN reason = 'window_open' THEN 'in_objection'
        WHEN reason IN ('conflicting', 'reinspection_pending', 'window_unknown') THEN 'candidate'
        ELSE 'decided'
    END AS state,
    CASE reason WHEN 'window_open' THEN final_on WHEN 'reinspection_pending' THEN reinspection_ends_on END AS ready_on,
    coalesce(was_old, false) AND decision <> 'warning_approve' AS is_old,
    CASE WHEN producer_status = 'named' THEN nullif(trim(producer_name), '') END AS producer_cell,
    -- A unit that bears the name of a producer who denies having made the goods is not named either.
    CASE
        WHEN producer_status IN ('disputed', 'disowned') AND grouping_text(sampled_unit_name) = grouping_text(producer_name)
            THEN NULL
        ELSE nullif(trim(sampled_unit_name), '')
    END AS unit_cell
FROM reasoned
