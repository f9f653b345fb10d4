-- Grain: one row per warning in its current version, newest first; $words (in half-width forms, each in its
-- spellings) must all occur in its text.
-- History (archived) is given when it is asked for, by its state or its id.
WITH warnings AS (
    -- What releases of an earlier method have not.
    SELECT
        NULL::VARCHAR AS stage, NULL::VARCHAR AS producer_status, NULL::VARCHAR AS orderer_name,
        NULL::VARCHAR AS importer_name, NULL::VARCHAR[] AS found_zh, NULL::VARCHAR[] AS found_en,
        NULL::VARCHAR AS risk_zh, NULL::VARCHAR AS risk_en, NULL::VARCHAR AS advice_zh, NULL::VARCHAR AS advice_en,
        NULL::DATE AS expires_on
    WHERE false
    UNION ALL BY NAME
    FROM mart_warnings
),
told AS (
    SELECT
        w.warning_id,
        w.version,
        w.state,
        w.reason_zh,
        w.reason_en,
        w.feed,
        w.headline_zh,
        w.headline_en,
        w.product_name,
        w.brand,
        w.spec,
        w.batch_or_date,
        w.producer_name,
        w.producer_status,
        w.orderer_name,
        w.importer_name,
        w.sampled_unit_name,
        w.stage,
        w.province_code,
        w.prefecture_code,
        CASE WHEN w.prefecture_code = 'unknown' THEN '未能归属' ELSE p.prefecture_name END AS prefecture_name,
        w.category_code,
        CASE WHEN w.category_code = 'unknown' THEN '类别不详' ELSE c.category_name END AS category_name,
        w.hazard_code,
        h.name_zh AS hazard_name_zh,
        h.name_en AS hazard_name_en,
        w.risk_zh,
        w.risk_en,
        coalesce(w.advice_zh, h.advice_zh) AS advice_zh,
        coalesce(w.advice_en, h.advice_en) AS advice_en,
        w.sampling_type,
        w.quarter,
        w.n_samples,
        w.issued_on,
        w.expires_on,
        w.concluded_on,
        w.found_zh,
        w.found_en,
        w.findings,
        w.samples,
        '/warnings/' || w.warning_id AS page,
        translate(
            lower(concat_ws(
                chr(10), w.warning_id, w.headline_zh, w.headline_en, w.product_name, w.brand, w.spec, w.batch_or_date,
                w.producer_name, w.orderer_name, w.importer_name, w.sampled_unit_name
            )),
            '０１２３４５６７８９ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ（），：；％＋－．／　',
            '0123456789abcdefghijklmnopqrstuvwxyz(),:;%+-./ '
        ) AS searched,
        concat_ws('|', w.issued_on, coalesce(w.concluded_on::VARCHAR, ''), w.warning_id) AS row_key
    FROM warnings w
    LEFT JOIN ref_prefectures p ON p.prefecture_code = w.prefecture_code
    LEFT JOIN ref_categories c ON c.feed = w.feed AND c.category_code = w.category_code
    LEFT JOIN ref_hazards h ON h.hazard_code = w.hazard_code
    WHERE ($warning_id::VARCHAR IS NULL OR w.warning_id = $warning_id)
        AND (
            list_contains($states::VARCHAR[], w.state)
            OR ($states IS NULL AND ($warning_id IS NOT NULL OR w.state <> 'archived'))
        )
        AND ($feed::VARCHAR IS NULL OR w.feed = $feed)
        AND ($prefecture::VARCHAR IS NULL OR w.prefecture_code = $prefecture)
        AND (
            $hazard::VARCHAR IS NULL
            OR w.hazard_code = $hazard
            OR list_contains(list_transform(w.findings, lambda finding: finding.hazard_code), $hazard)
        )
        AND ($category::VARCHAR IS NULL OR w.category_code = $category)
        AND ($issued_from::DATE IS NULL OR w.issued_on >= $issued_from::DATE)
        AND ($issued_to::DATE IS NULL OR w.issued_on <= $issued_to::DATE)
        AND ($quarter::VARCHAR IS NULL OR w.quarter = $quarter OR left(w.quarter, 4) || 'YTD' = $quarter)
),
matching AS (
    SELECT * EXCLUDE (searched), count(*) OVER () AS total
    FROM told
    WHERE len(list_filter(
        $words::VARCHAR[][],
        lambda word: len(list_filter(word, lambda spelling: contains(searched, spelling))) = 0
    )) = 0
)
SELECT *
FROM matching
WHERE $after::VARCHAR IS NULL OR row_key < $after
ORDER BY row_key DESC
LIMIT $limit
