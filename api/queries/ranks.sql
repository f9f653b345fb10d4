-- Grain: one ranked prefecture of one stratum, with what is said of its stratum.
SELECT
    r.prefecture_code,
    r.rank,
    r.rank_low,
    r.rank_high,
    r.indistinguishable_from,
    r.funnel_95_low,
    r.funnel_95_high,
    r.funnel_998_low,
    r.funnel_998_high,
    r.is_alarm,
    r.shrunken_rate,
    r.standardised_rate,
    s.n_ranked,
    s.provincial_rate,
    s.rankability,
    s.is_overdispersed
FROM mart_rankings r
INNER JOIN mart_strata s USING (quarter, feed, sampling_type, province_code, stage, category_code)
WHERE quarter = $quarter
    AND feed = $feed
    AND sampling_type = $sampling_type
    AND stage = coalesce($stage, 'all')
    AND category_code = coalesce($category, 'all')
