"""Raw uploads never meet the main process: what a hostile file can do ends in the child, and in a receipt."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import time
import uuid
import zipfile
from pathlib import Path

import pytest

from pipelines import readers_text, readers_xlsx
from pipelines.read import read
from pipelines.reading_problems import Unreadable
from tests.integration.feed_files import FOOD, ingest, write_csv, write_xlsx
from tests.integration.zip_files import zip_of
from warehouse.connect import DatabaseError, sandboxed
from warehouse.errors import InfrastructureError
from warehouse.settings import Settings

PROJECT = Path(__file__).parents[2]
PARSERS = (
    "fastexcel", "python_calamine", "pipelines.readers", "pipelines.readers_text", "pipelines.readers_xlsx",
    "pipelines.readers_zip",
)  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", read_memory_mb=2048, read_seconds=60)


def refused(settings: Settings, path: Path) -> str:
    with pytest.raises(Unreadable) as raised:
        read(settings, path, path.name, settings.home / "scratch")
    return raised.value.problem.rule


def with_sheet(path: Path, sheet: str) -> Path:
    """A workbook whose one sheet is replaced by this XML."""
    plain = write_xlsx(path.with_name(f"plain {path.name}"), {"表": FOOD})
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else content)
    return path


def cells(*references: str) -> str:
    rows = "".join(
        f'<row r="{int("".join(filter(str.isdigit, ref)))}"><c r="{ref}"><v>1</v></c></row>' for ref in references
    )
    return (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>"
    )


def test_the_process_that_ingests_never_loads_a_parser(tmp_path: Path) -> None:
    workbook = write_xlsx(tmp_path / "a.xlsx", {"表": FOOD})
    source = tmp_path / "a.zip"
    source.write_bytes(zip_of((workbook.name, workbook.read_bytes())))
    program = f"""
import json, sys
from pathlib import Path
from pipelines.process import process
from pipelines.receive import receive_file
from warehouse.settings import Settings
settings = Settings(home=Path({str(tmp_path / "home")!r}))
_, receipt = process(settings, receive_file(settings, "food", Path({str(source)!r})))
print(json.dumps([receipt.rows_read, [name for name in {PARSERS!r} if name in sys.modules]]))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == [6, []]


def test_duckdb_in_the_child_reaches_its_own_folder_and_nothing_else(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside, outside):
        folder.mkdir()
        write_csv(folder / "a.csv", FOOD)
    with sandboxed(inside, memory="256MB", threads=1) as connection:
        found = connection.execute(f"SELECT count(*) FROM read_csv('{inside}/a.csv')").fetchall()
        assert found == [(6,)]
        for statement in (
            f"SELECT * FROM read_csv('{outside}/a.csv')",
            f"SELECT * FROM read_text('{inside}/../outside/a.csv')",
            f"COPY (SELECT 1) TO '{outside}/b.csv'",
            f"ATTACH '{outside}/b.duckdb'",
            "INSTALL httpfs",
            "SET enable_external_access = true",
            "SET allowed_directories = ['/']",
        ):
            with pytest.raises(DatabaseError):
                connection.execute(statement)
    assert sorted(path.name for path in outside.iterdir()) == ["a.csv"]


