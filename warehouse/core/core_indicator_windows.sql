-- Grain: one sampled indicator, province and period (quarter or year to date of any cell): the quarters that it is
-- made of, those of the year before that it is compared with, and those that are left of its year, as the year before
-- had them; quarter_running: the last one that has figures, where it was not over at $as_of_on. A year to date is
-- compared over the quarters that both years have; where the year before lacks one, it has none to be compared with.
-- From: mart_cells, core_indicator_counts, given_indicators.
WITH periods AS (
    SELECT DISTINCT
        unnest([quarter, left(quarter, 4) || 'YTD']) AS period,
        left(quarter, 4)::BIGINT AS year
    FROM mart_cells
),

quarters AS (
    SELECT
        indicator_code,
        province_code,
        left(quarter, 4)::BIGINT AS year,
        list(DISTINCT right(quarter, 1)::BIGINT ORDER BY right(quarter, 1)::BIGINT) AS numbers
    FROM core_indicator_counts
    WHERE n_concluded > 0
    GROUP BY ALL
),

windows AS (
    SELECT
        indicators.indicator_code,
        indicators.province_code,
        indicators.feed,
        indicators.sampling_type,
        periods.period,
        periods.year,
        ends_with(periods.period, 'YTD') AS is_year,
        coalesce(this_year.numbers, []) AS filled,
        coalesce(year_before.numbers, []) AS filled_before,
        CASE
            WHEN ends_with(periods.period, 'YTD') THEN coalesce(this_year.numbers, [])
            ELSE list_filter([right(periods.period, 1)::BIGINT], lambda n: list_contains(this_year.numbers, n))
        END AS numbers
    FROM given_indicators AS indicators
    CROSS JOIN periods
    LEFT JOIN quarters AS this_year
        ON
            indicators.indicator_code = this_year.indicator_code
            AND indicators.province_code = this_year.province_code
            AND periods.year = this_year.year
    LEFT JOIN quarters AS year_before
        ON
            indicators.indicator_code = year_before.indicator_code
            AND indicators.province_code = year_before.province_code
            AND periods.year = year_before.year + 1
    WHERE indicators.feed IS NOT NULL
)

SELECT
    indicator_code,
    province_code,
    feed,
    sampling_type,
    period,
    year,
    is_year,
    CASE
        WHEN is_year THEN list_transform([1, 2, 3, 4], lambda n: year::VARCHAR || 'Q' || n::VARCHAR)
        ELSE [period]
    END AS quarters,
    CASE
        WHEN len(numbers) > 0 AND list_has_all(filled_before, numbers)
            THEN list_transform(numbers, lambda n: (year - 1)::VARCHAR || 'Q' || n::VARCHAR)
        ELSE []
    END AS quarters_before,
    CASE
        WHEN is_year
            THEN list_transform(
                list_filter([1, 2, 3, 4], lambda n: n > coalesce(list_max(filled), 4)),
                lambda n: (year - 1)::VARCHAR || 'Q' || n::VARCHAR
            )
        ELSE []
    END AS quarters_left,
    -- A quarter is over on the first day of the next.
    CASE
        WHEN is_year AND make_date(year, 1, 1) + to_months(CAST(3 * list_max(filled) AS INTEGER)) > CAST($as_of_on AS DATE)
            THEN year::VARCHAR || 'Q' || list_max(filled)::VARCHAR
    END AS quarter_running,
    list_transform(filled_before, lambda n: (year - 1)::VARCHAR || 'Q' || n::VARCHAR) AS year_before
FROM windows
