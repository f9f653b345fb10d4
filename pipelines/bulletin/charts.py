"""The charts of the bulletin as PNG: funnel and intervals of one stratum's prefectures, never two kinds together.

They draw the figures of the quarter's results as they are; what is withheld isn't drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontPath, FontProperties
from matplotlib.ticker import PercentFormatter

from pipelines.bulletin.font import TypeFace
from pipelines.bulletin.sentences import is_of_failures, rate_name, stratum_title, total_name
from warehouse import statistics
from warehouse.quarterly.words import percent

__all__ = ["Chart", "funnel_chart", "funnel_curves", "interval_chart"]

Row = Mapping[str, Any]
_INK, _DIM, _ACCENT, _ALARM = "#1f2933", "#7b8794", "#1a5fa8", "#b3261e"
_DOTS_PER_INCH = 160
_CURVE_POINTS = 400


@dataclass(frozen=True)
class Chart:
    """A picture as PNG; description: what who can't see it is told in its place."""

    png: bytes
    description: str


def funnel_chart(stratum: Row, face: TypeFace) -> Chart | None:
    """Rates against the effective size of the sample, between the release's own limits; None without a funnel.

    Alarms alone are named: a limit between two counts may lie below one that is still likely. Sampling that looks for
    problems compares no areas and has none.
    """
    if is_of_failures(stratum):
        return None
    shown = [row for row in stratum["prefectures"] if row["funnel_95_low"] is not None and row["rate"] is not None]
    if len(shown) < 2:
        return None
    shown.sort(key=lambda row: (row["n_effective"], row["prefecture_code"]))
    figure, axes = _canvas(4.2)
    kind = "（随机效应）" if any(row["is_overdispersed"] for row in stratum["rankings"]) else ""
    styles = {0.95: ("--", f"95%控制限{kind}"), 0.998: ("-", f"99.8%控制限{kind}")}
    for number, (level, sizes, limits) in enumerate(funnel_curves(stratum["rankings"], shown)):
        style, label = styles[level]
        is_named = number < len(styles)
        axes.plot(sizes, limits[0], style, color=_DIM, linewidth=1, label=label if is_named else None)
        axes.plot(sizes, limits[1], style, color=_DIM, linewidth=1)
    for row in shown:
        colour = _ALARM if row["is_alarm"] else _ACCENT
        axes.plot([row["n_effective"]], [row["rate"]], "o", color=colour, markersize=4.5)
        if row["is_alarm"]:
            # On the side where there is room: the largest area stands at the edge.
            is_right = 2 * row["n_effective"] > shown[0]["n_effective"] + shown[-1]["n_effective"]
            axes.annotate(
                row["prefecture_name"], (row["n_effective"], row["rate"]), (-5 if is_right else 5, 3),
                textcoords="offset points", ha="right" if is_right else "left", fontproperties=_font(face, 8),
                color=colour,
            )  # fmt: skip
    overall = stratum["rankings"][0]["provincial_rate"] if len(stratum["rankings"]) == 1 else None
    if overall is not None:
        axes.axhline(overall, color=_INK, linewidth=0.8, label=total_name(stratum, is_of_province=True))
    axes.set_xlabel("有效样本量", fontproperties=_font(face, 9))
    title = _finish(axes, face, stratum, f"{rate_name(stratum)}漏斗图", "y")
    axes.legend(prop=_font(face, 8), frameon=False, loc="lower right")
    return Chart(_png(figure), f"{title}：{_funnel_told(shown)}")


def _funnel_told(shown: Sequence[Row]) -> str:
    sizes = [row["n_effective"] for row in shown]
    alarms = "、".join(row["prefecture_name"] for row in shown if row["is_alarm"])
    outside = f"超出99.8%控制限的有{alarms}" if alarms else "没有超出99.8%控制限的"
    return f"{len(shown)}个市州的比率与有效样本量（{min(sizes):,}至{max(sizes):,}），附95%和99.8%控制限，{outside}。"


