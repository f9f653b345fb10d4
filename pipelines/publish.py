"""From the lake to a release that serves: built, written beside, read back, then named current; one at a time.

A crash at any instant leaves the release before serving; the next run finishes or clears what was begun.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from pipelines import shelf
from pipelines.artefacts import content_digest, keep_figures, prepare, verify, write_artefacts
from pipelines.build import METHOD_VERSION, Sources, build_quarters, open_sources
from pipelines.changes import Changes, find_changes, keep_untouched, remember
from pipelines.compaction import compact_between
from pipelines.compare import make_comparisons
from pipelines.follow_up import becomes_overdue, make_follow_up
from pipelines.indicators import make_indicators
from pipelines.loss import lost_since
from pipelines.parts import parts_of_release, write_parts
from pipelines.rank import make_rankings
from pipelines.revisions import make_revisions
from pipelines.warnings import Standing, events_table, group_failures, is_due, let_go, make_warnings
from warehouse import lake
from warehouse.connect import connect
from warehouse.errors import InfrastructureError
from warehouse.failpoint import failpoint
from warehouse.lake_log import told_by_file
from warehouse.release import (
    Manifest,
    Part,
    current_release_id,
    hold_path,
    list_releases,
    newest_manifest,
    read_if_whole,
    standing_hold,
)
from warehouse.settings import Settings

__all__ = ["publish"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOG = logging.getLogger(__name__)


def publish(
    settings: Settings, as_of: datetime | None = None, *, resume: bool = False, issue_archived: bool = False
) -> str | None:
    """Publish what is in the lake; the id of the new release, or None when nothing changed since the current one.

    as_of: the instant as of which failures are final or provisional (default: now, as `_now` has it). resume: also
    while an operator holds publication back, which ends with it; without it the answer is then None. issue_archived:
    warnings whose results were old when they came, and that are only history so far, are issued. Waits while
    another process publishes. Raises ReleaseCheckError, with the release before serving on, when what was written is
    not right, and InfrastructureError when the lake holds less than the newest release was made of. A release whose
    manifest is damaged is passed over for the nearest one before it that can be read.
    """
    with shelf.alone(settings), told_by_file(settings):
        shelf.recover(settings)
        with connect(settings) as connection:
            sources = open_sources(settings, connection, lake.versions(settings), as_of or _now(settings))
            if lost := lost_since(settings, connection, sources.versions):
                raise InfrastructureError(lost)
            if not resume and _is_held(sources):
                return None
            changes = find_changes(sources)
            if not (changes.is_anything or issue_archived or _has_run_out(sources, changes.previous)):
                return None
            written: list[Part] = []
            build_quarters(sources, changes.quarters, lambda built: written.extend(write_parts(built)))
            keep_untouched(sources, changes)
            parts = parts_of_release(settings, written, changes.quarters, changes.kept)
            has_kept = changes.kept is not None
            make_rankings(sources, changes.quarters, has_kept=has_kept)
            make_comparisons(sources, changes.quarters, has_kept=has_kept)
            make_indicators(sources)
            group_failures(sources)
            release_id = _release(sources, changes, parts, issue_archived=issue_archived)
        hold_path(settings).unlink(missing_ok=True)
    if release_id is not None:
        compact_between(settings)
    return release_id


def _now(settings: Settings) -> datetime:
    """Now, but not before the instant of the release that serves.

    A clock that was set back would make final results provisional again, and withdraw what the public was warned of.
    """
    now = datetime.now(UTC)
    serving = current_release_id(settings)
    manifest = newest_manifest(settings, until=serving) if serving else None
    stands_at = manifest.as_of if manifest else now
    if stands_at > now:
        _LOG.warning("the clock (%s) is behind the release that serves; figures stay as of %s", now, stands_at)
    return max(now, stands_at)


def _has_run_out(sources: Sources, previous: str | None) -> bool:
    """Whether time alone changes what the release says: a warning runs out, something becomes overdue."""
    return is_due(sources, previous) or becomes_overdue(sources, previous)


def _is_held(sources: Sources) -> bool:
    """Whether a release was taken back, for a time that is not over or with nothing new in the lake since."""
    settings = sources.settings
    hold = standing_hold(settings)
    if hold is None:
        return False
    taken_back = newest_manifest(settings)
    has_news = taken_back is None or _receipts(sources)[1:] != (taken_back.n_receipts, taken_back.receipts_digest)
    return datetime.now(UTC) < hold.until or not has_news


def _release(sources: Sources, changes: Changes, parts: tuple[Part, ...], *, issue_archived: bool) -> str | None:
    settings = sources.settings
    created_at = _next_instant(settings)
    standings = make_warnings(sources, created_at, issues_archived=issue_archived)
    make_follow_up(sources)
    digest = content_digest(sources.connection)
    manifest = replace(_manifest(sources, changes, created_at, digest), parts=parts)
    if changes.is_full and not any(each.event for each in standings) and _says_the_same(settings, manifest):
        keep_figures(sources, str(manifest.previous_release_id), changes.kept)
        remember(sources, changes, str(manifest.previous_release_id))
        return None
    prepare(sources)
    make_revisions(sources, changes, manifest)
    keep_figures(sources, manifest.release_id, changes.kept)
    folder = shelf.begin(settings, manifest.release_id)
    failpoint("publish.begun")
    counts = write_artefacts(sources, folder, _info(settings, manifest))
    failpoint("publish.written")
    verify(settings, folder, digest, counts)
    shelf.finish(settings, folder, replace(manifest, counts=counts), _events(standings, manifest))
    del standings
    let_go(sources.connection)
    failpoint("publish.finished")
    remember(sources, changes, manifest.release_id)
    return manifest.release_id


def _manifest(sources: Sources, changes: Changes, created_at: datetime, digest: str) -> Manifest:
    data_as_of, n_receipts, receipts_digest = _receipts(sources)
    duckdb_version = sources.connection.execute("SELECT version()").fetchall()[0][0]
    return Manifest(
        release_id=f"{created_at:%Y%m%dT%H%M%SZ}-{digest[:10]}",
        created_at=created_at,
        as_of=sources.as_of,
        data_as_of=data_as_of,
        method_version=METHOD_VERSION,
        duckdb_version=duckdb_version,
        digest=digest,
        previous_release_id=changes.previous,
        files={},
        counts={},
        lake_versions=dict(sources.versions),
        n_receipts=n_receipts,
        receipts_digest=receipts_digest,
        provinces=sources.settings.provinces,
        lake_identity=lake.identity(sources.settings),
    )


def _receipts(sources: Sources) -> tuple[datetime | None, int, str]:
    """When the newest of the receipts that count was received, how many there are, and a hash that tells which."""
    rows = sources.connection.execute(
        "SELECT epoch_us(max(received_at)), count(*), sha256(coalesce(string_agg(line, chr(10) ORDER BY line), ''))"
        " FROM (SELECT received_at, batch_id || ' ' || attempt_id AS line FROM core_receipts)"
    ).fetchall()
    received_us, n_receipts, digest = rows[0]
    return None if received_us is None else _EPOCH + timedelta(microseconds=received_us), n_receipts, digest


def _says_the_same(settings: Settings, manifest: Manifest) -> bool:
    """Whether the current release was made of the same receipts in the same way and says the same."""
    if manifest.previous_release_id is None:
        return False
    before = read_if_whole(settings, manifest.previous_release_id)
    if before is None:  # what nobody can read is followed by one that can be
        return False
    return (before.digest, before.receipts_digest, before.method_version, before.provinces, before.parts) == (
        manifest.digest,
        manifest.receipts_digest,
        manifest.method_version,
        manifest.provinces,
        manifest.parts,
    )


def _info(settings: Settings, manifest: Manifest) -> dict[str, Any]:
    due = manifest.created_at + timedelta(minutes=settings.reconcile_minutes)
    return {
        "release_id": manifest.release_id,
        "previous_release_id": manifest.previous_release_id,
        "as_of": manifest.as_of,
        "data_as_of": manifest.data_as_of,
        "next_update_due": due,
        "created_at": manifest.created_at,
        "method_version": manifest.method_version,
        "digest": manifest.digest,
    }


def _events(standings: list[Standing], manifest: Manifest) -> pa.Table:
    return events_table(standings, manifest.release_id, manifest.created_at)


def _next_instant(settings: Settings) -> datetime:
    """Now, in whole seconds, and later than any release: ids are unique and sort by time whatever the clock does."""
    now = datetime.now(UTC).replace(microsecond=0)
    released = list_releases(settings)
    if not released:
        return now
    latest = datetime.strptime(released[-1][:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return max(now, latest + timedelta(seconds=1))
