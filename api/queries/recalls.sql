-- Grain: one recall, newest first; $words (in half-width forms, each in its spellings) must
-- all occur in what it says of whom and what.
WITH told AS (
    SELECT
        r.*,
        translate(
            lower(concat_ws(
                chr(10), r.recall_no, r.producer_name, r.product_name, r.brand, r.spec, r.batch, r.defect, r.announced_by
            )),
            '０１２３４５６７８９ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ（），：；％＋－．／　',
            '0123456789abcdefghijklmnopqrstuvwxyz(),:;%+-./ '
        ) AS searched,
        concat_ws('|', r.announced_on, r.recall_no) AS row_key
    FROM mart_recalls r
    WHERE ($kind::VARCHAR IS NULL OR r.kind = $kind)
        AND ($status::VARCHAR IS NULL OR r.status = $status)
        AND (
            $warning_id::VARCHAR IS NULL
            OR len(list_filter(r.warnings, lambda warning: warning.warning_id = $warning_id)) > 0
        )
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
