"""What the public may ask for: which kinds of sampling are published, and which are ranked.

The rows themselves are decided where the public artefact is built; here a question gets its explanation.
"""

from __future__ import annotations

from api.problems import ParameterError, Problem, Text
from warehouse.sampling_types import RANKED_TYPES

__all__ = ["WHY_SUPERVISION", "labels_of", "require_compared", "require_published", "require_ranked"]

WHY_SUPERVISION = Text(
    "监督抽查专挑风险较高的产品、单位和环节去抽，目的是发现问题。发现率高，说明抽得准；它不代表当地市场上产品的合格水平，"
    "也不能用来比较各地。",
    "Supervision sampling goes where problems are likely. A high share of failures means good targeting; "
    "it says nothing about the market of an area and cannot compare areas.",
)

_RISK = Text(
    "风险监测用于研判风险，结果不作合格与否的公布。",
    "Risk monitoring looks for emerging risks; its results are not published as pass or fail.",
)

_SAMPLED = ("supervision", "evaluation", "routine_monitoring")
_OFFICE_ONLY = Text(
    "风险监测结果仅供办公室研判，不得作为合格与否对外公布。",
    "For the office alone: risk monitoring is never published as pass or fail.",
)


def labels_of(sampling_type: str | None, *, is_office: bool = False) -> tuple[Text, ...]:
    """What the reader of these figures must know of their kind of sampling; None: several kinds, row by row."""
    supervision = (WHY_SUPERVISION,) if sampling_type in (None, "supervision") else ()
    risk = (_OFFICE_ONLY,) if is_office and sampling_type in (None, "risk_monitoring") else ()
    return supervision + risk


def require_published(sampling_type: str | None, feed: str | None, *, is_office: bool = False) -> None:
    """Raises Problem for what the public artefact never holds, and for a feed and type that never meet."""
    if sampling_type == "risk_monitoring" and not is_office:
        raise Problem("not-published", _RISK)
    if sampling_type is None or feed is None or (feed == "construction") == (sampling_type == "inspection"):
        return
    allowed = ("inspection",) if feed == "construction" else (*_SAMPLED, *(["risk_monitoring"] if is_office else []))
    text = Text(
        f"feed={feed} 没有 {sampling_type} 这类抽检，可用：{'、'.join(allowed)}。",
        f"feed={feed} has no {sampling_type}; allowed: {', '.join(allowed)}.",
    )
    raise Problem("invalid-parameter", text, [ParameterError("sampling_type", sampling_type, text, allowed)])


def require_ranked(sampling_type: str, *, is_office: bool = False) -> None:
    """Raises Problem for sampling that must not rank areas; the office sees all, labelled by `labels_of`."""
    if sampling_type not in RANKED_TYPES and not is_office:
        asked = Text(
            "因此不作排名；各地批次数和发现率见 /v1/results。", "Hence no ranking; see /v1/results for the counts."
        )
        raise Problem("not-ranked", Text(WHY_SUPERVISION.zh + asked.zh, f"{WHY_SUPERVISION.en} {asked.en}"))


def require_compared(sampling_type: str, *, is_office: bool = False) -> None:
    """Raises Problem for sampling whose rates say nothing of an area, so that their change says nothing either."""
    if sampling_type not in RANKED_TYPES and not is_office:
        asked = Text(
            "因此不作前后比较；各期批次数和发现率见 /v1/results。",
            "Hence periods are not compared; see /v1/results for the counts.",
        )
        raise Problem("not-compared", Text(WHY_SUPERVISION.zh + asked.zh, f"{WHY_SUPERVISION.en} {asked.en}"))
