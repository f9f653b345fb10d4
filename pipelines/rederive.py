"""A figure derived anew from the archive: the bytes behind it are read, judged and counted afresh, beside the home.

Nothing of the lake or the release is used but which drops to take, so what comes out equal was not altered since.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.explain import check_figure
from pipelines.process import process
from warehouse import lake
from warehouse.archive import Envelope, object_path, read_envelope, write_envelope
from warehouse.durable import file_hash
from warehouse.errors import InfrastructureError
from warehouse.lineage import Figure, published_counts, trace
from warehouse.settings import Settings

__all__ = ["Difference", "File", "Rederived", "rederive"]

Progress = Callable[[Sequence[str], str], Iterable[str]]

# Where a sample stands and what it says; ids of batches follow from it.
_COMPARED = (
    "conclusion", "reinspection", "is_held", "is_provisional", "level", "stage", "province_code", "prefecture_code",
    "category_code", "category_2_code", "n_points", "n_points_conforming", "sha256", "sheet", "source_rows",
)  # fmt: skip


@dataclass(frozen=True)
class File:
    """A drop behind the figure, and whether its archived bytes are those that were received."""

    file_name: str
    sha256: str
    is_intact: bool


@dataclass(frozen=True)
class Difference:
    """A sample that does not come out as it was counted; what: the columns that differ, or where it is missing."""

    sample_key: str
    sample_no: str | None
    file_name: str
    what: str


@dataclass(frozen=True)
class Rederived:
    """What the release says, what its lineage adds up to, and what the archive gives today.

    Counts are by name (n_sampled, n_conforming …). Published and lineage differ if the release or the lake was altered,
    lineage and derived if the bytes, contracts or rules are no longer what they were.
    """

    release_id: str
    published: dict[str, int]
    lineage: dict[str, int]
    derived: dict[str, int]
    files: tuple[File, ...]
    differences: tuple[Difference, ...]

    @property
    def is_same(self) -> bool:
        are_intact = all(file.is_intact for file in self.files)
        return are_intact and not self.differences and self.published == self.lineage == self.derived


def _quietly(work: Sequence[str], _: str) -> Iterable[str]:
    return work


def rederive(
    settings: Settings, figure: Figure, release: str | None = None, *, progress: Progress = _quietly
) -> Rederived:
    """Take the archived drops behind a figure through every stage again, in a home that is gone afterwards.

    release: an id or a date; the current one by default. Raises as `explain` does, and InfrastructureError when a file
    cannot be worked off.
    """
    manifest = check_figure(settings, figure, release)
    then = trace(settings, manifest.lake_versions, manifest.as_of, figure)
    envelopes = _with_all_they_name(settings, then.envelope_ids)
    settings.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="rederive-", dir=settings.work) as folder:
        fresh = replace(settings, home=Path(folder))
        files = tuple(_brought(settings, fresh, envelope) for envelope in envelopes)
        _process(fresh, envelopes, files, progress)
        now = trace(fresh, lake.versions(fresh), manifest.as_of, figure)
        return Rederived(
            release_id=manifest.release_id,
            published=published_counts(settings, manifest.release_id, figure),
            lineage=then.counts,
            derived=now.counts,
            files=files,
            differences=tuple(_differences(then.samples, now.samples)),
        )


def _with_all_they_name(settings: Settings, envelope_ids: Sequence[str]) -> list[Envelope]:
    """The drops, with those that they supersede, each as the ZIP that it came in; oldest first."""
    found: dict[str, Envelope] = {}
    waiting = list(envelope_ids)
    while waiting:
        envelope_id = waiting.pop()
        if envelope_id in found:
            continue
        envelope = _envelope(settings, envelope_id)
        if envelope.supersedes_envelope_id is not None:
            waiting.append(envelope.supersedes_envelope_id)
        if envelope.parent_envelope_id is not None:
            waiting.append(envelope.parent_envelope_id)
        else:
            found[envelope_id] = envelope
    return [found[envelope_id] for envelope_id in sorted(found)]


def _envelope(settings: Settings, envelope_id: str) -> Envelope:
    try:
        return read_envelope(settings, envelope_id)
    except FileNotFoundError as error:
        raise InfrastructureError(
            f"{envelope_id}: 归档中没有这份接收单 the archive has no such envelope; restore it from a backup"
        ) from error


def _brought(settings: Settings, fresh: Settings, envelope: Envelope) -> File:
    """Put a drop into the other home as it was received, if its bytes are still what they were."""
    source, target = object_path(settings, envelope.sha256), object_path(fresh, envelope.sha256)
    is_intact = source.is_file() and file_hash(source) == envelope.sha256
    if is_intact and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target)
        except OSError:  # another file system
            shutil.copyfile(source, target)
    if is_intact:
        write_envelope(fresh, envelope)
    return File(envelope.file_name, envelope.sha256, is_intact)


def _process(fresh: Settings, envelopes: Sequence[Envelope], files: Sequence[File], progress: Progress) -> None:
    intact = {envelope.envelope_id for envelope, file in zip(envelopes, files, strict=True) if file.is_intact}
    usable = [
        each.envelope_id for each in envelopes if {each.envelope_id, each.supersedes_envelope_id} <= {*intact, None}
    ]
    for envelope_id in progress(usable, "file"):
        process(fresh, envelope_id)


def _differences(before: pa.Table, after: pa.Table) -> Iterator[Difference]:
    then, now = ({row["sample_key"]: row for row in table.to_pylist()} for table in (before, after))
    for key in sorted(then.keys() | now.keys()):
        row = then.get(key) or now[key]
        if what := _what_differs(then.get(key), now.get(key)):
            yield Difference(key, row["sample_no"], row["file_name"], what)


def _what_differs(then: dict[str, Any] | None, now: dict[str, Any] | None) -> str:
    if then is None:
        return "只在重新推算中 only derived anew"
    if now is None:
        return "重新推算中没有 not derived anew"
    return ", ".join(f"{name}: {then[name]} → {now[name]}" for name in _COMPARED if then[name] != now[name])
