"""A table written before a field joined a nested column: it takes new rows, and the old ones read with nulls."""

from __future__ import annotations

import pyarrow as pa
from deltalake import write_deltalake

from tests.warehouse.builder import sample
from warehouse import lake
from warehouse.connect import connect
from warehouse.settings import Settings

FIELDS_THEN = 8


def _row(number: str) -> dict[str, object]:
    return sample(number, conclusion="nonconforming") | {"batch_id": "b", "attempt_id": "a", "sha256": "0"}


def _table(schema: pa.Schema, row: dict[str, object]) -> pa.Table:
    return pa.table({field.name: pa.array([row.get(field.name)], field.type) for field in schema})


def test_findings_written_with_fewer_fields_take_new_ones_beside_them(settings: Settings) -> None:
    now = lake.schema("samples")
    at = now.get_field_index("findings")
    kept = pa.list_(pa.struct(list(now.field(at).type.value_type)[:FIELDS_THEN]))
    then = pa.schema([pa.field(field.name, kept if field.name == "findings" else field.type) for field in now])
    path = lake.table_path(settings, "samples")
    path.parent.mkdir(parents=True)
    write_deltalake(path, _table(then, _row("1")), partition_by=["feed", "quarter"])
    with connect(settings) as connection:
        view = lake.scan(settings, connection, "samples")
        asked = f"SELECT sample_no, findings[1].item, findings[1].item_name FROM {view} ORDER BY 1"
        assert connection.execute(asked).fetchall() == [("1", "苯甲酸", None)]
        found = dict(_row("2")["findings"][0]) | {"item_name": "苯甲酸"}  # type: ignore[index]
        lake.append(settings, "samples", _table(now, _row("2") | {"findings": [found]}))
        lake.scan(settings, connection, "samples")
        assert connection.execute(asked).fetchall() == [("1", "苯甲酸", None), ("2", "苯甲酸", "苯甲酸")]
