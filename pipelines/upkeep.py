"""Looking after a home: whether anything was lost or altered, and rebuilding from the archive."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pipelines.artefacts import content_digest
from pipelines.build import METHOD_VERSION
from pipelines.loss import lost_since
from pipelines.parts import altered_parts
from pipelines.process import process
from pipelines.publish import publish
from pipelines.receive import stuck_claims
from warehouse import lake
from warehouse.archive import EnvelopeDamagedError, envelope_ids, object_path, read_envelope
from warehouse.connect import DatabaseError, connect, sql_text
from warehouse.durable import file_hash
from warehouse.errors import InfrastructureError, UserError
from warehouse.lake_log import LakeDamagedError, told_by_file
from warehouse.receipts import answered_envelopes
from warehouse.release import (
    Manifest,
    altered_files,
    current_release_id,
    list_releases,
    read_if_whole,
    read_manifest,
    release_path,
)
from warehouse.settings import Settings

__all__ = ["Check", "Progress", "Rebuilt", "found", "rebuild", "verify"]

Progress = Callable[[Sequence[str], str], Iterable[str]]
"""Goes through the items one by one and may show how far it is; the second argument says what they are."""


def _quietly(work: Sequence[str], _: str) -> Iterable[str]:
    return work


@dataclass(frozen=True)
class Check:
    """One thing that was verified."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class Rebuilt:
    """A rebuild from the archive beside the release that it should equal; n_later: files that came after that one."""

    n_files: int
    digest: str
    expected_digest: str | None
    n_later: int = 0

    @property
    def is_same(self) -> bool:
        return self.expected_digest in (None, self.digest)


def verify(settings: Settings, *, progress: Progress = _quietly) -> list[Check]:
    """Archive hashes, every envelope answered, conservation of rows, a lake that holds what was published, and the
    hashes of every release; of the one that serves also the digest of its content. What can't be read at all is a
    finding, too, and the others go on.
    """
    return [
        found("archive", lambda: _archive(settings, progress)),
        found("receipts", lambda: _answered(settings)),
        found("conservation", lambda: _conservation(settings)),
        found("lake", lambda: _lake(settings)),
        found("release", lambda: _releases(settings, progress)),
    ]


def found(name: str, check: Callable[[], Check]) -> Check:
    """The check; one that could not be made because something can't be read is not ok, and says what."""
    try:
        return check()
    except (InfrastructureError, DatabaseError, OSError) as error:
        return Check(name, False, str(error).partition("\n")[0])


def rebuild(
    settings: Settings, target: Path, *, as_of: datetime | None = None, progress: Progress = _quietly
) -> Rebuilt:
    """Take every archived drop into a new home, oldest first, and publish as of the same instant.

    What the current release had not seen yet comes in after its counterpart was published and compared, so that only
    an altered figure is a difference; where the lake is too damaged to say what that is, nothing is compared. The
    archive is copied: the new home stands by itself. Raises UserError where the target is not empty, and
    InfrastructureError when there is nothing to rebuild from or something of the archive is altered; the target is
    then as it was.
    """
    ids = envelope_ids(settings)
    if not ids:
        raise InfrastructureError(f"{settings.archive} holds no envelope; nothing to rebuild from")
    if target.exists() and any(target.iterdir()):
        raise UserError(f"{target} 不是空目录，请另指一个 is not empty; name a new folder")
    if wrong := _altered_in_archive(settings, progress):
        raise InfrastructureError(
            f"{settings.archive} 中有缺失或被改动的内容，未重建；请先从备份恢复 "
            f"holds what is altered or missing, nothing was rebuilt; restore it from a backup first: {', '.join(wrong)}"
        )
    with _removed_on_failure(target):
        return _rebuilt(settings, replace(settings, home=target.absolute()), ids, as_of, progress)


@contextmanager
def _removed_on_failure(target: Path) -> Iterator[None]:
    """What was half made in a folder that was empty, or not there, goes, so that it can be tried again."""
    is_there = target.exists()
    try:
        yield
    except BaseException:
        for path in target.iterdir() if target.exists() else ():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        if not is_there and target.exists():
            target.rmdir()
        raise


def _rebuilt(
    settings: Settings, fresh: Settings, ids: list[str], as_of: datetime | None, progress: Progress
) -> Rebuilt:
    release_id = current_release_id(settings)
    manifest = read_if_whole(settings, release_id) if release_id else None
    moment = as_of or (manifest.as_of if manifest else None)
    try:
        seen = _seen_by(settings, manifest) if manifest else set(ids)
    except LakeDamagedError:
        seen, manifest = set(ids), None
    shutil.copytree(settings.archive, fresh.archive)
    earlier = [envelope_id for envelope_id in ids if envelope_id in seen]
    for envelope_id in progress(earlier, "file"):
        process(fresh, envelope_id)
    made = publish(fresh, as_of=moment)
    if made is None:
        raise InfrastructureError("the rebuilt home published nothing")
    digest = read_manifest(fresh, made).digest
    later = [envelope_id for envelope_id in ids if envelope_id not in seen]
    for envelope_id in progress(later, "file"):
        process(fresh, envelope_id)
    if later:
        publish(fresh)
    expected = manifest.digest if manifest and moment == manifest.as_of else None
    return Rebuilt(len(ids), digest, expected, n_later=len(later))


