"""Receive: what lies complete in landing is claimed by atomic rename, archived, and given an envelope.

Claims are taken one process at a time; a claim that a killed run left behind is finished by the next. What comes out
is every envelope that has no receipt yet, so that a run works off state and never an event.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipelines.locks import locked, locked_to_look
from pipelines.sidecars import REPLACED, of_bytes, read_sidecar, sidecar_path
from pipelines.untaken import tell_of
from warehouse.archive import (
    Envelope,
    envelope_ids,
    new_envelope_id,
    read_envelope,
    store,
    write_atomically,
    write_envelope,
)
from warehouse.errors import InfrastructureError, UserError
from warehouse.failpoint import failpoint
from warehouse.landing import (
    SIDECAR_SUFFIX,
    Landed,
    complete_files,
    files_being_written,
    is_being_placed,
    is_on_its_way,
    untakable_entries,
)
from warehouse.names import readable, visible
from warehouse.receipts import answered_envelopes
from warehouse.settings import Settings
from warehouse.uploads import is_of, is_upload_id, upload_of

__all__ = ["check_claims", "chunks", "claim", "locked", "pending", "receive_file", "refuse_special", "stuck_claims"]

_CLAIM = "claim.json"
_LOG = logging.getLogger(__name__)


def claim(settings: Settings) -> list[str]:
    """Take everything complete in landing; returns the ids of all envelopes that await a receipt, oldest first.

    What can't be taken or archived is left for the next run, and `stuck_claims` tells of it, so that sound files never
    wait for it. Raises InfrastructureError naming it only when nothing else awaits a receipt.
    """
    failures: list[str] = []
    with locked(settings, "receive"):
        # First what a killed run left, for a side-car that goes back is older than what lies in landing.
        _finish(settings, _claims(settings), failures)
        orphans = []
        for sidecar in _take_complete(settings, failures):
            with _on_its_own(sidecar.path, failures):
                if not _take_late_sidecar(settings, sidecar):
                    orphans.append(sidecar)
        tell_of(settings, untakable_entries(settings), orphans, lambda path: _on_its_own(path, failures))
    waiting = pending(settings)
    if failures and not waiting:
        raise InfrastructureError(f"could not be received: {'; '.join(failures)}")
    return waiting


def pending(settings: Settings) -> list[str]:
    """Envelopes without a receipt, oldest first."""
    answered = answered_envelopes(settings)
    return [envelope_id for envelope_id in envelope_ids(settings) if envelope_id not in answered]


def stuck_claims(settings: Settings) -> list[str]:
    """Files that were taken out of landing and could not be archived: where each lies, and its name.

    Waits for a claim that is under way, whose files aren't stuck.
    """
    with locked_to_look(settings, "receive"):
        return [f"{folder} ({_name_of(folder)})" for folder in _claims(settings) if (folder / "content").exists()]


def check_claims(settings: Settings) -> None:
    """Raises InfrastructureError while a claim is stuck."""
    if stuck := stuck_claims(settings):
        raise InfrastructureError(f"claimed and not archived, tried again by the next run: {'; '.join(stuck)}")


def chunks(ids: list[str], size: int) -> list[list[str]]:
    """The ids in lists of at most `size`; an empty list of ids gives no chunk."""
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def receive_file(settings: Settings, feed: str, path: Path) -> str:
    """Archive a copy of a file named on the command line, with the side-car beside it; returns its envelope id.

    Raises UserError for a pipe or a device, which has no end.
    """
    refuse_special(path)
    with locked(settings, "receive"):
        folder = _new_claim(settings, feed, path.name)
        sidecar = sidecar_path(path)
        try:
            if os.path.isfile(sidecar):  # noqa: PTH113 - Path.is_file raises where the name is too long to exist
                shutil.copyfile(sidecar, folder / "sidecar_of_copy")
            shutil.copyfile(path, folder / "copy")
        except OSError:
            shutil.rmtree(folder)
            raise
        # Only now is there something to finish: a run killed while copying leaves neither half a file nor its side-car.
        (folder / "copy").replace(folder / "content")
        failpoint("receive.copied")
        return _archive_claim(settings, folder)


def refuse_special(path: Path) -> None:
    """Raises UserError for a pipe or a device, which has no end."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise UserError(f"{visible(path.name)} 不是文件 is no regular file")


