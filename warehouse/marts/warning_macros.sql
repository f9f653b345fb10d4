-- How names are compared and masked in warnings; used while a release is built, not kept in it.

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

-- Two to four Han characters of which none belongs to the name of a firm, a shop or a place of business.
CREATE OR REPLACE TEMP MACRO is_person_name(given) AS
    coalesce(
        regexp_full_match(given, '\p{Han}{2,4}')
        AND NOT regexp_matches(
            given, '[司厂店社场部行坊市商馆院所局站摊户铺园楼庄吧屋城堂室厅房点区县镇村乡街路网]|中心|集团|食品|学校|超市'
        ),
        false
    );

-- The family name (two characters for the compound ones) and two stars.
CREATE OR REPLACE TEMP MACRO masked_name(given) AS
    CASE
        WHEN regexp_matches(given, '^(欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|夏侯|司徒|令狐|长孙|宇文|端木)')
            THEN given[1:2] || '**'
        ELSE given[1] || '**'
    END;

-- The items of findings, each once, in their order; at most three.
CREATE OR REPLACE TEMP MACRO named_items(findings) AS
    list_distinct(
        list_filter(list_transform(findings, lambda finding: finding.item), lambda item: item IS NOT NULL)
    )[1:3];
