"""Which files there will be: streams of sampling, cut by quarter and into files of sensible size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil

from pipelines.simulate.food import Task, task_words
from pipelines.simulate.frame import quarter_span
from pipelines.simulate.writers import FORMATS

__all__ = ["FEED_SHARES", "Job", "plan_jobs"]

FEED_SHARES = {"food": 0.55, "market": 0.30, "construction": 0.15}
INTERNAL, PAIR, OFFICIAL = "internal", "pair", "official"
HELD, DECLARED_COMPLETE = "held", "declared_complete"
_CSV_FORMATS = ("csv", "csv_bom", "csv_gb18030")
_WORKBOOK_ROWS = 20_000
_FILE_SAMPLES = 400
_FILES_PER_STREAM = 3
_LONE_HALF_SAMPLES = 40
_NOTICE_DAYS_BEFORE_END = 5


@dataclass(frozen=True)
class _Stream:
    feed: str
    sampling_type: str
    level: str
    kind: str
    share: float
    away_share: float = 0.0


_STREAMS = (
    _Stream("food", "evaluation", "provincial", INTERNAL, 0.30),
    _Stream("food", "supervision", "provincial", PAIR, 0.20),
    _Stream("food", "supervision", "municipal", INTERNAL, 0.10),
    _Stream("food", "supervision", "county", INTERNAL, 0.05),
    _Stream("food", "supervision", "national", PAIR, 0.10, 0.5),
    _Stream("food", "routine_monitoring", "provincial", INTERNAL, 0.20),
    _Stream("food", "risk_monitoring", "provincial", INTERNAL, 0.05),
    _Stream("market", "supervision", "provincial", OFFICIAL, 0.45),
    _Stream("market", "supervision", "municipal", INTERNAL, 0.35),
    _Stream("market", "supervision", "national", OFFICIAL, 0.20, 0.4),
    _Stream("construction", "inspection", "provincial", INTERNAL, 0.5),
    _Stream("construction", "inspection", "municipal", INTERNAL, 0.5),
)


@dataclass(frozen=True)
class Job:
    """One file, or one notice of two halves. variant turns the choices that a form leaves open.

    special: empty, `held` (the failing half never comes) or `declared_complete` (it never comes, and the side-car
    says that the set is complete).
    """

    kind: str
    task: Task
    size: int
    number: int
    format: str
    variant: int
    notice_no: str | None = None
    special: str = ""

    @property
    def stem(self) -> str:
        """Begin of the file's name: quarter, level and sampling type in the words that readers look for."""
        quarter, words = self.task.quarter, task_words(self.task)
        return f"{quarter[:4]}年第{quarter[5]}季度{words[5:]}"


def plan_jobs(
    quarters: tuple[str, ...], samples: int, feeds: tuple[str, ...], *, several: float, with_lone_halves: bool
) -> list[Job]:
    """Jobs whose sizes sum to `samples` exactly; each stream in each quarter gets its share."""
    streams = [each for each in _STREAMS if each.feed in feeds]
    total = sum(FEED_SHARES[each.feed] * each.share for each in streams)
    shares = [FEED_SHARES[each.feed] * each.share / total / len(quarters) for each in streams for _ in quarters]
    sizes = iter(_largest_remainder(shares, samples))
    jobs: list[Job] = []
    running = 1
    for stream in streams:
        for quarter in quarters:
            size = next(sizes)
            lone = with_lone_halves and stream.kind == PAIR and stream.level == "provincial" and quarter == quarters[-1]
            for part, special in _parts(size, lone):
                jobs.append(_job(stream, quarter, part, special, number=len(jobs), first_no=running, several=several))
                running += part
    return jobs


def _job(stream: _Stream, quarter: str, size: int, special: str, *, number: int, first_no: int, several: float) -> Job:
    kind = INTERNAL if stream.kind == PAIR and size < 4 else stream.kind
    task = Task(
        feed=stream.feed,
        sampling_type=stream.sampling_type,
        level=stream.level,
        quarter=quarter,
        first_no=first_no,
        several=several,
        away_share=stream.away_share,
        with_online=kind != PAIR,
        with_undetermined=kind == INTERNAL,
        always_conforming=bool(special),
    )
    formats = FORMATS if size <= _WORKBOOK_ROWS else _CSV_FORMATS
    notice_no = f"模拟{quarter[:4]}年第{number + 1}号" if kind != INTERNAL or number % 2 == 0 else None
    if notice_no and stream.feed != "construction":
        published_on = quarter_span(quarter)[1] - timedelta(days=number % _NOTICE_DAYS_BEFORE_END)
        task = replace(task, published_on=published_on)
    return Job(kind, task, size, number + 1, formats[number % len(formats)], number, notice_no, special)


def _parts(size: int, lone: bool) -> list[tuple[int, str]]:
    """Sizes of a stream's files in one quarter, and which of them are lone halves."""
    if size == 0:
        return []
    parts: list[tuple[int, str]] = []
    if lone and size >= 3 * _LONE_HALF_SAMPLES // 4:
        each = min(_LONE_HALF_SAMPLES, size // 6)
        parts = [(each, HELD), (each, DECLARED_COMPLETE)]
        size -= 2 * each
    n_files = min(_FILES_PER_STREAM, ceil(size / _FILE_SAMPLES))
    return parts + [(size // n_files + (position < size % n_files), "") for position in range(n_files)]


def _largest_remainder(shares: list[float], total: int) -> list[int]:
    exact = [share * total for share in shares]
    sizes = [int(each) for each in exact]
    by_remainder = sorted(range(len(sizes)), key=lambda n: (sizes[n] - exact[n], n))
    for position in by_remainder[: total - sum(sizes)]:
        sizes[position] += 1
    return sizes
