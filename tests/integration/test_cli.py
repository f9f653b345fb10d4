"""The command line: what it prints, with which exit code, as an operator or a program reads it."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from pipelines.cli import cli
from tests.integration.command import PROJECT, Choucha, refused
from tests.integration.feed_files import FOOD, write_csv, write_xlsx

RECEIPT_KEYS = [
    "batch_id", "parent_batch_id", "feed", "file_name", "sha256", "outcome", "rows_read", "rows_accepted",
    "rows_quarantined", "rows_continuation", "rows_duplicate", "n_samples", "problems", "received_at",
    "contract_version",
]  # fmt: skip
PROBLEM_KEYS = ["rule", "sheet", "row", "column", "found", "message_zh", "message_en"]


@pytest.fixture(scope="module")
def choucha(tmp_path_factory: pytest.TempPathFactory) -> Choucha:
    """A home that took one food file in."""
    home = tmp_path_factory.mktemp("cli") / "home"
    command = Choucha(home)
    ended = command("ingest", write_csv(home.parent / "五月.csv", FOOD), "--feed", "food", "--json")
    assert ended.code == 0, ended.err
    (home.parent / "receipt.json").write_text(ended.out, encoding="utf-8")
    return command


def receipt_of(choucha: Choucha) -> dict[str, Any]:
    receipt: dict[str, Any] = json.loads((choucha.home.parent / "receipt.json").read_text(encoding="utf-8"))
    return receipt


def test_a_receipt_is_one_object_a_line_with_the_promised_keys(choucha: Choucha) -> None:
    receipt = receipt_of(choucha)
    assert sorted(receipt) == sorted(RECEIPT_KEYS)
    assert sorted(receipt["problems"][0]) == sorted(PROBLEM_KEYS)
    assert (receipt["outcome"], receipt["rows_read"], receipt["n_samples"]) == ("accepted_with_quarantine", 6, 3)
    assert receipt["parent_batch_id"] is None


def test_quarantined_rows_are_printed_and_are_no_failure(choucha: Choucha, tmp_path: Path) -> None:
    ended = choucha("ingest", write_csv(tmp_path / "again.csv", [FOOD[0], FOOD[-1]]), "--feed", "food")
    assert ended.code == 0
    assert "读入 read 1 = 接受 0 + 续行 0 + 重复 0 + 隔离 1" in ended.out
    assert "[SH-116] 第 2 行 row 2 · 公告日期" in ended.out


def test_a_rejected_file_ends_with_two_and_the_others_are_taken(choucha: Choucha, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("姓名,电话\n王,1\n", encoding="utf-8")
    good = write_csv(tmp_path / "good.csv", FOOD[:2])
    ended = choucha("ingest", bad, good, "--feed", "food", "--json")
    assert ended.code == 2
    assert [receipt["outcome"] for receipt in ended.objects] == ["rejected", "accepted"]
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "words",
    [
        ("ingest", "nowhere.csv", "--feed", "food"),
        ("ingest", "pyproject.toml"),
        ("ingest", "pyproject.toml", "--feed", "fireworks"),
        ("quarantine", "show", "nothing", "1"),
        ("check", "/dev/null", "--feed", "food"),
        ("sql", "DROP TABLE samples"),
        ("sql", "SELECT nothing FROM nowhere"),
        ("fly",),
    ],
)
def test_bad_usage_ends_with_two_and_a_sentence(choucha: Choucha, words: tuple[str, ...]) -> None:
    ended = choucha(*words)
    assert ended.code == 2
    assert ended.err.strip()
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "words",
    [
        ("notices", "complete", ""),
        ("notices", "complete", " / "),
        ("notices", "complete", "？？？"),
        ("notices", "complete", "2026\x1b[2J"),
        ("notices", "complete", "N" * 501),
        ("notices", "complete", "N1", "--reason", ""),
        ("quarantine", "show", "", "2"),
        ("quarantine", "list", "--batch", ""),
        ("quarantine", "replay", "--batch", "", "--yes"),
        ("quarantine", "export", "x.csv", "--rule", " "),
        ("keys", "add", " ", "--scope", "intake"),
        ("keys", "revoke", ""),
        ("releases", "show", ""),
        ("releases", "rollback", ""),
        ("releases", "diff", "", ""),
        ("review", "approve", ""),
        ("bulletin", ""),
        ("explain", "--quarter", "2026Q2", "--feed", "food", "--sampling-type", "supervision", "--release", ""),
    ],
)
def test_an_argument_that_says_nothing_is_refused_and_does_nothing(
    choucha: Choucha, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHOUCHA_HOME", str(choucha.home))
    before = sorted(choucha.home.rglob("*"))
    ended = CliRunner().invoke(cli, list(words))
    assert ended.exit_code == 2
    assert "must not be empty" in ended.stderr or "can be shown" in ended.stderr
    assert sorted(choucha.home.rglob("*")) == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("quarantine", "replay", "--batch", "nothing"), "see choucha quarantine list"),
        (("releases", "show", "20200101T000000Z-0123456789"), "see choucha releases list"),
        (("releases", "diff", "nothing", "nothing"), "see choucha releases list"),
        (("releases", "rollback"), "run choucha publish"),
        (("explain", "--quarter", "2026Q9", "--feed", "food", "--sampling-type", "supervision"), "write 2026Q2"),
        (("explain", "--quarter", "2026Q2", "--feed", "food", "--sampling-type", "all"), "supervision"),
    ],
)
def test_what_is_not_there_is_named_with_where_to_look(
    choucha: Choucha, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], told: str
) -> None:
    assert told in refused(choucha.home, monkeypatch, *words)


def test_a_failure_of_the_machine_ends_with_one_and_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    ended = Choucha(tmp_path / "home")("ingest", write_csv(tmp_path / "a.csv", FOOD), "--feed", "food")
    assert ended.code == 1
    assert ended.err.startswith("choucha: ")
    assert "Traceback" not in ended.err


def test_a_wrong_setting_ends_with_two_and_what_to_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOUCHA_READ_SECONDS", "soon")
    ended = Choucha(tmp_path / "home")("status")
    assert ended.code == 2
    assert "CHOUCHA_READ_SECONDS='soon' is not a number" in ended.err


def test_check_tells_where_rows_would_end_and_commits_nothing(choucha: Choucha, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "查.xlsx", {"表一": FOOD})
    counting = "SELECT count(*) AS n FROM lake_receipts"
    before = choucha("sql", counting, "--json").objects
    (told,) = choucha("check", path, "--feed", "food", "--json").objects
    assert (told["rows_read"], told["rows_accepted"], told["rows_continuation"]) == (6, 3, 1)
    assert (told["rows_duplicate"], told["rows_quarantined"]) == (1, 1)
    assert told["columns"]["表一"]["product_name"] == "食品名称"
    assert [problem["rule"] for problem in told["problems"]] == ["SH-116"]
    assert choucha("sql", counting, "--json").objects == before
    unknown = tmp_path / "bad.csv"
    unknown.write_text("姓名,电话\n王,1\n", encoding="utf-8")
    assert choucha("check", unknown, "--feed", "food").code == 2


def test_status_says_on_one_screen_what_waits_serves_and_needs_somebody(choucha: Choucha) -> None:
    (status,) = choucha("status", "--json").objects
    assert (status["n_pending"], status["n_in_landing"], status["waiting_since"]) == (0, 0, None)
    assert status["n_receipts"] == sum(status["files_by_outcome"].values())
    assert status["files_by_outcome"]["accepted_with_quarantine"] >= 1
    assert (status["release_id"], status["hold"], status["attention"]) == (None, None, [])
    assert status["n_unpublished"] >= 1
    assert min(status["bytes_used"][name] for name in ("archive", "lake")) > 0
    told = choucha("status").out
    assert len(told.splitlines()) < 24
    n_rows = len(choucha("quarantine", "list", "--json").objects) - status["n_files_rejected"]
    assert status["n_rows_waiting"] == n_rows > 0
    waiting = f"隔离行 rows {n_rows} · 退回文件 rejected files {status['n_files_rejected']}"
    assert f"{waiting}；choucha quarantine list --summary" in told
    assert "!" not in told and "一切正常" not in told


def test_a_reader_that_stops_reading_is_no_failure(choucha: Choucha) -> None:
    command = (
        f"set -o pipefail; {sys.executable} -c 'from pipelines.cli import main; main()' "
        "sql 'SELECT * FROM range(200000)' --json | head -1"
    )
    environment = os.environ | {"CHOUCHA_HOME": str(choucha.home)}
    done = subprocess.run(
        ["bash", "-c", command], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, '{"range": 0}\n', "")


def test_what_a_terminal_cannot_show_is_no_failure(choucha: Choucha, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    ended = choucha("quarantine", "list")
    assert ended.code == 0
    assert "\\u516c\\u544a\\u65e5\\u671f" in ended.out
    listed = choucha("quarantine", "list", "--json").objects
    assert "公告日期" in {entry["column_name"] for entry in listed}


def test_quarantine_is_listed_shown_and_exported_with_its_reason(choucha: Choucha, tmp_path: Path) -> None:
    batch = receipt_of(choucha)["batch_id"]
    (listed,) = choucha("quarantine", "list", "--batch", batch, "--json").objects
    assert (listed["source_row"], listed["rule"], listed["column_name"], listed["found"]) == (
        7,
        "SH-116",
        "公告日期",
        "2099-05-01",
    )
    without = choucha("quarantine", "show", batch[:8])
    assert (without.code, without.err.strip().endswith("name one: 7")) == (2, True)
    (shown,) = choucha("quarantine", "show", batch[:8], "7", "--json").objects
    assert json.loads(shown["raw"])["食品名称"] == "酱油"
    assert "later than the day" in shown["message_en"]
    target = tmp_path / "返还.csv"
    assert choucha("quarantine", "export", target, "--batch", batch).code == 0
    with target.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["rule"], row["file_name"]) == ("SH-116", "五月.csv")


def test_sql_reads_the_lake_and_changes_nothing(choucha: Choucha) -> None:
    told = choucha("sql", "SELECT count(*) AS n, max(received_at) > '2020-01-01' AS late FROM receipts", "--json")
    assert told.objects[0]["late"] is True
    assert choucha("sql", "SELECT max(received_at) AS at FROM receipts").code == 0
    refused = choucha("sql", "COPY (SELECT 1) TO 'x.csv'")
    assert (refused.code, "only queries are run here" in refused.err) == (2, True)


def test_verify_says_that_nothing_was_lost_and_notices_what_was_altered(tmp_path: Path) -> None:
    choucha = Choucha(tmp_path / "home")
    choucha("ingest", write_csv(tmp_path / "a.csv", FOOD), "--feed", "food")
    sound = choucha("verify", "--json")
    assert (sound.code, {check["check"]: check["ok"] for check in sound.objects}) == (
        0,
        {"archive": True, "receipts": True, "conservation": True, "lake": True, "release": True},
    )
    (kept,) = [path for path in (choucha.home / "archive" / "objects").rglob("*") if path.is_file()]
    kept.chmod(0o644)
    kept.write_bytes(b"altered")
    altered = choucha("verify", "--json")
    assert (altered.code, altered.objects[0]["ok"]) == (1, False)


def test_run_drains_landing_and_publishes_and_a_rebuild_gives_the_same_digest(tmp_path: Path) -> None:
    choucha = Choucha(tmp_path / "home")
    folder = choucha.home / "landing" / "food"
    folder.mkdir(parents=True)
    write_csv(folder / "a.csv", FOOD)
    receipt, published = choucha("run", "--json").objects
    assert (receipt["n_samples"], published["n_files"]) == (3, 1)
    assert published["release_id"]
    assert list(folder.iterdir()) == []
    assert choucha("run", "--json").objects == [{"release_id": None, "n_files": 0}]
    (rebuilt,) = choucha("rebuild", tmp_path / "rebuilt", "--json").objects
    assert rebuilt["n_files"] == 1
    assert rebuilt["digest"] == rebuilt["expected_digest"]
    assert choucha("rebuild", tmp_path / "rebuilt").code == 2


def test_a_held_notice_is_listed_until_the_office_says_that_it_is_complete(tmp_path: Path) -> None:
    choucha = Choucha(tmp_path / "home")
    header = ("抽样编号", "食品名称", "被抽样单位名称", "被抽样单位地址", "公告日期", "公告号", "任务来源")
    table = (header, ("DC1", "挂面", "某店", "成都市武侯区某路", "2026-05-01", "2026年第8号", "省级监督抽检"))
    folder = choucha.home / "landing" / "food"
    folder.mkdir(parents=True)
    write_csv(folder / "附件1_合格产品信息.csv", table)
    choucha("run")
    (held,) = choucha("notices", "list", "--json").objects
    assert (held["feed"], held["notice_key"]) == ("food", "2026年第8号")
    assert choucha("notices", "complete", "2026年第8号", "--reason", "无不合格").code == 0
    choucha("run")
    assert choucha("notices", "list", "--json").objects == []


def commands() -> list[list[str]]:
    found = []
    for name, command in cli.commands.items():
        found.append([name])
        found.extend([name, inner] for inner in getattr(command, "commands", {}))
    return found


def test_every_command_explains_itself(choucha: Choucha) -> None:
    listed = commands()
    assert len(listed) > 20
    told = choucha("--help").out
    assert [name for (name, *_) in listed if name not in told] == []
    for words in listed:
        command = cli.commands[words[0]]
        for inner in words[1:]:
            command = command.commands[inner]  # type: ignore[attr-defined]
        assert command.help, words
        options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
        assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize(
    ("said", "code", "told"), [("Query interrupted", 130, "已中断"), ("something else", 1, "a mistake of ours")]
)
def test_a_query_that_was_interrupted_ends_like_any_interruption(said: str, code: int, told: str) -> None:
    program = f"import pipelines.cli as c\ndef ends(**given): raise RuntimeError({said!r})\nc.cli.main = ends\nc.main()"
    ended = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (ended.returncode, told in ended.stderr) == (code, True)
    assert ("Traceback" in ended.stderr) is (code == 1)


def test_a_disk_that_fills_in_the_middle_of_a_statement_is_named_as_a_full_disk() -> None:
    said = "IO Error: CHECKPOINT during DETACH failed.\nOriginal error: Could not write: No space left on device"
    program = (
        f"import pipelines.cli as c\ndef ends(**given): raise c.DatabaseError({said!r})\nc.cli.main = ends\nc.main()"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr.startswith("choucha: 磁盘已满")) == (1, True)
