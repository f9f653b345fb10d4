-- Grain: one figure, statement (`statements`) or warning that two releases say differently, or that only one of them has; a
-- statement differs by the figures behind it (why: `figures`). A figure is a quarter,
-- feed and sampling type, as a whole (both codes NULL), by prefecture, by category, or by both.
-- why, as far as the two releases tell: `taken_back` (the second is the earlier one), `method` (it is another, and counts
-- did not just grow), `new_data` (counts only grew), `notice_complete` (what was held counts), `finality` (failures stopped being provisional), `correction`; of a
-- warning its state. From: figures_before, figures_after, warnings_before, warnings_after, statements_before,
-- statements_after, info_before, info_after.
-- Parameters: after, the key to go on from; limit.
WITH releases AS (
    SELECT
        info_after.release_id < info_before.release_id AS is_backwards,
        info_after.method_version <> info_before.method_version AS is_other_method
    FROM info_before
    CROSS JOIN info_after
),

paired AS (
    SELECT
        coalesce(a.quarter, b.quarter) AS quarter,
        coalesce(a.feed, b.feed) AS feed,
        coalesce(a.sampling_type, b.sampling_type) AS sampling_type,
        coalesce(a.prefecture_code, b.prefecture_code) AS prefecture_code,
        coalesce(a.category_code, b.category_code) AS category_code,
        CASE WHEN b.quarter IS NULL THEN 'added' WHEN a.quarter IS NULL THEN 'removed' ELSE 'changed' END AS change,
        coalesce(b.n_sampled, 0) AS n_sampled_before,
        coalesce(a.n_sampled, 0) AS n_sampled_after,
        coalesce(b.n_concluded, 0) AS n_concluded_before,
        coalesce(a.n_concluded, 0) AS n_concluded_after,
        coalesce(b.n_conforming, 0) AS n_conforming_before,
        coalesce(a.n_conforming, 0) AS n_conforming_after,
        coalesce(b.n_nonconforming, 0) AS n_nonconforming_before,
        coalesce(a.n_nonconforming, 0) AS n_nonconforming_after,
        coalesce(b.n_undetermined, 0) AS n_undetermined_before,
        coalesce(a.n_undetermined, 0) AS n_undetermined_after,
        coalesce(b.n_held, 0) AS n_held_before,
        coalesce(a.n_held, 0) AS n_held_after,
        coalesce(b.n_provisional, 0) AS n_provisional_before,
        coalesce(a.n_provisional, 0) AS n_provisional_after,
        coalesce(b.rate_status, 'no_data') AS rate_status_before,
        coalesce(a.rate_status, 'no_data') AS rate_status_after,
        b.rate AS rate_before,
        a.rate AS rate_after
    FROM figures_before AS b
    FULL OUTER JOIN figures_after AS a
        ON
            b.quarter = a.quarter
            AND b.feed = a.feed
            AND b.sampling_type = a.sampling_type
            AND b.prefecture_code IS NOT DISTINCT FROM a.prefecture_code
            AND b.category_code IS NOT DISTINCT FROM a.category_code
),

compared AS (
    SELECT
        *,
        n_conforming_after >= n_conforming_before
        AND n_nonconforming_after >= n_nonconforming_before
        AND n_undetermined_after >= n_undetermined_before AS has_lost_nothing,
        has_lost_nothing AND n_sampled_after + n_held_after > n_sampled_before + n_held_before AS has_grown
    FROM paired
    WHERE
        change <> 'changed'
        OR (n_sampled_before, n_concluded_before, n_conforming_before, n_nonconforming_before)
        <> (n_sampled_after, n_concluded_after, n_conforming_after, n_nonconforming_after)
        OR (n_undetermined_before, n_held_before, n_provisional_before, rate_status_before)
        <> (n_undetermined_after, n_held_after, n_provisional_after, rate_status_after)
        OR rate_before IS DISTINCT FROM rate_after
),

figures AS (
    SELECT
        'figure' AS kind,
        compared.* EXCLUDE (has_lost_nothing, has_grown),
        CASE
            WHEN releases.is_backwards THEN 'taken_back'
            WHEN releases.is_other_method AND NOT has_grown THEN 'method'
            WHEN NOT has_lost_nothing THEN 'correction'
            WHEN n_held_after < n_held_before AND n_sampled_after > n_sampled_before THEN 'notice_complete'
            WHEN n_sampled_after > n_sampled_before OR n_held_after > n_held_before THEN 'new_data'
            WHEN n_sampled_after = n_sampled_before AND n_held_after = n_held_before
                AND n_provisional_after < n_provisional_before THEN 'finality'
            ELSE 'correction'
        END AS why,
        NULL AS warning_id,
        NULL::BIGINT AS version_before,
        NULL::BIGINT AS version_after,
        NULL AS headline_zh
    FROM compared
    CROSS JOIN releases
),

