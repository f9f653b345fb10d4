"""A home at a glance: what waits or is stuck, what was taken in, what serves since when, and how much room is left."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.receive import pending, stuck_claims
from pipelines.sql import statement
from warehouse import lake
from warehouse.archive import read_envelope
from warehouse.connect import connect, sql_text
from warehouse.landing import complete_files, left_alone, misplaced_files
from warehouse.names import visible
from warehouse.release import (
    Hold,
    Manifest,
    ReleaseDamagedError,
    ReleaseNotFoundError,
    current_release_id,
    damaged_releases,
    read_manifest,
    release_path,
    standing_hold,
)
from warehouse.settings import Settings

__all__ = ["Attention", "Status", "status_of"]

# Longer than any healthy run lets a file wait.
LONG = timedelta(minutes=10)
# Longer than a sender takes to write a file, so that it was given up or its name forgotten.
_ABANDONED = timedelta(hours=1)
_MOST_NAMED = 5
_LITTLE_SPACE = 0.05
_FOLDERS = ("archive", "lake", "releases", "work", "logs")


@dataclass(frozen=True)
class Attention:
    """One thing that somebody should look at, and what to do."""

    zh: str
    en: str


@dataclass(frozen=True)
class Status:
    """n_in_landing: complete files that wait in landing; n_misplaced: files there outside the folder of a feed, which
    nobody takes; n_left_alone: under the name of an unfinished file, or held open for writing; n_stuck_claims: files
    that could not be archived; n_pending: archived, no receipt yet.

    waiting_since: of the oldest of those that wait. n_receipts: files that were answered, files_by_outcome how.
    n_unpublished: batches that count and are in no release that serves; n_quarantined, n_held: rows in quarantine and
    samples of incomplete notices, as the release has them. n_rows_waiting: those rows, and those of the batches that
    are not published; n_files_rejected: files that were rejected as a whole, and whose bytes were not taken in since.
    serves_since: when the pointer was last moved. bytes_used by folder.
    """

    home: str
    n_in_landing: int
    n_misplaced: int
    n_left_alone: int
    n_stuck_claims: int
    n_pending: int
    waiting_since: datetime | None
    n_receipts: int
    files_by_outcome: dict[str, int]
    n_unpublished: int
    n_quarantined: int
    n_held: int
    n_rows_waiting: int
    n_files_rejected: int
    release_id: str | None
    serves_since: datetime | None
    data_as_of: datetime | None
    hold: Hold | None
    bytes_used: dict[str, int]
    bytes_free: int
    attention: tuple[Attention, ...] = ()


def status_of(settings: Settings, *, now: datetime | None = None) -> Status:
    """What there is to know on one screen; reads receipts, the release and folder sizes, never the samples."""
    moment = now or datetime.now(UTC)
    landed, waiting = complete_files(settings), pending(settings)
    since = [datetime.fromtimestamp(file.modified_at, UTC) for file in landed[:1]]
    since += [read_envelope(settings, envelope_id).received_at for envelope_id in waiting[:1]]
    release_id, pointer = _named(settings)
    manifest, damage = _serving(settings, release_id)
    damage = (*pointer, *damage, *_damaged(settings, release_id))
    taken_in = _taken_in(settings, manifest)
    n_quarantined, n_held = _held_back(settings, release_id if manifest else None)
    found = Status(
        home=str(settings.home),
        n_in_landing=len(landed),
        n_misplaced=len(misplaced_files(settings)),
        n_left_alone=len(left_alone(settings)),
        n_stuck_claims=len(stuck_claims(settings)),
        n_pending=len(waiting),
        waiting_since=min(since, default=None),
        n_receipts=sum(taken_in.outcomes.values()),
        files_by_outcome=taken_in.outcomes,
        n_unpublished=taken_in.n_unpublished,
        n_quarantined=n_quarantined,
        n_held=n_held,
        n_rows_waiting=n_quarantined + taken_in.n_rows_unpublished,
        n_files_rejected=taken_in.n_rejected,
        release_id=release_id,
        serves_since=_pointed_at(settings),
        data_as_of=manifest.data_as_of if manifest else None,
        hold=standing_hold(settings),
        bytes_used={name: _size(settings.home / name) for name in _FOLDERS},
        bytes_free=shutil.disk_usage(settings.home).free,
    )
    return replace(found, attention=(*damage, *_attention(settings, found, taken_in, moment)))


def _named(settings: Settings) -> tuple[str | None, tuple[Attention, ...]]:
    """The release that the pointer names; what to do where it names none."""
    try:
        return current_release_id(settings), ()
    except ReleaseDamagedError:
        return None, (
            Attention(
                "releases/current 已损坏，其中没有发布编号：用 choucha releases rollback ID 重新指定现行发布",
                "releases/current is damaged and names no release: name the one that serves anew with choucha releases "
                "rollback ID (choucha releases list)",
            ),
        )


def _damaged(settings: Settings, serving: str | None) -> Iterator[Attention]:
    """What to do about each release but the one that serves whose manifest can't be read."""
    for release_id in damaged_releases(settings):
        if release_id != serving:
            yield Attention(
                f"发布 {release_id} 的 manifest.json 缺失或损坏：从备份恢复该文件夹；没有备份见 operate.md",
                f"the manifest.json of release {release_id} is missing or damaged: restore that folder from a backup; "
                "where there is none see docs/how-to/operate.md",
            )