@contextlib.contextmanager
def _on_its_own(path: Path, failures: list[str]) -> Iterator[None]:
    """Whatever is wrong with one file keeps no other waiting; it stays where it is for the next run."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - told of, and left for the next run
        shown = visible(os.fsencode(path).decode(errors="replace"))
        is_of_machine = isinstance(error, OSError | InfrastructureError)  # whose own words say it
        _LOG.error("%s could not be archived and stays for the next run: %s", shown, error, exc_info=not is_of_machine)
        failures.append(f"{shown}: {type(error).__name__}: {error}")


def _take_complete(settings: Settings, failures: list[str]) -> list[Landed]:
    """Take and archive every complete file, with its side-car; returns the side-cars that lie there without a file."""
    left_over = _claims(settings)
    landed = complete_files(settings)
    sidecars = {file.path: file for file in landed if file.is_sidecar}
    files = [file for file in landed if not file.is_sidecar]
    for file in files:
        with _on_its_own(file.path, failures):
            _take(settings, file, sidecars.pop(sidecar_path(file.path), None))
    _finish(settings, [folder for folder in _claims(settings) if folder not in left_over], failures)
    return list(sidecars.values())


def _finish(settings: Settings, folders: list[Path], failures: list[str]) -> None:
    being_written = files_being_written() if folders else frozenset()
    for folder in folders:
        with _on_its_own(folder, failures):
            if str(folder / "content") not in being_written or _goes_back(settings, folder):
                _archive_claim(settings, folder)


def _take(settings: Settings, file: Landed, sidecar: Landed | None) -> None:
    """Move both into a claim. What the sender took back since the look isn't in it; a side-car alone goes back."""
    folder = _new_claim(settings, file.feed, file.path.name)
    if sidecar is not None:
        with contextlib.suppress(FileNotFoundError):
            sidecar.path.replace(folder / "sidecar")
            failpoint("receive.sidecar_taken")
    with contextlib.suppress(FileNotFoundError):
        file.path.replace(folder / "content")
        failpoint("receive.taken")


def _new_claim(settings: Settings, feed: str, name: str) -> Path:
    received_at = datetime.now(UTC)
    envelope_id = _next_id(settings, received_at)
    folder = settings.work / "claims" / envelope_id
    folder.mkdir(parents=True)
    note = {"feed": feed, "file_name": name, "received_at": received_at.isoformat()}
    write_atomically(folder / _CLAIM, json.dumps(note).encode())
    failpoint("receive.noted")
    return folder