def test_the_reader_of_text_itself_reaches_its_folder_and_nothing_else(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", write_csv(tmp_path / "outside.csv", FOOD)
    inside.mkdir()
    request = {"folder": str(inside), "memory_mb": 1024}
    text = outside.read_text(encoding="utf-8")
    own = readers_text._by_duckdb(text, ",", len(FOOD[0]), request, has_breaks=False)
    assert own is not None
    assert own.num_rows == 7
    (inside / "input.csv").symlink_to(outside)
    assert readers_text._by_duckdb(text, ",", len(FOOD[0]), request, has_breaks=False) is None
    (inside / "input.csv").hardlink_to(outside)  # how the reader lends itself the archived bytes
    assert readers_text._by_duckdb(text, ",", len(FOOD[0]), request, has_breaks=False) == own
    assert outside.exists()


@pytest.mark.parametrize(
    ("references", "rule"),
    [(("A1", "XFD1048576"), "RD-006"), (("A1", "A1048576"), "RD-006"), (("A1", "ZZ1000000"), "RD-006")],
)
def test_a_cell_far_outside_the_table_ends_in_a_receipt_and_moves_no_memory_here(
    settings: Settings, tmp_path: Path, references: tuple[str, ...], rule: str
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    receipt = ingest(settings, "food", with_sheet(tmp_path / "far.xlsx", cells(*references)))
    assert [problem.rule for problem in receipt.problems] == [rule]
    assert (receipt.outcome, receipt.rows_read) == ("rejected", 0)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024  # KiB; the parser asks for GiB


def test_a_sheet_that_needs_more_memory_than_allowed_ends_the_child_alone(tmp_path: Path) -> None:
    # Sparse rows that each reach far to the right: small as a file, and 100 million cells once parsed.
    rows = "".join(f'<row r="{n}"><c r="ZZ{n}" t="str"><v>{n}</v></c></row>' for n in range(2, 150_000))
    sheet = cells("A1").replace("</sheetData>", f"{rows}</sheetData>")
    settings = Settings(home=tmp_path / "home", read_memory_mb=1024, read_seconds=60, read_max_columns=1000)
    assert refused(settings, with_sheet(tmp_path / "wide.xlsx", sheet)) == "RD-009"


def test_a_zip_bomb_is_refused_before_it_is_unpacked(settings: Settings, tmp_path: Path) -> None:
    bomb = with_sheet(tmp_path / "bomb.xlsx", cells("A1") + "<!--" + " " * (400 * 1024 * 1024) + "-->")
    assert bomb.stat().st_size < 2 * 1024 * 1024
    assert refused(settings, bomb) == "RD-006"


def test_a_workbook_with_a_doctype_is_refused(settings: Settings, tmp_path: Path) -> None:
    sheet = cells("A1").replace("<worksheet", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet')
    assert refused(settings, with_sheet(tmp_path / "entity.xlsx", sheet)) == "RD-011"


def test_too_many_rows_columns_or_characters_are_refused(tmp_path: Path) -> None:
    narrow = Settings(
        home=tmp_path / "home", read_memory_mb=4096, read_max_rows=5, read_max_columns=20, read_max_cell_chars=50
    )
    assert refused(narrow, write_csv(tmp_path / "rows.csv", [*FOOD, FOOD[1]])) == "RD-006"
    assert refused(narrow, write_csv(tmp_path / "columns.csv", [["x"] * 21])) == "RD-006"
    assert refused(narrow, write_csv(tmp_path / "cell.csv", [["a", "x" * 51]])) == "RD-006"


def test_reading_ends_at_its_limit_of_time(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    object.__setattr__(settings, "read_seconds", -5)  # no setting allows it; over before it begins
    started = time.monotonic()
    assert refused(settings, write_csv(tmp_path / "a.csv", FOOD)) == "RD-008"
    assert time.monotonic() - started < 5


def test_a_reader_that_cannot_start_is_the_machines_failure(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", read_memory_mb=64)
    with pytest.raises(InfrastructureError, match="could not start"):
        read(settings, write_csv(tmp_path / "a.csv", FOOD), "a.csv", tmp_path / "scratch")


def child_that(monkeypatch: pytest.MonkeyPatch, folder: Path, ending: str) -> None:
    """Stands in for the child: begins to read, and ends as told."""
    script = folder / "child.sh"
    script.write_text(f'#!/bin/sh\ntouch "$(dirname "$3")/ready"\n{ending}\n', encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))


def test_a_reader_that_the_machine_kills_is_the_files_failure_only_the_third_time(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_csv(tmp_path / "a.csv", FOOD)
    other = write_csv(tmp_path / "other.csv", FOOD[:2])

    def killed(source: Path) -> str:
        with monkeypatch.context() as patched:
            child_that(patched, tmp_path, "kill -KILL $$")
            with pytest.raises((InfrastructureError, Unreadable)) as raised:
                read(settings, source, "a.csv", tmp_path / uuid.uuid4().hex)
        return raised.value.problem.rule if isinstance(raised.value, Unreadable) else str(raised.value)

    machine = "the reader was killed, most likely for lack of memory (time {}); free some"
    assert [killed(source), killed(source)] == [machine.format(1), machine.format(2)]
    assert killed(other) == machine.format(1)
    assert killed(source) == "RD-009"
    assert read(settings, source, "a.csv", tmp_path / "scratch").sheets[0].table.num_rows == 7
    assert killed(source) == machine.format(1)  # what was read once starts anew
    assert killed(other) == machine.format(2)


@pytest.mark.parametrize("signal_name", ["ABRT", "SEGV", "BUS", "ILL", "FPE"])
def test_a_parser_that_breaks_on_a_file_rejects_it(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signal_name: str
) -> None:
    child_that(monkeypatch, tmp_path, f"ulimit -c 0; kill -{signal_name} $$")
    assert refused(settings, write_csv(tmp_path / "a.csv", FOOD)) == "RD-009"


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        ("echo Traceback >&2; echo KeyError: 3 >&2; exit 1", "the reader ended with 1: KeyError: 3"),
        ("exit 0", "the reader ended with 0: it said nothing"),
        ("kill -TERM $$", "the reader ended with -15: it said nothing"),
    ],
)
def test_a_mistake_in_the_reader_or_its_end_by_an_operator_is_never_the_files_failure(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    ending: str,
    told: str,
) -> None:
    source = write_csv(tmp_path / "a.csv", FOOD)
    child_that(monkeypatch, tmp_path, ending)
    for _ in range(4):
        with pytest.raises(InfrastructureError, match=re.escape(told)):
            read(settings, source, "a.csv", tmp_path / "scratch")
    assert ("Traceback\nKeyError: 3" in caplog.text) == ("KeyError" in ending)


@pytest.mark.parametrize(
    ("raised", "answer"),
    [
        ("MemoryError()", {"problem": "RD-009"}),
        ("OSError(27, 'File too large')", {"problem": "RD-009"}),
        ("OSError(12, 'Cannot allocate memory')", {"problem": "RD-009"}),
        ("PanicException('attempt to add with overflow')", {"problem": "RD-009"}),
        ("OSError(5, 'Input/output error')", {"failure": "[Errno 5] Input/output error"}),
        ("OSError(28, 'No space left on device')", {"failure": "[Errno 28] No space left on device"}),
        ("KeyError(3)", None),
    ],
)
def test_the_child_tells_the_files_failures_from_the_machines_and_from_mistakes(
    tmp_path: Path, raised: str, answer: dict[str, str] | None
) -> None:
    limits = {"memory_mb": 4096, "seconds": 60, "parent": os.getpid()}
    (tmp_path / "request.json").write_text(json.dumps({"folder": str(tmp_path), **limits}), encoding="utf-8")
    program = f"""
from pipelines import read_child, readers
class PanicException(BaseException): pass
def parse(request): raise {raised}
readers.parse = parse
read_child.main({str(tmp_path / "request.json")!r})
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False)
    path = tmp_path / "answer.json"
    told = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    if answer is None:
        assert (told, ended.returncode, ended.stderr.splitlines()[-1]) == (None, 1, "KeyError: 3")
    else:
        assert {name: told[name] for name in answer} == answer


def test_a_workbook_that_the_machine_cannot_read_is_not_called_damaged(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        readers_xlsx.sheets(tmp_path / "gone.xlsx", {"max_expansion": 200, "memory_mb": 1024})


@pytest.mark.parametrize("damage", [b"\xaa" * 60, b"\x00" * 60, b"\xff" * 60])
def test_a_workbook_with_a_damaged_sheet_is_rejected_as_damaged(
    settings: Settings, tmp_path: Path, damage: bytes
) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"表": FOOD})
    name = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo(name).header_offset + 30 + len(name) + 12
    content = path.read_bytes()
    path.write_bytes(content[:start] + damage + content[start + len(damage) :])
    assert refused(settings, path) == "RD-004"


@pytest.mark.parametrize(
    "content", [b'[{"a": "\\ud800"}]', b'{"\\ud800": 1}', b'{"a": 1}\n{"a": {"b": "\\udc00"}}', b"[" * 100_000]
)
def test_json_that_is_no_text_or_has_no_end_is_refused(settings: Settings, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    assert refused(settings, path) == "RD-007"


def test_the_child_inherits_no_secret_of_the_environment(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "sitecustomize.py").write_text("raise SystemExit('the environment was inherited')")
    document = read(settings, write_csv(tmp_path / "a.csv", FOOD), "a.csv", tmp_path / "scratch")
    assert document.sheets[0].table.num_rows == 7


def test_rows_and_columns_are_the_sheets_own(settings: Settings, tmp_path: Path) -> None:
    table = [[None] * 3, [None, None, "抽样编号"], [None, None, "DC001"]]
    document = read(settings, write_xlsx(tmp_path / "a.xlsx", {"表": table}), "a.xlsx", tmp_path / "scratch")
    (sheet,) = document.sheets
    assert sheet.table.to_pylist()[-1] == {"row_no": 3, "c1": None, "c2": None, "c3": "DC001"}


def test_rows_of_a_text_file_are_counted_as_a_spreadsheet_counts_them(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('标题\r\n\r\na,b,"c\nx"\r\n1,2\r\n,,\r\n"q""x",2,3,4\r\n'.encode())
    (sheet,) = read(settings, path, "a.csv", tmp_path / "scratch").sheets
    assert sheet.table.column("row_no").to_pylist() == [1, 3, 4, 6]
    assert sheet.table.column("c3").to_pylist() == [None, "c\nx", None, "3"]
    assert sheet.table.column("c1").to_pylist()[-1] == 'q"x'
