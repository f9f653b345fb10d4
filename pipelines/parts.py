"""Parts: the samples behind the figures, one immutable file for each feed and quarter, which releases share.

A part is named by the hash of its bytes, and the same samples are the same bytes: a quarter that says what it said
keeps its file. Nothing in it is the office's, so everybody may have it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa

from pipelines.build import Sources, create
from pipelines.normalise.people import is_natural_person, named_persons, public_code, public_name, public_text
from warehouse.connect import Connection, quote, sql_text
from warehouse.contract import table_contracts
from warehouse.durable import file_hash, sync
from warehouse.errors import InfrastructureError
from warehouse.failpoint import failpoint
from warehouse.release import Part, current_release_id, list_releases, part_path, read_manifest
from warehouse.search_text import search_key
from warehouse.settings import Settings

__all__ = ["altered_parts", "forget_parts", "parts_of_release", "show_parts", "write_parts"]

_TEXTS_AT_ONCE = 50_000
_PERSONS = pa.list_(pa.string())


def write_parts(sources: Sources) -> list[Part]:
    """The parts of the quarters that are built at this moment (core_counted), durable under their names."""
    connection = sources.connection
    cells = connection.execute(
        "SELECT DISTINCT feed, quarter FROM core_counted"
        " WHERE NOT is_held AND sampling_type <> 'risk_monitoring' ORDER BY ALL"
    ).fetchall()
    return [_write(sources.settings, connection, feed, quarter) for feed, quarter in cells]


def parts_of_release(
    settings: Settings, written: Iterable[Part], touched: Iterable[str], untouched: str | None
) -> tuple[Part, ...]:
    """What a release names: the parts that were written, and of all other quarters those of the release before."""
    quarters = set(touched)
    before = read_manifest(settings, untouched).parts if untouched else ()
    kept = (part for part in before if part.quarter not in quarters)
    return tuple(sorted((*written, *kept), key=lambda part: (part.feed, part.quarter)))


def show_parts(settings: Settings, public: Path, release_id: str) -> None:
    """Let the public folder have the parts of a release, before it has the release; one that is gone stays gone."""
    for part in read_manifest(settings, release_id).parts:
        source, shown = part_path(settings, part.sha256), public / "parts" / f"{part.sha256}.parquet"
        if shown.exists() or not source.exists():
            continue
        shown.parent.mkdir(exist_ok=True)
        shown.hardlink_to(source)
        failpoint("publish.part_shown")


def forget_parts(settings: Settings, *, now: datetime) -> int:
    """Delete what no kept release names; the number of files. Only while nobody else publishes.

    Kept are the parts of the release that serves, of the newest one, and of those made within parts_days.
    """
    kept = _named(settings, since=now - timedelta(days=settings.parts_days))
    n_files = 0
    for releases in (settings.public_releases, settings.releases):
        for path in sorted((releases / "parts").glob("*")):
            if path.stem not in kept:
                path.unlink()
                n_files += releases == settings.releases
    return n_files


def altered_parts(settings: Settings) -> list[str]:
    """Parts that are not what their name says, and those missing of the release that serves."""
    serving = current_release_id(settings)
    named = {part.sha256 for part in read_manifest(settings, serving).parts} if serving else set()
    found = {path.stem for path in (settings.releases / "parts").glob("*.parquet")}
    altered = {sha256 for sha256 in found if file_hash(part_path(settings, sha256)) != sha256}
    return sorted(f"parts/{sha256}.parquet" for sha256 in altered | (named - found))


def _named(settings: Settings, *, since: datetime) -> set[str]:
    released = list_releases(settings)
    always = {*released[-1:], current_release_id(settings)}
    manifests = (read_manifest(settings, release_id) for release_id in released)
    kept = (each for each in manifests if each.release_id in always or each.created_at >= since)
    return {part.sha256 for manifest in kept for part in manifest.parts}


def _write(settings: Settings, connection: Connection, feed: str, quarter: str) -> Part:
    create(connection, "core_part_samples", {"feed": feed, "quarter": quarter})
    create(connection, "core_part_texts")
    _show_texts(connection)
    folder = settings.releases / "parts"
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{uuid4().hex}.tmp"
    statement = sql_text("core/core_part")
    _check(connection, statement)
    copied = f"COPY ({statement}) TO {quote(str(unfinished))} (FORMAT parquet, COMPRESSION zstd)"
    n_rows = connection.execute(copied).fetchall()[0][0]
    sha256, n_bytes = file_hash(unfinished), unfinished.stat().st_size
    finished = part_path(settings, sha256)
    if finished.exists():
        unfinished.unlink()
    else:
        sync(unfinished)
        failpoint("publish.part_copied")
        unfinished.replace(finished)
        sync(folder)
        failpoint("publish.part_written")
    return Part(feed, quarter, sha256, n_rows, n_bytes)


def _show_texts(connection: Connection) -> None:
    """Make core_part_shown: each text as the public may read it, with its key; some at a time, so memory is bounded."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE core_part_shown (kind VARCHAR, given VARCHAR, shown VARCHAR, search_key VARCHAR,"
        " persons VARCHAR[], person_keys VARCHAR[])"
    )
    n_texts = connection.execute("SELECT count(*) FROM core_part_texts").fetchall()[0][0]
    for first in range(1, n_texts + 1, _TEXTS_AT_ONCE):
        rows = connection.execute(
            "SELECT kind, given FROM core_part_texts WHERE place >= $first AND place < $first + $n",
            {"first": first, "n": _TEXTS_AT_ONCE},
        ).fetchall()
        shown = [(kind, given, _shown(kind, given)) for kind, given in rows]
        keyed = [(*each, None if each[0] == "number" else search_key(each[2]) or None) for each in shown]
        columns: list[pa.Array[Any]] = [pa.array(values, pa.string()) for values in zip(*keyed, strict=True)]
        persons = [named_persons(given) if kind == "name" else {} for kind, given in rows]
        columns += [
            pa.array([[chr(31).join(map(form, each)) for each in found.items()] or None for found in persons], _PERSONS)
            for form in (str, search_key)
        ]
        names = ["kind", "given", "shown", "search_key", "persons", "person_keys"]
        connection.register("shown_texts", pa.table(columns, names))
        connection.execute("INSERT INTO core_part_shown FROM shown_texts")
        connection.unregister("shown_texts")


def _shown(kind: str, given: str) -> str:
    if kind == "name":
        return public_name(given) if is_natural_person(given) else public_text(given)
    return public_text(given) if kind == "text" else public_code(given)


def _check(connection: Connection, statement: str) -> None:
    """Raises InfrastructureError when a part would not have just the columns of its contract."""
    found = [(row[0], row[1]) for row in connection.execute(f"DESCRIBE {statement}").fetchall()]
    wanted = [(column.name, column.physical_type) for column in table_contracts("parts")["samples"].columns]
    if found != wanted:
        raise InfrastructureError(f"a part would differ from its contract: {sorted(set(found) ^ set(wanted))}")