warnings AS (
    SELECT
        'warning' AS kind,
        coalesce(a.quarter, b.quarter) AS quarter,
        coalesce(a.feed, b.feed) AS feed,
        coalesce(a.sampling_type, b.sampling_type) AS sampling_type,
        coalesce(a.prefecture_code, b.prefecture_code) AS prefecture_code,
        coalesce(a.category_code, b.category_code) AS category_code,
        CASE WHEN b.warning_id IS NULL THEN 'added' WHEN a.warning_id IS NULL THEN 'removed' ELSE 'changed' END AS change,
        CASE WHEN releases.is_backwards THEN 'taken_back' ELSE coalesce(a.state, 'removed') END AS why,
        coalesce(a.warning_id, b.warning_id) AS warning_id,
        b.version AS version_before,
        a.version AS version_after,
        coalesce(a.headline_zh, b.headline_zh) AS headline_zh
    FROM warnings_before AS b
    FULL OUTER JOIN warnings_after AS a
        ON b.warning_id = a.warning_id
    CROSS JOIN releases
    WHERE b.version IS DISTINCT FROM a.version
),

statements AS (
    SELECT
        coalesce(a.kind, b.kind) AS kind,
        coalesce(a.about, b.about) AS about,
        coalesce(a.quarter, b.quarter) AS quarter,
        coalesce(a.feed, b.feed) AS feed,
        coalesce(a.sampling_type, b.sampling_type) AS sampling_type,
        coalesce(a.province_code, b.province_code) AS province_code,
        coalesce(a.prefecture_code, b.prefecture_code) AS prefecture_code,
        coalesce(a.category_code, b.category_code) AS category_code,
        CASE WHEN b.kind IS NULL THEN 'added' WHEN a.kind IS NULL THEN 'removed' ELSE 'changed' END AS change,
        CASE
            WHEN releases.is_backwards THEN 'taken_back'
            WHEN releases.is_other_method THEN 'method'
            ELSE 'figures'
        END AS why,
        b.value AS value_before,
        a.value AS value_after,
        b.says AS says_before,
        a.says AS says_after
    FROM statements_before AS b
    FULL OUTER JOIN statements_after AS a
        ON
            b.kind = a.kind
            AND b.about IS NOT DISTINCT FROM a.about
            AND b.quarter = a.quarter
            AND b.feed IS NOT DISTINCT FROM a.feed
            AND b.sampling_type IS NOT DISTINCT FROM a.sampling_type
            AND b.province_code = a.province_code
            AND b.prefecture_code IS NOT DISTINCT FROM a.prefecture_code
            AND b.category_code IS NOT DISTINCT FROM a.category_code
    CROSS JOIN releases
    -- What is computed anew from the same counts may differ in its last bits.
    WHERE b.says IS DISTINCT FROM a.says OR round(b.value, 9) IS DISTINCT FROM round(a.value, 9)
),

keyed AS (
    SELECT
        *,
        concat_ws(
            ' ', kind, quarter, coalesce(feed, ''), coalesce(sampling_type, ''), coalesce(about, ''),
            coalesce(province_code, ''), coalesce(prefecture_code, ''), coalesce(category_code, ''),
            coalesce(warning_id, '')
        ) AS row_key,
        count(*) OVER () AS total
    FROM (
        SELECT * FROM figures
        UNION ALL BY NAME
        SELECT * FROM statements
        UNION ALL BY NAME
        SELECT * FROM warnings
    )
)

SELECT
    kind,
    change,
    why,
    about,
    quarter,
    feed,
    sampling_type,
    province_code,
    prefecture_code,
    category_code,
    n_sampled_before,
    n_sampled_after,
    n_concluded_before,
    n_concluded_after,
    n_conforming_before,
    n_conforming_after,
    n_nonconforming_before,
    n_nonconforming_after,
    n_undetermined_before,
    n_undetermined_after,
    n_held_before,
    n_held_after,
    n_provisional_before,
    n_provisional_after,
    rate_before,
    rate_after,
    rate_status_before,
    rate_status_after,
    value_before,
    value_after,
    says_before,
    says_after,
    warning_id,
    version_before,
    version_after,
    headline_zh,
    row_key,
    total
FROM keyed
WHERE $after::VARCHAR IS NULL OR row_key > $after
ORDER BY row_key
LIMIT $limit
