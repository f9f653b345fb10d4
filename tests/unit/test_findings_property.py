"""Whatever a bureau's pen makes of a finding, its numbers come back as they were, or are flagged; never as others."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.normalise.findings import findings_in_cell, findings_in_columns

ORDERS = (("item", "value", "limit"), ("item", "limit", "value"))
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
ITEMS = ("铅", "苯甲酸", "2,4-滴", "过氧化值", "铝的残留量（干样品，以Al计）", "苯并（а）芘", "从未听说的项目")
UNITS = {
    "mg/kg": ("mg/kg", "mg／kg", "MG/KG", " mg/kg", "(mg/kg)"),
    "μg/kg": ("μg/kg", "µg/kg", "ug/kg"),
    "g/100g": ("g/100g",),
}
POWERS = (
    "×10{raised}",
    "×10<sup>{plain}</sup>",
    "×10^{plain}",
    "×10{plain}",
    "x10{plain}",
    " × 10{raised}",
    "E{plain}",
    "×10",
)


@dataclass(frozen=True)
class Written:
    """A truth, and how somebody wrote it."""

    number: float
    number_text: str
    bound: float
    operator: str
    limit_text: str
    unit: str


@st.composite
def written(draw: st.DrawFn) -> Written:
    digits = draw(st.integers(10, 99))
    exponent = draw(st.integers(0, 5))
    unit = draw(st.sampled_from(sorted(UNITS)))
    mantissa = f"{digits // 10}.{digits % 10}"
    power = draw(st.sampled_from(POWERS)).format(raised=str(exponent).translate(RAISED), plain=exponent)
    number_text = (mantissa + power if exponent else mantissa) + draw(st.sampled_from(UNITS[unit]))
    bound = draw(st.integers(1, 400)) / 10
    operator = draw(st.sampled_from(("≤", "≥", "")))
    return Written(float(f"{mantissa}e{exponent}"), number_text, bound, operator, f"{operator}{bound}{unit}", unit)


def holds(truth: Written, found: object) -> None:
    """The truth, or a flag and no number."""
    assert isinstance(found, dict)
    assert found["operator"] == (truth.operator or None)
    if found["value_uncertain"]:
        assert found["value_numbers"] is None and found["agrees"] is None
        return
    assert [f"{number:.9g}" for number in found["value_numbers"]] == [f"{truth.number:.9g}"]
    assert found["unit"] == truth.unit
    assert truth.bound in (found["limit_low"], found["limit_high"])
    if truth.operator:
        breaks = truth.number > truth.bound if truth.operator == "≤" else truth.number < truth.bound
        assert found["agrees"] is breaks


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.sampled_from(ITEMS), written(), st.sampled_from("║‖∥∣丨｜|"), st.sampled_from(ORDERS), st.sampled_from(["", " "])
)
@example(
    "铅", Written(1400.0, "1.4×10mg/kg", 0.2, "≤", "≤0.2mg/kg", "mg/kg"), "║", ORDERS[0], ""
)  # its exponent is lost
def test_a_triple_comes_back_as_it_was_or_flagged(
    item: str, truth: Written, mark: str, order: tuple[str, ...], gap: str
) -> None:
    parts = {"item": item, "value": truth.number_text, "limit": truth.limit_text}
    (found,) = findings_in_cell(f"{gap}{mark}{gap}".join(parts[part] for part in order), order, str)
    assert found["item"] == item
    holds(truth, found)


@pytest.mark.parametrize("prefix", ["", "标准值：", "标准值：GB 2762-2017 "])
@pytest.mark.parametrize("shape", ["columns", "bracket", "labels", "record"])
@settings(max_examples=25, deadline=None, derandomize=True)
@given(item=st.sampled_from(ITEMS), truth=written())
def test_columns_brackets_and_labels_say_the_same(shape: str, prefix: str, item: str, truth: Written) -> None:
    value, limit = truth.number_text, prefix + truth.limit_text
    if shape == "columns":
        (found,) = findings_in_columns(item=item, value=value, limit=limit, hazard=str)
    elif shape == "bracket" and truth.operator:
        (found,) = findings_in_columns(item=f"{item}（{limit}）", value=value, hazard=str)
    elif shape == "labels":
        (found,) = findings_in_columns(
            item=item, value=f"检出值：{value}，{limit if prefix else '标准值：' + limit}", hazard=str
        )
    else:
        found = findings_in_cell(f"苯甲酸║1.5g/kg║≤1.0g/kg；{item}║{value}║{limit}", ORDERS[0], str)[-1]
    assert found["item"] == item
    holds(truth, found)
