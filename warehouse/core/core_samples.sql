-- Grain: one sample (feed, sample_key), as the report that holds says it; equal reports lend it their findings.
-- standing: the best of its reports (core_standing). reinspection: of a failed one, how a second test stands (pending,
-- upheld, overturned). is_final: the authority has published it, a second test has ended, or the time to object is over at
-- $as_of_on with no such test under way; a date that the calendar does not know stays provisional.
-- From: core_standing, core_contested, core_windows, core_follow_ups. Conflicting samples are in it and flagged: they
-- enter nothing.
WITH held AS (
    SELECT standing.*, standing.standing AS sample_standing, false AS is_conflicting
    FROM core_standing AS standing
    ANTI JOIN core_contested AS contested
        ON standing.feed = contested.feed AND standing.sample_key = contested.sample_key
    UNION ALL BY NAME
    SELECT winners.* EXCLUDE (findings, claim, is_equal), coalesce(lent.findings, []) AS findings
    FROM core_contested AS winners
    LEFT JOIN (
        SELECT feed, sample_key, list_sort(list_distinct(flatten(list(findings)))) AS findings
        FROM core_contested
        WHERE is_equal
        GROUP BY feed, sample_key
    ) AS lent
        ON winners.feed = lent.feed AND winners.sample_key = lent.sample_key
    WHERE winners.claim = 1
)

SELECT
    held.* EXCLUDE (standing, level_order),
    coalesce(by_receipt.final_on, by_conclusion.final_on) AS final_on,
    follow_ups.reinspection,
    held.conclusion <> 'nonconforming'
    OR held.notice_no IS NOT NULL
    OR coalesce(follow_ups.reinspection, '') IN ('upheld', 'overturned')
    OR (
        coalesce(follow_ups.reinspection, '') <> 'pending'
        AND coalesce(coalesce(by_receipt.final_on, by_conclusion.final_on) <= $as_of_on, false)
    ) AS is_final
FROM held
LEFT JOIN core_follow_ups AS follow_ups
    ON
        held.feed = follow_ups.feed
        -- Few failed: the numbers of all others need not be brought into the form for comparison.
        AND CASE WHEN held.conclusion = 'nonconforming' THEN grouping_text(held.sample_no) END = follow_ups.number_text
LEFT JOIN core_windows AS by_conclusion
    ON
        held.feed = by_conclusion.feed
        AND held.concluded_on = by_conclusion.from_on
        AND held.result_received_on IS NULL
        AND by_conclusion.runs_from = 'conclusion'
LEFT JOIN core_windows AS by_receipt
    ON
        held.feed = by_receipt.feed
        AND held.result_received_on = by_receipt.from_on
        AND by_receipt.runs_from = 'receipt'
