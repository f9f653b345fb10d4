"""What a release says differently from the one that served before it, cell by cell."""

from __future__ import annotations

import logging
from datetime import timedelta

import pyarrow as pa

from pipelines.build import Sources, create, derive, take
from pipelines.changes import Changes
from warehouse.arrow import arrow_schema
from warehouse.connect import DatabaseError, quote
from warehouse.contract import table_contracts
from warehouse.release import Manifest, ReleaseNotFoundError, release_path
from warehouse.revisions import KEPT_DAYS

__all__ = ["make_revisions"]

_LOG = logging.getLogger(__name__)
_CELLS = (
    "quarter, feed, sampling_type, level, stage, province_code, prefecture_code, category_code, category_2_code,"
    " n_sampled, n_concluded, n_conforming, n_nonconforming, n_undetermined, n_held, n_inspections"
)


def make_revisions(sources: Sources, changes: Changes, manifest: Manifest) -> None:
    """Make mart_revisions from mart_cells and the release that serves, which may be none or without that table."""
    connection = sources.connection
    method_before = _before(sources, changes)
    create(
        connection,
        "mart_revisions",
        {
            "release_id": manifest.release_id,
            "created_at": manifest.created_at,
            "kept_since": manifest.created_at - timedelta(days=KEPT_DAYS),
            "is_method": method_before not in (None, manifest.method_version),
        },
    )


def _before(sources: Sources, changes: Changes) -> str | None:
    """Make given_touched, given_cells_before and given_revisions_before; the method of the release that serves."""
    connection = sources.connection
    take(connection, "given_touched", pa.table({"quarter": pa.array(changes.quarters, pa.string())}))
    nothing = arrow_schema(table_contracts("release")["mart_revisions"]).empty_table()
    take(connection, "given_revisions_before", nothing)
    derive(connection, "given_cells_before", f"SELECT {_CELLS} FROM mart_cells WHERE false")  # noqa: S608 - our names
    method = None
    is_comparable = False
    try:
        if changes.previous is None:
            return None
        path = release_path(sources.settings, changes.previous, "office")
        connection.execute(f"ATTACH {quote(str(path))} AS release_before (READ_ONLY)")
        rows = connection.execute("SELECT method_version FROM release_before.release_info").fetchall()
        method = str(rows[0][0])
        if changes.is_full:
            derive(
                connection,
                "given_touched",
                "SELECT quarter FROM given_touched UNION SELECT quarter FROM release_before.mart_cells",
            )
        of_touched = f"SELECT {_CELLS} FROM release_before.mart_cells SEMI JOIN given_touched USING (quarter)"  # noqa: S608
        derive(connection, "given_cells_before", of_touched)
        is_comparable = True
        derive(connection, "given_revisions_before", "SELECT * FROM release_before.mart_revisions")
    except (DatabaseError, ReleaseNotFoundError) as error:
        _LOG.warning("what %s said can't be compared, or it says no revisions: %s", changes.previous, error)
    finally:
        connection.execute("DETACH DATABASE IF EXISTS release_before")
        if not is_comparable:  # nothing is known to have changed
            derive(connection, "given_touched", "FROM given_touched WHERE false")
    return method
