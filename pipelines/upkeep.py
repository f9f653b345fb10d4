"""Looking after a home: what waits and stands, whether anything was lost or altered, rebuilding from the archive."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pipelines.process import process
from pipelines.publish import publish
from pipelines.receive import pending, stuck_claims
from warehouse import lake
from warehouse.archive import envelope_ids, object_path, read_envelope
from warehouse.connect import connect, sql_text
from warehouse.errors import InfrastructureError
from warehouse.landing import complete_files, misplaced_files
from warehouse.receipts import answered_envelopes, receipts
from warehouse.release import Manifest, current_release_id, read_manifest, release_path
from warehouse.settings import Settings

__all__ = ["Check", "Rebuilt", "Status", "rebuild", "status_of", "verify"]


@dataclass(frozen=True)
class Status:
    """A home at a glance. n_misplaced: files in landing outside the folder of a feed, which nobody takes;
    n_stuck_claims: files that could not be archived; files_by_outcome: receipts by outcome.
    """

    home: str
    n_in_landing: int
    n_misplaced: int
    n_stuck_claims: int
    n_pending: int
    n_receipts: int
    files_by_outcome: dict[str, int]
    release_id: str | None
    data_as_of: str | None


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


def status_of(settings: Settings) -> Status:
    """What waits, what was taken in, what is published."""
    outcomes: dict[str, int] = {}
    for receipt in receipts(settings):
        outcomes[receipt.outcome] = outcomes.get(receipt.outcome, 0) + 1
    release_id = current_release_id(settings)
    manifest = read_manifest(settings, release_id) if release_id else None
    return Status(
        home=str(settings.home),
        n_in_landing=len(complete_files(settings)),
        n_misplaced=len(misplaced_files(settings)),
        n_stuck_claims=len(stuck_claims(settings)),
        n_pending=len(pending(settings)),
        n_receipts=sum(outcomes.values()),
        files_by_outcome=outcomes,
        release_id=release_id,
        data_as_of=str(manifest.data_as_of) if manifest else None,
    )


def verify(settings: Settings) -> list[Check]:
    """Archive hashes, every envelope answered, conservation of rows, and the hashes of the current release."""
    return [_archive(settings), _answered(settings), _conservation(settings), _release(settings)]


def rebuild(settings: Settings, target: Path, *, as_of: datetime | None = None) -> Rebuilt:
    """Take every archived drop into a new home, oldest first, and publish as of the same instant.

    What the current release had not seen yet comes in after its counterpart was published and compared, so that only
    an altered figure is a difference. The archive is copied: the new home stands by itself. Raises
    InfrastructureError when there is nothing to rebuild from.
    """
    ids = envelope_ids(settings)
    if not ids:
        raise InfrastructureError(f"{settings.archive} holds no envelope; nothing to rebuild from")
    release_id = current_release_id(settings)
    manifest = read_manifest(settings, release_id) if release_id else None
    moment = as_of or (manifest.as_of if manifest else None)
    seen = _seen_by(settings, manifest) if manifest else set(ids)
    fresh = replace(settings, home=target.absolute())
    shutil.copytree(settings.archive, fresh.archive)
    for envelope_id in ids:
        if envelope_id in seen:
            process(fresh, envelope_id)
    made = publish(fresh, as_of=moment)
    if made is None:
        raise InfrastructureError("the rebuilt home published nothing")
    digest = read_manifest(fresh, made).digest
    later = [envelope_id for envelope_id in ids if envelope_id not in seen]
    for envelope_id in later:
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


def _archive(settings: Settings) -> Check:
    wrong = []
    for sha256 in sorted({read_envelope(settings, envelope_id).sha256 for envelope_id in envelope_ids(settings)}):
        path = object_path(settings, sha256)
        if not path.exists() or _hash(path) != sha256:
            wrong.append(sha256)
    return Check("archive", not wrong, f"altered or missing: {', '.join(wrong)}" if wrong else "every hash holds")


def _answered(settings: Settings) -> Check:
    """Every drop has its receipt, and none lies unarchived."""
    waiting = [*sorted(set(envelope_ids(settings)) - answered_envelopes(settings)), *stuck_claims(settings)]
    detail = f"await a run: {', '.join(waiting)}" if waiting else "every envelope has its receipt"
    return Check("receipts", not waiting, detail)


def _conservation(settings: Settings) -> Check:
    """Each receipt adds up (its own type holds that), and the lake holds what the counting receipts say."""
    with connect(settings) as connection:
        lake.scan(settings, connection, "receipts")
        statement = sql_text("core/core_conservation").format(
            receipts=sql_text("core/core_receipts"),
            samples=lake.scan(settings, connection, "samples"),
            quarantine=lake.scan(settings, connection, "quarantine"),
        )
        wrong = connection.execute(statement).fetchall()
    told = "; ".join(f"{name}: {said} samples said, {held} held" for name, said, held in wrong)
    return Check("conservation", not wrong, told or "the lake holds what the receipts say")


def _release(settings: Settings) -> Check:
    release_id = current_release_id(settings)
    if release_id is None:
        return Check("release", True, "none yet")
    folder = release_path(settings, release_id, "office").parent
    wrong = [name for name, sha in read_manifest(settings, release_id).files.items() if _hash(folder / name) != sha]
    return Check("release", not wrong, f"altered: {', '.join(wrong)}" if wrong else f"{release_id}: every hash holds")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
