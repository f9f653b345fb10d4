"""What was done since: recalls, measures, rates of rectification, what is overdue, and how long each step took.

Made anew for every release from all failed samples, for they are few; what is counted over all samples (sampled →
concluded) is quarterly, see core_durations.
"""

from __future__ import annotations

import pyarrow as pa

from pipelines.build import Sources, create, rename, take
from pipelines.normalise.people import public_code, public_name, public_text
from warehouse.connect import Connection, quote
from warehouse.release import ARTEFACTS, release_path

__all__ = ["FOLLOWED", "becomes_overdue", "make_follow_up"]

FOLLOWED = ("mart_rectification", "mart_timeliness")
"""Tables whose rows are everybody's, or the office's alone by their sampling type."""

# How the public reads each text of a recall.
_SHOWN = {
    **dict.fromkeys(("announced_by", "producer_name"), public_name),
    **dict.fromkeys(("product_name", "brand", "spec", "defect", "hazard", "remedy"), public_text),
    **dict.fromkeys(("batch", "sample_no"), public_code),
}


def becomes_overdue(sources: Sources, previous: str | None) -> bool:
    """Whether something that was open and in time in the current release is overdue at the instant of the next one."""
    if previous is None:
        return False
    connection = sources.connection
    connection.execute(
        f"ATTACH {quote(str(release_path(sources.settings, previous, 'office')))} AS open_then (READ_ONLY)"
    )
    try:
        tables = {row[0] for row in connection.execute("SHOW TABLES FROM open_then").fetchall()}
        query = "SELECT 1 FROM open_then.mart_overdue WHERE NOT is_overdue AND due_on < $today LIMIT 1"
        return "mart_overdue" in tables and bool(connection.execute(query, {"today": sources.as_of_on}).fetchall())
    finally:
        connection.execute("DETACH open_then")


def make_follow_up(sources: Sources) -> None:
    """Make the tables FOLLOWED, and mart_recalls, mart_dispositions and mart_overdue each as `public_` and `office_`,
    and under its name as the office has it.

    Needs core_candidates, core_measures, core_durations and what `make_warnings` makes.
    """
    connection = sources.connection
    for name in ("core_recalls", "core_recall_matches", "core_measured", "core_final_failures"):
        create(connection, name)
    take(connection, "core_public_recalls", _public_recalls(connection))
    take(connection, "core_public_authorities", _public_authorities(connection))
    for artefact in ARTEFACTS:
        is_office = artefact == "office"
        shown = "core_recalls" if is_office else "core_public_recalls"
        connection.execute(f"CREATE OR REPLACE TEMP VIEW core_shown_recalls AS FROM {shown}")
        about = {"is_office": is_office}
        for name, given in (
            ("mart_recalls", about),
            ("mart_dispositions", about),
            ("mart_overdue", about | {"as_of_on": sources.as_of_on}),
        ):
            create(connection, name, given)
            rename(connection, name, f"{artefact}_{name}")
    for name in FOLLOWED:
        create(connection, name)
    for name in ("mart_recalls", "mart_dispositions", "mart_overdue"):
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS FROM office_{name}")


def _public_recalls(connection: Connection) -> pa.Table:
    """The recalls without names and numbers of persons, each distinct text judged once."""
    rows: pa.Table = connection.sql("FROM core_recalls").to_arrow_table()
    for name, read in _SHOWN.items():
        texts = rows[name].to_pylist()
        shown = {text: read(text) for text in set(texts) if text is not None}
        column = pa.array([text and shown[text] for text in texts], pa.string())
        rows = rows.set_column(rows.schema.get_field_index(name), name, column)
    return rows


def _public_authorities(connection: Connection) -> pa.Table:
    """As the public reads each authority: a person who signs instead of one is masked."""
    given = [row[0] for row in connection.execute("SELECT DISTINCT authority FROM core_measured ORDER BY 1").fetchall()]
    names = [public_name(each) for each in given]
    return pa.table({"given": pa.array(given, pa.string()), "public_name": pa.array(names, pa.string())})