def funnel_curves(
    rankings: Sequence[Row], shown: Sequence[Row]
) -> Iterator[tuple[float, statistics.Counts, tuple[statistics.Numbers, statistics.Numbers]]]:
    """The limits of each province and level at every size between those of its prefectures: level, sizes, (low, high).

    They are the release's own at the sizes of its prefectures.
    """
    for ranking in rankings:
        rows = [row for row in shown if row["prefecture_code"][:2] == ranking["province_code"][:2]]
        if not rows:
            continue
        n = np.array([row["n_effective"] for row in rows])
        x = np.rint(np.array([row["rate"] for row in rows]) * n).astype(np.int64)
        target = np.array([ranking["provincial_rate"]])
        between = statistics.funnel(statistics.Strata(x, n, np.array([len(x)])), target).between
        spread = np.linspace(n.min(), n.max(), _CURVE_POINTS).astype(np.int64)
        sizes = np.unique(np.concatenate([n, spread]))
        of_sizes = (np.repeat(target, len(sizes)), sizes, np.repeat(between, len(sizes)))
        for level in statistics.FUNNEL_LEVELS:
            yield level, sizes, statistics.funnel_limits(*of_sizes, level)


def interval_chart(stratum: Row, face: TypeFace, rate: str) -> Chart | None:
    """`rate` (or failure_rate) of each prefecture with its interval, in the order of their codes; None without any.

    The order is no ranking: intervals that overlap can't be told apart by eye. What could be placed nowhere is no area.
    """
    shown = [row for row in stratum["prefectures"] if row[rate] is not None and row["prefecture_code"] != "unknown"]
    if not shown:
        return None
    figure, axes = _canvas(0.9 + 0.24 * len(shown))
    places = range(len(shown), 0, -1)
    for place, row in zip(places, shown, strict=True):
        axes.plot([row[f"{rate}_low"], row[f"{rate}_high"]], [place, place], color=_ACCENT, linewidth=1.6)
        axes.plot([row[rate]], [place], "o", color=_ACCENT, markersize=4)
    overall, line = stratum["overall"][rate], total_name(stratum, is_of_province=False)
    if overall is not None:
        axes.axvline(overall, color=_INK, linewidth=0.8, linestyle="--")
        axes.set_xlabel(f"虚线为{line}", fontproperties=_font(face, 9))
    names = [f"{row['prefecture_name']}{'*' if row['is_provisional'] else ''}" for row in shown]
    axes.set_yticks(list(places), names, fontproperties=_font(face, 8))
    axes.set_ylim(0.3, len(shown) + 0.7)
    title = _finish(axes, face, stratum, f"{rate_name(stratum)}及其95%区间（按行政区划代码排列）", "x")
    total = "" if overall is None else f"，虚线为{line}{percent(overall)}"
    return Chart(_png(figure), f"{title}：{len(shown)}个市州各一个比率和一个区间{total}，数值见分市州表。")


def _canvas(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(6.3, height), dpi=_DOTS_PER_INCH, layout="constrained")
    return figure, figure.add_subplot()


def _finish(axes: Axes, face: TypeFace, stratum: Row, what: str, rate_axis: str) -> str:
    """Scales, grid and title, which it returns."""
    axis = axes.xaxis if rate_axis == "x" else axes.yaxis
    axis.set_major_formatter(PercentFormatter(xmax=1, decimals=1))
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(_font(face, 8))
    title = f"{stratum_title(stratum)}{what}"
    axes.set_title(title, fontproperties=_font(face, 10), color=_INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="x" if rate_axis == "x" else "y", color="#e4e7eb", linewidth=0.6)
    axes.set_axisbelow(True)
    return title


def _font(face: TypeFace, size: int) -> FontProperties:
    return FontProperties(fname=FontPath(str(face.path), face.index), size=size)


def _png(figure: Figure) -> bytes:
    sink = BytesIO()
    figure.savefig(sink, format="png", metadata={"Software": None})
    return sink.getvalue()
