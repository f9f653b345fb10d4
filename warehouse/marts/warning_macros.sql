-- How names are compared in warnings, and which texts are read for what the public may not; used while a release is built,
-- not kept in it.

-- Whether `public_code` (pipelines/normalise/people.py) may alter a code or number. Where not, which is nearly always,
-- nothing but this has to look at it: each sample has a number of its own.
CREATE OR REPLACE TEMP MACRO may_hold_identity(given) AS
    regexp_matches(
        given,
        '(身份证|电话|手机|联系)\P{Nd}{0,8}\p{Nd}{11}|[1-8]\p{Nd}{5}(19|20)\p{Nd}{2}(0[1-9]|1[0-2])(0[1-9]|[12]\p{Nd}|3[01])\p{Nd}{3}[\p{Nd}Xx]'
    );

-- A text of a sample without the persons whom a party's cell of it names (`named_persons`): each a name, chr(31), and what
-- the public reads of it. Few cells name any.
CREATE OR REPLACE TEMP MACRO without_persons(given, persons) AS
    CASE
        WHEN persons IS NULL THEN given
        ELSE list_reduce(
            list_prepend(given, persons),
            lambda text, person: replace(text, split_part(person, chr(31), 1), split_part(person, chr(31), 2))
        )
    END;

-- Text for comparison: half-width, lower case, without blanks and punctuation; NULL when nothing is left.
CREATE OR REPLACE TEMP MACRO grouping_text(given) AS
    nullif(
        regexp_replace(
            lower(
                CASE
                    WHEN regexp_matches(given, '[０-９Ａ-Ｚａ-ｚ]')  -- few have any, and to translate costs most
                        THEN translate(
                            given,
                            '０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ',
                            '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
                        )
                    ELSE given
                END
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

-- A template of a headline, filled.
CREATE OR REPLACE TEMP MACRO headline_of(template, maker, orderer, importer, unit, product, what) AS
    replace(
        replace(
            replace(
                replace(
                    replace(
                        replace(replace(template, '{what_zh}', what), '{what_en}', what), '{product}', product
                    ),
                    '{maker}', coalesce(maker, '')
                ),
                '{orderer}', coalesce(orderer, '')
            ),
            '{importer}', coalesce(importer, '')
        ),
        '{unit}', coalesce(unit, '')
    );

-- A value with its unit, unless it bears one.
CREATE OR REPLACE TEMP MACRO with_unit(given, unit) AS
    CASE WHEN regexp_matches(given, '[0-9]$') THEN concat(given, coalesce(unit, '')) ELSE given END;

-- Which template words a finding.
CREATE OR REPLACE TEMP MACRO finding_kind(finding) AS
    CASE
        WHEN finding.value_text IS NULL THEN 'found.item'
        WHEN finding."operator" = '不得检出' THEN 'found.not_detected'
        WHEN finding."operator" = '不得使用' THEN 'found.not_used'
        WHEN finding."operator" IN ('不得添加', '非法添加') THEN 'found.not_added'
        WHEN finding.limit_text IS NULL THEN 'found.value'
        WHEN contains(finding.limit_text, 'n=') OR contains(finding.limit_text, 'n＝') THEN 'found.plan'
        WHEN finding."operator" IN ('≤', '<=', '<') THEN 'found.above'
        WHEN finding."operator" IN ('≥', '>=', '>') THEN 'found.below'
        WHEN finding."operator" = '~' THEN 'found.range'
        ELSE 'found.both'
    END;

-- How many times the limit was found, where both are sure numbers of one unit and it is more than the limit.
CREATE OR REPLACE TEMP MACRO times_of(finding) AS
    CASE
        WHEN
            finding."operator" IN ('≤', '<=', '<')
            AND NOT coalesce(finding.value_uncertain, false)
            AND coalesce(finding.limit_unit, finding.unit, '') = coalesce(finding.unit, '')
            AND finding.limit_high > 0
            AND list_max(finding.value_numbers) >= 1.1 * finding.limit_high
            THEN
            CASE
                WHEN list_max(finding.value_numbers) >= 10 * finding.limit_high
                    THEN CAST(CAST(round(list_max(finding.value_numbers) / finding.limit_high) AS BIGINT) AS VARCHAR)
                ELSE CAST(CAST(list_max(finding.value_numbers) / finding.limit_high AS DECIMAL(9, 1)) AS VARCHAR)
            END
    END;

-- What the sentence on each finding is made of.
CREATE OR REPLACE TEMP MACRO finding_parts(findings) AS
    list_transform(
        list_transform(findings, lambda finding: struct_pack(kind := finding_kind(finding), finding := finding)),
        lambda part: struct_pack(
            kind := part.kind,
            item := part.finding.item,
            value := with_unit(part.finding.value_text, part.finding.unit),
            "limit" := with_unit(
                CASE
                    WHEN part.kind IN ('found.above', 'found.below')
                        THEN regexp_replace(part.finding.limit_text, '^\s*[≤≥<>＜＞=]+\s*', '')
                    ELSE part.finding.limit_text
                END,
                coalesce(part.finding.limit_unit, part.finding.unit)
            ),
            times := times_of(part.finding)
        )
    );

-- Each finding as a sentence for shoppers, from its parts.
CREATE OR REPLACE TEMP MACRO found_in_words(parts, texts) AS
    list_transform(
        parts,
        lambda part: concat(
            replace(
                replace(
                    replace(texts[part.kind], '{item}', coalesce(part.item, texts['found.unnamed'])),
                    '{value}', coalesce(part.value, '')
                ),
                '{limit}', coalesce(part."limit", '')
            ),
            coalesce(replace(texts['found.times'], '{times}', part.times), '')
        )
    );
