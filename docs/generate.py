"""The reference pages that are made of the code: data dictionary, settings, command line, API, rules, models.

`make docs` writes them; a test compares what is in the repository with what would be written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields
from pathlib import Path

import click

from api.app import create_app
from docs.models import models_page
from expectations.reference import rules_page
from pipelines.cli import cli
from pipelines.reading_problems import READING_PROBLEMS
from warehouse.contract import FORMS, Column, Contract, Form, contract, feeds, form, table_contracts
from warehouse.settings import Settings

__all__ = ["PAGES", "main"]

_FOLDER = Path(__file__).parent / "reference"
_NOTE = "<!-- Made by `make docs`; change the source it names, not this page. -->"


def data_dictionary() -> str:
    """Every column of every feed and table, from warehouse/contracts."""
    lines = [_NOTE, "# Data dictionary 数据字典", "", "Source: `warehouse/contracts/*.odcs.yaml`.", ""]
    sent: dict[str, Contract | Form] = {f"Feed `{feed}`": contract(feed) for feed in feeds()}
    for title, found in {**sent, **{f"Form `{name}`": form(name) for name in FORMS}}.items():
        lines += [f"## {title} (contract {found.version})", "", "| column | 名称 | type | required | meaning |",
                  "|---|---|---|---|---|"]  # fmt: skip
        lines += [_feed_row(column) for column in found.columns]
        lines.append("")
    for document in ("lake", "release", "parts"):
        for table in table_contracts(document).values():
            lines += [f"## {document.capitalize()} table `{table.name}`", "", table.description.strip(), "",
                      "| column | type | required | meaning |", "|---|---|---|---|"]  # fmt: skip
            lines += [
                f"| `{c.name}` | `{_cell(c.physical_type)}` | {_required(c)} | {_cell(c.description)} |"
                for c in table.columns
            ]
            lines.append("")
    return "\n".join(lines)


def settings_page() -> str:
    """Every setting, from warehouse/settings.py."""
    described = _setting_sentences()
    lines = [_NOTE, "# Settings 设置", "", "Environment variables, read once at start.", "",
             "| variable | default | meaning |", "|---|---|---|"]  # fmt: skip
    for field in fields(Settings):
        default = "var" if field.default is MISSING else field.default
        shown = ",".join(default) if isinstance(default, tuple) else default
        lines.append(f"| `CHOUCHA_{field.name.upper()}` | `{shown}` | {described[field.name]} |")
    return "\n".join([*lines, ""])


def command_page() -> str:
    """Every command with its options, from the command line's own help."""
    codes = "Exit codes: 0 done, 1 infrastructure failure, 2 bad usage or rejected input."
    lines = [_NOTE, "# Command line 命令行", "", codes, ""]
    for path, command in _commands(cli, ()):
        context = click.Context(
            command,
            info_name=" ".join(("choucha", *path)),
            terminal_width=100,
            max_content_width=100,
            help_option_names=cli.context_settings["help_option_names"],
        )
        lines += [f"## choucha {' '.join(path)}", "", "```", command.get_help(context).strip(), "```", ""]
    return "\n".join(lines)


def api_page() -> str:
    """Every route with its parameters, from the API's own schema."""
    formats = "JSON by default; tables also as `?format=csv|parquet|xlsx`. Errors are RFC 9457 problem details."
    lines = [_NOTE, "# API", "", f"{formats} A running system shows this page at `/docs`.", ""]
    for path, methods in sorted(create_app().openapi()["paths"].items()):
        for method, operation in methods.items():
            lines += [f"## {method.upper()} `{path}`", "", (operation.get("summary") or "").strip(), ""]
            if description := operation.get("description", "").strip():
                lines += [description, ""]
            parameters = operation.get("parameters", [])
            if parameters:
                lines += ["| parameter | in | meaning |", "|---|---|---|"]
                lines += [f"| `{p['name']}` | {p['in']} | {_cell(p.get('description', ''))} |" for p in parameters]
                lines.append("")
    return "\n".join(lines)


_BEFORE_THE_ROWS = """\
## What rejects a whole file 整份不能读取

These speak before there are rows: nothing of the file is taken in, it is kept, and its receipt carries the sentence.
"""

_OTHER_MARKS = """\
## What else a receipt may carry 回执中的其他标记

| id | where | meaning |
|---|---|---|
| DS-001 | receipts of decisions | A disposition (处置决定) can't be used: the receipt names what is wrong with it. |
| RC-001 | receipts with many problems | Stands for those that are not listed, with their number by rule. |
"""


def all_rules_page() -> str:
    """Every rule id that a receipt may carry: about rows, from expectations; about files, from pipelines."""
    lines = [rules_page(), _BEFORE_THE_ROWS, "| id | sentence 说明 |", "|---|---|"]
    lines += [f"| {rule} | {_cell(zh)}<br>{_cell(en)} |" for rule, (zh, en) in READING_PROBLEMS.items()]
    return "\n".join([*lines, "", _OTHER_MARKS])


PAGES: dict[str, Callable[[], str]] = {
    "data-dictionary.md": data_dictionary,
    "settings.md": settings_page,
    "cli.md": command_page,
    "api.md": api_page,
    "rules.md": all_rules_page,
    "models.md": models_page,
}


def main() -> None:
    """Write all pages."""
    for name, page in PAGES.items():
        (_FOLDER / name).write_text(page(), encoding="utf-8")


def _feed_row(column: Column) -> str:
    meaning = _cell(column.description)
    return f"| `{column.name}` | {column.title} | {column.logical_type} | {_required(column)} | {meaning} |"


def _required(column: Column) -> str:
    return "yes" if column.is_required else ""


def _commands(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in sorted(group.commands.items()):
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))


def _setting_sentences() -> dict[str, str]:
    """The sentence of each setting in the class's docstring."""
    body = (Settings.__doc__ or "").split("\n\n", 1)[1]
    found = re.findall(r"^    ([a-z_]+):\s(.*?)(?=^    [a-z_]+:|\Z)", body, re.MULTILINE | re.DOTALL)
    return {name: " ".join(sentence.split()) for name, sentence in found}


def _cell(text: str) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


if __name__ == "__main__":
    main()
