"""Whether the lake still holds what was published: asked before each publication, and by `verify`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from warehouse import lake
from warehouse.connect import Connection, DatabaseError, connect
from warehouse.release import (
    Manifest,
    ReleaseNotFoundError,
    damaged_releases,
    newest_manifest,
    release_path,
)
from warehouse.settings import Settings

__all__ = ["lost_since"]


def lost_since(settings: Settings, connection: Connection, versions: Mapping[str, int]) -> str | None:
    """What the lake, at these versions, lacks of what the newest release was made of, with the remedy; None when it
    lacks nothing. The connection knows lake_receipts.

    What is lost is no correction, and warnings that were withdrawn for it could never be told from those withdrawn for
    a reason. Of a release whose manifest can't be read its office file says up to when it had files; for the rest the
    nearest one before it is asked.
    """
    manifest = newest_manifest(settings)
    named = [] if manifest is None else [(manifest.release_id, _lacks(settings, connection, versions, manifest))]
    later = damaged_releases(settings, after=manifest.release_id if manifest else "")
    named += [(each, _lacks_days(settings, connection, each)) for each in later]
    for release_id, lacking in named:
        if told := "; ".join(lacking):
            return (
                f"数据湖比发布 {release_id} 所依据的还少（{told}），不发布。"
                f"请从备份恢复 {settings.lake}，或用 choucha rebuild 从档案重建。 "
                f"The lake holds less than release {release_id} was made of ({told}); nothing is published. "
                f"Restore {settings.lake} from a backup, or build it anew from the archive with choucha rebuild."
            )
    return None


def _lacks(
    settings: Settings, connection: Connection, versions: Mapping[str, int], manifest: Manifest
) -> Iterator[str]:
    if manifest.lake_identity is not None and manifest.lake_identity == lake.identity(settings):
        for table, version in sorted(manifest.lake_versions.items()):
            if versions.get(table, lake.ABSENT) < version:
                yield f"{table}: version {versions.get(table, lake.ABSENT)} < {version}"
    query = "SELECT count(*) FROM (SELECT DISTINCT batch_id, attempt_id FROM lake_receipts)"
    ((n_receipts,),) = connection.execute(query).fetchall()
    if n_receipts < manifest.n_receipts:
        yield f"receipts: {n_receipts} < {manifest.n_receipts}"


def _lacks_days(settings: Settings, connection: Connection, release_id: str) -> Iterator[str]:
    until = _data_as_of(settings, release_id)
    ((newest,),) = connection.execute("SELECT epoch_us(max(received_at)) FROM lake_receipts").fetchall()
    if until is not None and (newest is None or newest < until):
        yield f"receipts: up to {_instant(newest)} < {_instant(until)}"


def _data_as_of(settings: Settings, release_id: str) -> int | None:
    """When the newest file of a release was received (microseconds), as its office file says it; None where that
    can't be read.
    """
    try:
        with connect(settings, release_path(settings, release_id, "office"), read_only=True) as office:
            ((moment,),) = office.execute("SELECT epoch_us(data_as_of) FROM release_info").fetchall()
    except (ReleaseNotFoundError, DatabaseError):
        return None
    return None if moment is None else int(moment)


def _instant(microseconds: int | None) -> str:
    return (
        "-" if microseconds is None else f"{datetime.fromtimestamp(microseconds / 1_000_000, UTC):%Y-%m-%dT%H:%M:%SZ}"
    )