def _serving(settings: Settings, release_id: str | None) -> tuple[Manifest | None, tuple[Attention, ...]]:
    """The manifest of the release that serves; what to do where the release is not whole."""
    if release_id is None:
        return None, ()
    try:
        release_path(settings, release_id, "office")
        return read_manifest(settings, release_id), ()
    except (ReleaseNotFoundError, ReleaseDamagedError) as error:
        return None, (
            Attention(
                f"发布 {release_id} 在用而文件缺失或损坏：从备份恢复，或用 choucha releases rollback 回到较早的一次",
                f"release {release_id} serves and is not whole ({error}): restore it from a backup, or go back to an "
                "earlier one with choucha releases rollback",
            ),
        )


@dataclass(frozen=True)
class _TakenIn:
    """outcomes: files by outcome; unpublished_since: when the oldest batch that no release has was committed;
    n_rows_unpublished: quarantined rows of such batches; wholly_refused: the file of the newest batch, if all of its
    rows are in quarantine.
    """

    outcomes: dict[str, int]
    n_rejected: int
    n_unpublished: int
    unpublished_since: datetime | None
    n_rows_unpublished: int
    wholly_refused: str | None


def _taken_in(settings: Settings, manifest: Manifest | None) -> _TakenIn:
    with connect(settings) as connection:
        lake.scan(settings, connection, "receipts")
        outcomes = dict(connection.execute(statement("files_by_outcome")).fetchall())
        connection.execute(f"CREATE TEMP TABLE rejected AS {sql_text('quarantine/rejected')}")
        ((n_rejected,),) = connection.execute("SELECT count(*) FROM rejected WHERE NOT is_taken").fetchall()
        connection.execute(f"CREATE TEMP TABLE counting AS {sql_text('core/core_receipts')}")
        version = manifest.lake_versions.get("receipts", lake.ABSENT) if manifest else lake.ABSENT
        lake.scan(settings, connection, "receipts", version=version)
        connection.execute(f"CREATE TEMP TABLE published AS {sql_text('core/core_receipts')}")
        ((n_unpublished, since, n_rows, refused),) = connection.execute(statement("unpublished")).fetchall()
    moment = None if since is None else datetime.fromtimestamp(since, UTC)
    return _TakenIn(outcomes, n_rejected, n_unpublished, moment, n_rows, refused)


