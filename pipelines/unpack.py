"""Unpack: the files that a ZIP held become drops of their own, and the ZIP gets a receipt that counts no row.

The child has taken it apart (readers_zip); here bytes are only moved and hashed. Envelopes come before the receipt, and
have ids that follow from the ZIP's, so that whatever kills a run between them, the next one ends in the same state.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from pipelines.commit import commit_archive
from pipelines.normalise.facts import PROVENANCE_KEYS, SidecarError, parse_sidecar
from pipelines.read import Document, Member
from pipelines.reading_problems import Unreadable, reading_problem
from warehouse.archive import Envelope, has_envelope, read_envelope, store, write_envelope
from warehouse.contract import Contract
from warehouse.failpoint import failpoint
from warehouse.receipts import Problem, Receipt, batch_of_envelope
from warehouse.settings import Settings

__all__ = ["archive_notes", "batch_of_archive", "check_archive", "member_envelope", "take_apart"]

# A ZIP, and a ZIP in it; their files are a level deeper.
_MOST_LEVELS = 2
_MOST_NAMES = 20


def take_apart(
    settings: Settings, envelope: Envelope, document: Document, feed_contract: Contract
) -> tuple[Receipt, list[str]]:
    """The ZIP's receipt, and the envelopes of its files in the order in which they stand in it.

    A file without a side-car has the ZIP's. Raises Unreadable when the ZIP is nested too deeply, or its side-car wrong.
    """
    check_archive(envelope, feed_contract, len(_line(settings, envelope)))
    inside = [_archived(settings, envelope, member) for member in document.members]
    batch_id = _batch_id(envelope, inside)
    receipt = commit_archive(settings, envelope, feed_contract, batch_id, archive_notes(document))
    failpoint("unpack.receipt")
    return receipt, [member.envelope_id for member in inside]


def check_archive(envelope: Envelope, feed_contract: Contract, level: int) -> None:
    """Raises Unreadable when a ZIP at this level (1: in no other) isn't taken apart, or its side-car is wrong."""
    if level > _MOST_LEVELS:
        raise Unreadable(reading_problem("ZP-007"))
    if envelope.sidecar_problem is not None:
        raise Unreadable(reading_problem("HD-003", found=envelope.sidecar_problem))
    try:
        parse_sidecar(feed_contract, envelope.sidecar)
    except SidecarError as error:
        raise Unreadable(reading_problem("HD-003", found=str(error))) from error


def member_envelope(parent: Envelope, member: Member) -> Envelope:
    """The drop that a file of the ZIP is, but for its bytes; without a side-car of its own it has the ZIP's."""
    own = replace(
        parent,
        envelope_id=_member_id(parent.envelope_id, member),
        file_name=member.name,
        supersedes_envelope_id=None,
        parent_envelope_id=parent.envelope_id,
    )
    if member.path is None:
        own = replace(own, refused_rule=member.rule, refused_found=member.found)
    if member.sidecar is not None or member.sidecar_problem is not None:
        own = replace(own, sidecar=member.sidecar, sidecar_problem=member.sidecar_problem)
    return own


def batch_of_archive(settings: Settings, envelope: Envelope) -> str | None:
    """The batch of the whole ZIP that a file came in: of the outermost, where one lay in another."""
    outermost = _line(settings, envelope)[-1]
    return None if outermost is envelope else batch_of_envelope(settings, outermost.envelope_id)


def _line(settings: Settings, envelope: Envelope) -> list[Envelope]:
    """The drop, the ZIP that it came in, and so on."""
    line = [envelope]
    while (parent := line[-1].parent_envelope_id) is not None:
        line.append(read_envelope(settings, parent))
    return line


def _archived(settings: Settings, parent: Envelope, member: Member) -> Envelope:
    """The member's envelope; one that an earlier attempt wrote stays as it is."""
    own = member_envelope(parent, member)
    if has_envelope(settings, own.envelope_id):
        return read_envelope(settings, own.envelope_id)
    if member.path is not None:
        sha256, size = store(settings, member.path)
        failpoint("unpack.stored")
        own = replace(own, sha256=sha256, size=size)
    own = replace(own, supersedes_envelope_id=_superseded(settings, parent, member))
    write_envelope(settings, own)
    failpoint("unpack.enveloped")
    return own


def _member_id(parent_id: str, member: Member) -> str:
    """Sorts after the ZIP and before whatever came later; the same for the same bytes."""
    return f"{parent_id}-{member.number:05d}"


def _superseded(settings: Settings, parent: Envelope, member: Member) -> str | None:
    """The same member of the ZIP whose place this one takes, if that was taken apart."""
    if parent.supersedes_envelope_id is None:
        return None
    earlier = _member_id(parent.supersedes_envelope_id, member)
    return earlier if has_envelope(settings, earlier) else None


def _batch_id(envelope: Envelope, inside: list[Envelope]) -> str:
    """Hash of the feed, of what was declared and of what is inside, in any order and under any name."""
    contents = sorted(json.dumps([_told_facts(own.sidecar), _content_of(own)]) for own in inside)
    outside = json.dumps(["zip", envelope.feed, _told_facts(envelope.sidecar), contents], ensure_ascii=False)
    return hashlib.sha256(outside.encode()).hexdigest()[:32]


def _content_of(own: Envelope) -> list[str | None]:
    """What could not be taken out has no bytes of its own, only a reason."""
    return [own.sha256] if own.refused_rule is None else [own.refused_rule, own.refused_found]


def _told_facts(sidecar: dict[str, Any] | None) -> list[list[Any]]:
    return sorted([name, value] for name, value in (sidecar or {}).items() if name not in PROVENANCE_KEYS)


def archive_notes(document: Document) -> tuple[Problem, ...]:
    """What is said of a ZIP that was taken apart: how many files, what was left out, which names were changed."""
    told = [reading_problem("ZP-000", found=str(len(document.members)))]
    if document.left_out:
        told.append(reading_problem("ZP-008", found=_listed(document.left_out)))
    if renamed := [f"{member.was_named} → {member.name}" for member in document.members if member.was_named]:
        told.append(reading_problem("ZP-009", found=_listed(renamed)))
    return tuple(told)


def _listed(names: list[str] | tuple[str, ...]) -> str:
    more = len(names) - _MOST_NAMES
    return "、".join(names[:_MOST_NAMES]) + (f" … (+{more})" if more > 0 else "")
