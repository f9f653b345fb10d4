"""Days per feed and step: each names where it comes from, and a regulation is told from the office's own."""

from __future__ import annotations

from warehouse.contract import feeds
from warehouse.service_standards import STEPS, standards, standards_table


def test_every_feed_says_until_when_a_failure_is_rectified_and_each_standard_has_its_source() -> None:
    known = {(feed, step): (days, listed_days, source) for feed, step, days, listed_days, source in standards()}
    assert len(known) == len(standards())
    assert {feed for feed, step in known if step == "final_to_rectified"} == set(feeds())
    assert {step for _, step in known} <= set(STEPS)
    assert known["market", "final_to_rectified"][0] == 60
    assert known["market", "final_to_rectified"][2].startswith("产品质量监督抽查管理暂行办法第四十六条")
    assert all("条" in source or "待确认" in source for _, _, source in known.values())
    assert standards_table().num_rows == len(known)
