-- Grain: one report of one accepted sample of the batch, as table samples of the lake wants it. A batch may hold several
-- reports of a sample (other level, conclusion or publication): which holds is for the release to say.
-- From: rows, routed, problems. Parameters: what holds for the whole batch.
-- A report of one row is taken as it is; of several, findings are joined and in construction points are added.
WITH several_rows AS (
    SELECT
        rows.*,
        min(rows.row_no) OVER (
            PARTITION BY
                rows.sample_key,
                rows.level_code,
                rows.publication_date,
                coalesce(rows.conclusion_date, CASE WHEN $feed = 'construction' THEN rows.sampling_date END)
        ) AS opening_row
    FROM rows
    INNER JOIN routed ON rows.row_no = routed.row_no
    WHERE
        routed.ends_as IN ('accepted', 'continuation')
        AND routed.sample_key IN (SELECT more.sample_key FROM routed AS more WHERE more.ends_as = 'continuation')
),

several AS (
    SELECT
        opening_row,
        flatten(list(findings ORDER BY row_no)) AS findings,
        sum(n_points) AS n_points,
        sum(n_points_conforming) AS n_points_conforming,
        bool_or(conclusion_code = 'nonconforming') AS is_nonconforming,
        count(DISTINCT category_2_code) AS n_categories_2,
        list(source_row ORDER BY row_no) AS source_rows,
        CASE
            WHEN count(*) = 1 THEN any_value(content_hash)
            ELSE left(sha256(string_agg(content_hash, ' ' ORDER BY content_hash)), 32)
        END AS content_hash
    FROM several_rows
    GROUP BY opening_row
),

flagged AS (
    SELECT
        rows.sample_key,
        list(DISTINCT problems.rule ORDER BY problems.rule) AS flags
    FROM problems
    INNER JOIN rows ON problems.row_no = rows.row_no
    WHERE problems.action = 'flag_row' AND rows.sample_key IS NOT NULL
    GROUP BY rows.sample_key
),

opened AS (
    SELECT
        rows.* REPLACE (coalesce(several.content_hash, rows.content_hash) AS content_hash),
        CASE WHEN several.is_nonconforming THEN 'nonconforming' ELSE rows.conclusion_code END AS conclusion_of_sample,
        coalesce(several.findings, rows.findings) AS findings_of_sample,
        coalesce(several.source_rows, [rows.source_row]) AS source_rows_of_sample,
        CASE WHEN several.n_categories_2 > 1 THEN 'unknown' ELSE rows.category_2_code END AS category_2_of_sample,
        several.n_points AS added_points,
        several.n_points_conforming AS added_points_conforming
    FROM rows
    INNER JOIN routed ON rows.row_no = routed.row_no
    LEFT JOIN several ON rows.row_no = several.opening_row
    WHERE routed.ends_as = 'accepted' OR several.opening_row IS NOT NULL
)

SELECT
    $feed AS feed,
    opened.quarter,
    opened.sample_key,
    opened.sample_no,
    opened.is_identity_derived,
    opened.sampling_type_code AS sampling_type,
    opened.level_code AS level,
    opened.stage_code AS stage,
    opened.province_code,
    opened.prefecture_code,
    opened.county_code,
    opened.place_evidence,
    NOT (
        opened.province_code = 'unknown' OR list_contains($provinces, 'all')
        OR list_contains($provinces, opened.province_code)
    ) AS is_out_of_province,
    opened.category_code,
    opened.category_2_of_sample AS category_2_code,
    opened.product_name,
    opened.spec,
    opened.brand,
    opened.batch_or_date,
    opened.sampled_unit_name,
    opened.sampled_unit_address,
    opened.is_natural_person,
    opened.producer_name,
    opened.producer_address,
    opened.producer_status,
    opened.conclusion_of_sample AS conclusion,
    CASE WHEN $feed = 'construction' THEN coalesce(opened.added_points, opened.n_points)::BIGINT ELSE 1 END AS n_points,
    CASE
        WHEN $feed = 'construction'
            THEN coalesce(opened.added_points_conforming, opened.n_points_conforming)::BIGINT
        WHEN opened.conclusion_of_sample = 'conforming' THEN 1
        ELSE 0
    END AS n_points_conforming,
    opened.findings_of_sample AS findings,
    coalesce(opened.notice_key, $notice) AS notice_key,
    opened.notice_no,
    opened.half,
    opened.half_has_place,
    $is_notice_complete AS is_notice_complete,
    $correction AS correction,
    $corrects AS corrects,
    opened.publisher,
    opened.publication_date AS published_on,
    coalesce(opened.conclusion_date, CASE WHEN $feed = 'construction' THEN opened.sampling_date END) AS concluded_on,
    opened.sampling_date AS sampled_on,
    opened.result_received_date AS result_received_on,
    opened.laboratory,
    opened.remark,
    opened.task,
    coalesce(flagged.flags, []::VARCHAR[]) AS flags,
    opened.content_hash,
    $batch_id AS batch_id,
    $attempt_id AS attempt_id,
    $file_name AS file_name,
    $sha256 AS sha256,
    opened.sheet,
    opened.source_rows_of_sample AS source_rows,
    $received_at::TIMESTAMPTZ AS received_at
FROM opened
LEFT JOIN flagged ON opened.sample_key = flagged.sample_key
