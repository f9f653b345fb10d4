-- How names are compared in warnings; used while a release is built, not kept in it.

-- Text for comparison: half-width, lower case, without blanks and punctuation; NULL when nothing is left.
CREATE OR REPLACE TEMP MACRO grouping_text(given) AS
    nullif(
        regexp_replace(
            lower(
                translate(
                    given,
                    '０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ',
                    '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
                )
            ),
            '[\s\pP\p{Z}]+', '', 'g'
        ),
        ''
    );

-- The items of findings, each once, in their order; at most three.
CREATE OR REPLACE TEMP MACRO named_items(findings) AS
    list_distinct(
        list_filter(list_transform(findings, lambda finding: finding.item), lambda item: item IS NOT NULL)
    )[1:3];