def _seen_by(settings: Settings, manifest: Manifest) -> set[str]:
    """The envelopes whose receipts stood in the lake when a release was made."""
    with connect(settings) as connection:
        view = lake.scan(settings, connection, "receipts", version=manifest.lake_versions.get("receipts", lake.ABSENT))
        return {row[0] for row in connection.execute(f"SELECT envelope_id FROM {view}").fetchall()}  # noqa: S608 - ours


def _archive(settings: Settings, progress: Progress) -> Check:
    missing = sorted(_answered_if_readable(settings) - {*envelope_ids(settings)})
    wrong = [f"envelope {each}, which has a receipt" for each in missing] + _altered_in_archive(settings, progress)
    return Check("archive", not wrong, f"altered or missing: {', '.join(wrong)}" if wrong else "every hash holds")


def _altered_in_archive(settings: Settings, progress: Progress) -> list[str]:
    """Envelopes that can't be read, and bytes that are not what their envelope says."""
    wrong: list[str] = []
    files: dict[str, str] = {}
    for envelope_id in envelope_ids(settings):
        try:
            envelope = read_envelope(settings, envelope_id)
        except EnvelopeDamagedError as error:
            wrong.append(f"envelope {envelope_id} ({error})")
        else:
            files.setdefault(envelope.sha256, envelope.file_name)
    for sha256 in progress(sorted(files), "file"):
        path = object_path(settings, sha256)
        if not path.exists() or file_hash(path) != sha256:
            wrong.append(f"{path} ({files[sha256]})")
    return wrong


def _answered_if_readable(settings: Settings) -> set[str]:
    """None where the lake is damaged, which other checks say: the archive is what it would be built again from."""
    try:
        return answered_envelopes(settings)
    except (LakeDamagedError, DatabaseError):
        return set()


def _answered(settings: Settings) -> Check:
    """Every drop has its receipt, and none lies unarchived."""
    waiting = [*sorted(set(envelope_ids(settings)) - answered_envelopes(settings)), *stuck_claims(settings)]
    detail = f"await a run: {', '.join(waiting)}" if waiting else "every envelope has its receipt"
    return Check("receipts", not waiting, detail)


def _conservation(settings: Settings) -> Check:
    """Each receipt adds up (its own type holds that), and the lake holds what the counting receipts say."""
    with told_by_file(settings), connect(settings) as connection:
        lake.scan(settings, connection, "receipts")
        statement = sql_text("core/core_conservation").format(
            receipts=sql_text("core/core_receipts"),
            samples=lake.scan(settings, connection, "samples"),
            quarantine=lake.scan(settings, connection, "quarantine"),
            forms=" UNION ALL ".join(
                f"SELECT attempt_id FROM {lake.scan(settings, connection, table)}"  # noqa: S608 - tables of ours
                for table in ("figures", "recalls", "measures")
            ),
        )
        wrong = connection.execute(statement).fetchall()
    told = "; ".join(f"{name}: {said} said, {held} held" for name, said, held in wrong)
    return Check("conservation", not wrong, told or "the lake holds what the receipts say")


def _lake(settings: Settings) -> Check:
    """What publication asks before it goes on."""
    with connect(settings) as connection:
        lake.scan(settings, connection, "receipts")
        lost = lost_since(settings, connection, lake.versions(settings))
    return Check("lake", lost is None, lost or "the lake holds what the newest release was made of")


def _releases(settings: Settings, progress: Progress) -> Check:
    """Every release stays readable for ever; the one that serves says what its digest says, too."""
    released, current = list_releases(settings), current_release_id(settings)
    if current is None:
        return Check("release", not released, "no pointer to a release that serves" if released else "none yet")
    wrong = [] if current in released else [f"{current} serves and is not there"]
    for release_id in progress(released, "release"):
        altered = altered_files(settings, release_id)
        wrong += [f"{release_id}/{name}" for name in altered]
        if "manifest.json" not in altered:
            before = read_manifest(settings, release_id).previous_release_id
            wrong += (
                [f"{before}, which came before {release_id}, is not there"] if before not in (None, *released) else []
            )
    if current in released and f"{current}/manifest.json" not in wrong:
        wrong += [*altered_parts(settings), *_not_shown(settings, current)]
    if not wrong:
        manifest = read_manifest(settings, current)
        with connect(settings, release_path(settings, current, "office"), read_only=True) as office:
            if manifest.method_version == METHOD_VERSION and content_digest(office) != manifest.digest:
                wrong.append(f"{current}: its content has not the digest of its manifest")
    return Check("release", not wrong, f"altered: {', '.join(wrong)}" if wrong else f"{current}: every hash holds")


def _not_shown(settings: Settings, current: str) -> list[str]:
    """What the public's folder lacks of the release that serves."""
    shown = replace(settings, home=settings.public_releases.parent)
    wrong = [] if current_release_id(shown) == current else ["public/releases/current"]
    name, sha256 = "public.duckdb", read_manifest(settings, current).files["public.duckdb"]
    path = shown.releases / current / name
    return wrong if path.is_file() and file_hash(path) == sha256 else [*wrong, f"public/releases/{current}/{name}"]
