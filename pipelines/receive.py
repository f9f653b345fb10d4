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
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.locks import locked
from pipelines.sidecars import read_sidecar, sidecar_path
from warehouse.archive import (
    Envelope,
    envelope_ids,
    new_envelope_id,
    read_envelope,
    store,
    write_atomically,
    write_envelope,
)
from warehouse.errors import InfrastructureError
from warehouse.failpoint import failpoint
from warehouse.landing import SIDECAR_SUFFIX, Landed, complete_files, is_on_its_way
from warehouse.receipts import answered_envelopes
from warehouse.settings import Settings

__all__ = ["check_claims", "chunks", "claim", "locked", "pending", "receive_file", "stuck_claims"]

_CLAIM = "claim.json"
_REPLACED = "其文件取走之前又收到同名说明，以后者为准 another of this name came before its file was taken, and counts"
_LOG = logging.getLogger(__name__)


def claim(settings: Settings) -> list[str]:
    """Take everything complete in landing; returns the ids of all envelopes that await a receipt, oldest first.

    What can't be taken or archived is left for the next run, and `stuck_claims` tells of it, so that sound files never
    wait for it. Raises InfrastructureError naming it only when nothing else awaits a receipt.
    """
    failures: list[str] = []
    with locked(settings, "receive"):
        left_over = _claims(settings)
        for folder in left_over:  # first, for a side-car that goes back is older than what lies in landing
            with _on_its_own(folder, failures):
                _archive_claim(settings, folder)
        landed = complete_files(settings)
        sidecars = {file.path: file for file in landed if file.is_sidecar}
        for file in landed:
            if not file.is_sidecar:
                with _on_its_own(file.path, failures):
                    _take(settings, file, sidecars.pop(sidecar_path(file.path), None))
        for folder in _claims(settings):
            if folder not in left_over:
                with _on_its_own(folder, failures):
                    _archive_claim(settings, folder)
        for sidecar in sidecars.values():
            with _on_its_own(sidecar.path, failures):
                _take_late_sidecar(settings, sidecar)
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
    with locked(settings, "receive"):
        return [f"{folder} ({_name_of(folder)})" for folder in _claims(settings) if (folder / "content").exists()]


def check_claims(settings: Settings) -> None:
    """Raises InfrastructureError while a claim is stuck."""
    if stuck := stuck_claims(settings):
        raise InfrastructureError(f"claimed and not archived, tried again by the next run: {'; '.join(stuck)}")


def chunks(ids: list[str], size: int) -> list[list[str]]:
    """The ids in lists of at most `size`; an empty list of ids gives no chunk."""
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def receive_file(settings: Settings, feed: str, path: Path) -> str:
    """Archive a copy of a file named on the command line, with the side-car beside it; returns its envelope id."""
    with locked(settings, "receive"):
        folder = _new_claim(settings, feed, path.name)
        sidecar = sidecar_path(path)
        try:
            if sidecar.is_file():
                shutil.copyfile(sidecar, folder / "sidecar_of_copy")
            shutil.copyfile(path, folder / "copy")
        except OSError:
            shutil.rmtree(folder)
            raise
        # Only now is there something to finish: a run killed while copying leaves neither half a file nor its side-car.
        (folder / "copy").replace(folder / "content")
        failpoint("receive.copied")
        return _archive_claim(settings, folder)


@contextlib.contextmanager
def _on_its_own(path: Path, failures: list[str]) -> Iterator[None]:
    """Whatever is wrong with one file keeps no other waiting; it stays where it is for the next run."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - told of, and left for the next run
        shown = os.fsencode(path).decode(errors="replace")
        _LOG.exception("%s could not be archived and stays for the next run", shown)
        failures.append(f"{shown}: {type(error).__name__}: {error}")


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
    envelope_id = new_envelope_id(received_at)
    folder = settings.work / "claims" / envelope_id
    folder.mkdir(parents=True)
    note = {"feed": feed, "file_name": name, "received_at": received_at.isoformat()}
    write_atomically(folder / _CLAIM, json.dumps(note).encode())
    failpoint("receive.noted")
    return folder


def _claims(settings: Settings) -> list[Path]:
    folder = settings.work / "claims"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _name_of(folder: Path) -> str:
    try:
        return _readable(json.loads((folder / _CLAIM).read_text(encoding="utf-8"))["file_name"])
    except (OSError, ValueError, KeyError, TypeError):
        return "name unknown"


def _archive_claim(settings: Settings, folder: Path) -> str:
    """Finish one claim; repeating it after a crash at any point writes the same envelope. Returns its id."""
    if (folder / "content").exists():
        of_copy = folder / "sidecar_of_copy"
        sidecar, problem = read_sidecar(of_copy if of_copy.exists() else folder / "sidecar")
        _archive(settings, folder, "content", sidecar=sidecar, sidecar_problem=problem)
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


def _archive(settings: Settings, folder: Path, part: str, *, name_ending: str = "", **declared: Any) -> None:
    note = json.loads((folder / _CLAIM).read_text(encoding="utf-8"))
    sha256, size = _store_copy(settings, folder / part, folder / "copy")
    failpoint("receive.stored")
    envelope = Envelope(
        envelope_id=folder.name,
        feed=_readable(note["feed"]),
        file_name=_readable(note["file_name"]) + name_ending,
        sha256=sha256,
        size=size,
        received_at=datetime.fromisoformat(note["received_at"]),
        **declared,
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
            _archive(settings, folder, "sidecar", name_ending=SIDECAR_SUFFIX, sidecar_problem=_REPLACED)


def _store_copy(settings: Settings, content: Path, copy: Path) -> tuple[str, int]:
    """The claim keeps its content until the envelope stands; half a copy would only fill a full disk further."""
    try:
        shutil.copyfile(content, copy)
        return store(settings, copy)
    except OSError:
        copy.unlink(missing_ok=True)
        raise


def _take_late_sidecar(settings: Settings, sidecar: Landed) -> None:
    """A side-car whose file was archived before it makes a new envelope of the same bytes."""
    if time.time() - sidecar.modified_at < settings.sidecar_wait_seconds:
        return
    name = sidecar.path.name.removesuffix(SIDECAR_SUFFIX)
    if is_on_its_way(sidecar.path.parent, name):
        return
    earlier = _latest_envelope(settings, _readable(sidecar.feed), _readable(name))
    if earlier is None:
        return
    content, problem = read_sidecar(sidecar.path)
    received_at = datetime.now(UTC)
    write_envelope(
        settings,
        Envelope(
            envelope_id=new_envelope_id(received_at),
            feed=earlier.feed,
            file_name=earlier.file_name,
            sha256=earlier.sha256,
            size=earlier.size,
            received_at=received_at,
            sidecar=content,
            sidecar_problem=problem,
            supersedes_envelope_id=earlier.envelope_id,
        ),
    )
    failpoint("receive.late_enveloped")
    sidecar.path.unlink()


def _latest_envelope(settings: Settings, feed: str, name: str) -> Envelope | None:
    for envelope_id in reversed(envelope_ids(settings)):
        envelope = read_envelope(settings, envelope_id)
        if envelope.feed == feed and envelope.file_name == name:
            return envelope
    return None


def _readable(name: str) -> str:
    """The name as text: bytes that aren't UTF-8 are GB18030, as Chinese file servers write them."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("gb18030", errors="replace")
    return name