def _next_id(settings: Settings, received_at: datetime) -> str:
    """An id after all that were given before: they tell what came last, which a clock that was set back does not."""
    given = max([*envelope_ids(settings), *(folder.name for folder in _claims(settings))], default="")
    fresh = new_envelope_id(received_at)
    if fresh > given:
        return fresh
    latest = datetime.strptime(given.partition("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
    return new_envelope_id(latest + timedelta(microseconds=1))


def _claims(settings: Settings) -> list[Path]:
    folder = settings.work / "claims"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _name_of(folder: Path) -> str:
    try:
        return readable(json.loads((folder / _CLAIM).read_text(encoding="utf-8"))["file_name"])
    except (OSError, ValueError, KeyError, TypeError):
        return "name unknown"


def _archive_claim(settings: Settings, folder: Path) -> str:
    """Finish one claim; repeating it after a crash at any point writes the same envelope. Returns its id."""
    if (folder / "content").exists():
        of_copy = folder / "sidecar_of_copy"
        declared = read_sidecar(of_copy if of_copy.exists() else folder / "sidecar")
        _archive(settings, folder, "content", *declared)
    elif (folder / "sidecar").exists():
        _give_back(settings, folder)
    # The note goes last: without it neither of the others could be finished by the next run.
    (folder / "content").unlink(missing_ok=True)
    failpoint("receive.content_cleared")
    (folder / "sidecar").unlink(missing_ok=True)
    failpoint("receive.sidecar_cleared")
    shutil.rmtree(folder)
    failpoint("receive.cleared")
    return folder.name


def _archive(
    settings: Settings,
    folder: Path,
    part: str,
    content: dict[str, Any] | None,
    problem: str | None,
    *,
    name_ending: str = "",
) -> None:
    note = json.loads((folder / _CLAIM).read_text(encoding="utf-8"))
    sha256, size = _store_copy(settings, folder / part, folder / "copy")
    failpoint("receive.stored")
    sidecar, sidecar_problem = of_bytes(sha256, content, problem)
    envelope = Envelope(
        envelope_id=folder.name,
        feed=readable(note["feed"]),
        file_name=readable(note["file_name"]) + name_ending,
        sha256=sha256,
        size=size,
        received_at=datetime.fromisoformat(note["received_at"]),
        sidecar=sidecar,
        sidecar_problem=sidecar_problem,
    )
    write_envelope(settings, envelope)
    failpoint("receive.enveloped")


def _give_back(settings: Settings, folder: Path) -> None:
    """A side-car whose file went, or whose claim was killed before it, waits in landing again.

    Where another of its name has landed meanwhile, that one counts. This one is archived on its own, and its receipt
    will say so.
    """
    sidecar = folder / "sidecar"
    if folder.name in envelope_ids(settings):  # a run was killed after this had been done
        return
    note = json.loads((folder / _CLAIM).read_text(encoding="utf-8"))
    target = settings.landing / note["feed"] / f"{note['file_name']}{SIDECAR_SUFFIX}"
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(sidecar, target)
        failpoint("receive.given_back")
    except FileExistsError:
        if not target.samefile(sidecar):
            _archive(settings, folder, "sidecar", None, REPLACED, name_ending=SIDECAR_SUFFIX)


def _store_copy(settings: Settings, content: Path, copy: Path) -> tuple[str, int]:
    """The claim keeps its content until the envelope stands; half a copy would only fill a full disk further."""
    try:
        shutil.copyfile(content, copy)
        return store(settings, copy)
    except OSError:
        copy.unlink(missing_ok=True)
        raise


def _goes_back(settings: Settings, folder: Path) -> bool:
    """Put a file that somebody still writes back into landing; False where another of its name lies there by now.

    Then the claim waits for the next run, which takes it as it is.
    """
    note = json.loads((folder / _CLAIM).read_text(encoding="utf-8"))
    content, target = folder / "content", settings.landing / note["feed"] / note["file_name"]
    try:
        os.link(content, target)
    except FileExistsError:
        if not target.samefile(content):
            return False
    failpoint("receive.went_back")
    content.unlink()
    return True


def _take_late_sidecar(settings: Settings, sidecar: Landed) -> bool:
    """A side-car whose file was archived before it makes a new envelope of the same bytes; one that may still get its
    file waits. False when there is no such file.
    """
    if time.time() - sidecar.modified_at < settings.sidecar_wait_seconds:
        return True
    name = sidecar.path.name.removesuffix(SIDECAR_SUFFIX)
    if is_being_placed(sidecar.path) or is_on_its_way(sidecar.path.parent, name):
        return True
    earlier = _latest_envelope(settings, readable(sidecar.feed), readable(name))
    content, problem = read_sidecar(sidecar.path)
    if is_upload_id(str(upload_of(content).get("id"))) and not _came_with(content, earlier):
        _LOG.warning(
            "%s came with an upload that was broken off, and is removed: %s", visible(str(sidecar.path)), content
        )
        sidecar.path.unlink()
        return True
    if earlier is None:
        return False
    content, problem = of_bytes(earlier.sha256, content, problem)
    received_at = datetime.now(UTC)
    late = replace(
        earlier,
        envelope_id=_next_id(settings, received_at),
        received_at=received_at,
        sidecar=content,
        sidecar_problem=problem,
        supersedes_envelope_id=earlier.envelope_id,
    )
    write_envelope(settings, late)
    failpoint("receive.late_enveloped")
    sidecar.path.unlink()
    return True


def _came_with(sidecar: dict[str, Any] | None, envelope: Envelope | None) -> bool:
    """Whether the upload that a side-car tells of brought this very file; another may have brought the same bytes."""
    if envelope is None or not is_of(sidecar, envelope.sha256):
        return False
    return upload_of(envelope.sidecar).get("id") in (None, upload_of(sidecar).get("id"))


def _latest_envelope(settings: Settings, feed: str, name: str) -> Envelope | None:
    """The last file of this name that was taken in; of one that came in a ZIP the folders there don't matter."""
    for envelope_id in reversed(envelope_ids(settings)):
        envelope = read_envelope(settings, envelope_id)
        last = envelope.file_name.rpartition("/")[2] if envelope.parent_envelope_id else envelope.file_name
        if envelope.feed == feed and last == name and envelope.refused_rule is None:
            return envelope
    return None