def _held_back(settings: Settings, release_id: str | None) -> tuple[int, int]:
    """Rows in quarantine and samples of incomplete notices, as the release has them."""
    if release_id is None:
        return 0, 0
    with connect(settings, release_path(settings, release_id, "office"), read_only=True) as connection:
        ((n_quarantined, n_held),) = connection.execute(
            "SELECT (SELECT coalesce(sum(n_rows), 0)::BIGINT FROM mart_quarantine),"
            " (SELECT coalesce(sum(n_held), 0)::BIGINT FROM mart_notices)"
        ).fetchall()
    return n_quarantined, n_held


def _pointed_at(settings: Settings) -> datetime | None:
    try:
        return datetime.fromtimestamp((settings.releases / "current").stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def _attention(settings: Settings, found: Status, taken_in: _TakenIn, now: datetime) -> Iterator[Attention]:
    if found.hold is not None:
        yield Attention(
            f"已回退，自动发布暂停至 {found.hold.until:%Y-%m-%d %H:%M} UTC；恢复：choucha publish --resume",
            f"{found.hold.taken_back} taken back by {found.hold.held_by} ({found.hold.reason or 'no reason given'}); "
            f"nothing is published until {found.hold.until:%Y-%m-%d %H:%M} UTC; to go on: choucha publish --resume",
        )
    elif taken_in.unpublished_since is not None and now - taken_in.unpublished_since > LONG:
        yield Attention(
            f"{found.n_unpublished} 批已入库而未发布；运行 choucha publish，看它的提示",
            f"{found.n_unpublished} batches are in the lake and not public; run choucha publish and see what it says",
        )
    if found.waiting_since is not None and now - found.waiting_since > LONG:
        yield Attention(
            f"有文件自 {found.waiting_since:%Y-%m-%d %H:%M} UTC 起等待；运行 choucha run，或查看 DAG ingest",
            f"a file waits since {found.waiting_since:%Y-%m-%d %H:%M} UTC; run choucha run, or look at the DAG ingest",
        )
    if taken_in.wholly_refused is not None:
        yield Attention(
            f"最新一批全部隔离，没有一行可用：{taken_in.wholly_refused}；choucha quarantine list 列出原因",
            f"no row of the newest batch could be used: {taken_in.wholly_refused}; choucha quarantine list says why",
        )
    if found.n_misplaced:
        named = _named_files(settings, misplaced_files(settings))
        yield Attention(
            f"{found.n_misplaced} 个文件不在任何报送来源的文件夹内，无人收取：{settings.landing}：{named}",
            f"{found.n_misplaced} files lie outside the folder of a feed, where nobody takes them: {settings.landing}: "
            f"{named}",
        )
    before = (now - _ABANDONED).timestamp()
    if abandoned := [file.path for file in left_alone(settings) if file.modified_at < before]:
        named = _named_files(settings, abandoned)
        yield Attention(
            f"收件区有 {len(abandoned)} 个文件一小时未动而未收取，仍被打开写入，或名为未传完：{named}；"
            "请报送方传完或改名",
            f"{len(abandoned)} files in landing did not change for an hour and are not taken, being held open or named "
            f"as unfinished: {named}; let the sender finish or rename them",
        )
    if found.n_stuck_claims:
        yield Attention(
            f"{found.n_stuck_claims} 个文件未能归档；choucha verify 列出，检查磁盘与权限",
            f"{found.n_stuck_claims} files could not be archived; choucha verify lists them; look at disk and rights",
        )
    if found.bytes_free < _LITTLE_SPACE * shutil.disk_usage(settings.home).total:
        yield Attention("磁盘所剩不足 5%", "less than 5 % of the disk is free")


def _named_files(settings: Settings, paths: Sequence[Path]) -> str:
    """The first few by name, and how many more."""
    names = [os.fsencode(path.relative_to(settings.landing)) for path in paths[:_MOST_NAMED]]
    shown = ", ".join(visible(name.decode(errors="replace")) for name in names)
    return shown + (f" … +{len(paths) - _MOST_NAMED}" if len(paths) > _MOST_NAMED else "")


def _size(folder: Path) -> int:
    """Bytes below a folder; what goes meanwhile counts nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += os.lstat(f"{parent}/{name}").st_size
    return total
