"""The documents say what the code does: generated pages are current, links lead somewhere, names exist."""

from __future__ import annotations

import contextlib
import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

from docs.generate import PAGES
from pipelines.build import METHOD_VERSION
from pipelines.cli import cli
from warehouse.settings import Settings

ROOT = Path(__file__).parents[2]
FOLDERS_WITH_DOCUMENTS = ("docs", "dags", "warehouse")
FOLDERS = ("api", "benchmarks", "dags", "docs", "expectations", "pipelines", "warehouse")
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(path for name in FOLDERS_WITH_DOCUMENTS for path in (ROOT / name).rglob("*.md"))]
)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_generated_page_is_what_the_code_says_now(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), f"docs/reference/{name} is stale: run make docs"


def test_every_rule_that_a_receipt_may_carry_is_described() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "pipelines").rglob("*.py"))
    carried = set(re.findall(r'"([A-Z]{2}-\d{3})"', code))
    page = (ROOT / "docs" / "reference" / "rules.md").read_text(encoding="utf-8")
    assert {"RD-001", "HD-001", "DS-001", "RC-001"} <= carried
    assert carried - set(re.findall(r"^\| ([A-Z]{2}-\d{3}) \|", page, re.MULTILINE)) == set()


def test_every_setting_is_described() -> None:
    page = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `CHOUCHA_([A-Z_]+)` \| `[^`]*` \| (.+) \|$", page, re.MULTILINE))
    assert set(rows) == {field.name.upper() for field in fields(Settings)}
    assert all(len(sentence) > 10 for sentence in rows.values())
    assert len(set(rows.values())) == len(rows)


def test_every_setting_is_used() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("api", "dags", "expectations", "pipelines", "warehouse")
        for path in (ROOT / folder).rglob("*.py")
        if path != ROOT / "warehouse" / "settings.py"
    )
    assert [field.name for field in fields(Settings) if not re.search(rf"\.{field.name}\b", code)] == []


def test_every_command_has_a_help_sentence() -> None:
    assert cli.commands
    assert [name for name, command in cli.commands.items() if not (command.help or "").strip()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_link_inside_the_repository_leads_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8"))
    inside = [target for target in targets if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in inside if not (document.parent / target).exists()] == []


def test_documents_were_found() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in DOCUMENTS}
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/tutorial.md", "dags/docs/publish.md"} <= found


def _commands_named(text: str) -> list[list[str]]:
    """The words after each `choucha` that stands in code."""
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
    return [line.split() for line in re.findall(r"(?<![\w-])choucha ([a-z][^`\n]*)", code)]


def _unknown_command(words: list[str]) -> str | None:
    """The first word that should be a command and is none."""
    command: click.Command = cli
    for word in words:
        if not isinstance(command, click.Group) or not re.fullmatch(r"[a-z-]+", word):
            return None
        if word not in command.commands:
            return word
        command = command.commands[word]
    return None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_command_that_a_document_names_exists(document: Path) -> None:
    named = _commands_named(document.read_text(encoding="utf-8"))
    assert [" ".join(words) for words in named if _unknown_command(words)] == []


def test_commands_in_documents_are_found_and_unknown_ones_noticed() -> None:
    assert len([words for path in DOCUMENTS for words in _commands_named(path.read_text(encoding="utf-8"))]) > 20
    assert _unknown_command(["quarantine", "list", "--json"]) is None
    assert _unknown_command(["check", "results.xlsx"]) is None
    assert _unknown_command(["quarantine", "forget"]) == "forget"


def test_the_newest_version_of_the_method_is_explained_last() -> None:
    page = (ROOT / "docs/explanation/figures.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (\d+\.\d+\.\d+) \|", page, re.MULTILINE)[-1] == METHOD_VERSION


def test_the_readme_names_both_set_up_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make run" in readme
    assert "make test" in readme


@pytest.mark.parametrize("lock", ["requirements.lock", "bootstrap.lock"])
def test_a_lock_names_no_registry_and_hashes_every_package(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"https?://|--index-url|--find-links", text)
    packages = re.split(r"^(?=[a-zA-Z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(packages) >= 1
    assert [package.split("=")[0] for package in packages if "--hash=sha256:" not in package] == []


def test_the_lock_holds_the_versions_that_were_chosen() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    found = dict(re.findall(r"^([a-z0-9-]+)==([0-9.]+)", text, re.MULTILINE))
    assert found["apache-airflow"] == "3.3.2"
    assert found["great-expectations"] == "1.24.1"
    assert found["duckdb"] == "2.0.0"
    assert found["pyarrow"].startswith("26.")
    assert found["fastapi"].startswith("0.136.")


def _texts() -> dict[str, str]:
    """Every text file of the repository, by its path."""
    folders = (*FOLDERS, ".ci", "docker", "tests")
    paths = [*ROOT.iterdir(), *(path for name in folders for path in (ROOT / name).rglob("*"))]
    texts = {}
    for path in paths:
        if path.is_file() and "__pycache__" not in path.parts:
            with contextlib.suppress(UnicodeDecodeError):  # a picture, or what a tool left
                texts[path.relative_to(ROOT).as_posix()] = path.read_text(encoding="utf-8")
    return texts


def test_the_repository_speaks_of_the_project_alone() -> None:
    texts = _texts()
    assert {"Makefile", "README.md", "docker/env.example", "dags/docs/publish.md", "tests/docs/test_docs.py"} <= set(
        texts
    )
    # Absolute paths of a machine; in two pieces, because this file is searched too.
    private = re.compile(r"(?<![\w.}*])/(wor" + "k|ro" + "ot)/")
    assert [name for name, text in texts.items() if private.search(text)] == []
    assert private.search('open("/wor' + 'k/a")')
    assert not private.search("home/wor" + "k/claims")


def test_every_invariant_names_tests_that_exist() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| [^|]+ \| (`tests/.+) \|$", page, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 12))
    for _, named in rows:
        _assert_tests_exist(named)


def test_every_quirk_of_real_tables_names_tests_that_exist() -> None:
    page = (ROOT / "docs" / "reference" / "quirks.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| .+ \| .+ \| (`tests/.+) \|$", page, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 54))
    _assert_tests_exist(page)


def _assert_tests_exist(text: str) -> None:
    for path, test in re.findall(r"`(tests/[^:`]+)::([^`]+)`", text):
        assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), f"{path}::{test}"


def test_no_command_has_an_address_that_no_server_reads() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "api" / "templates").glob("*.html")]
    commands = [line for page in pages for line in page.read_text(encoding="utf-8").splitlines() if "curl " in line]
    assert len(commands) > 8
    assert [line for line in commands if re.search(r"\?[\w&=%.-]*[^\x00-\x7f]", line.partition("curl ")[2])] == []
    assert sum("--data-urlencode q=玩具" in line for line in commands) == 2
