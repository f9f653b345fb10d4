"""The feeds' contracts, read from Open Data Contract Standard files: columns, aliases, vocabularies, precedence.

Everything that a feed says about itself is in its YAML file; the code asks here and holds no list of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

__all__ = [
    "FORMS", "WARNING_STATE_COLUMNS", "Column", "Contract", "Form", "Identity", "TableContract", "contract", "feeds",
    "form", "row_columns", "table_contracts",
]  # fmt: skip

_FOLDER = Path(__file__).parent / "contracts"
_TABLES = ("lake", "release", "parts")
# What is sent in like a feed and holds no samples.
FORMS = ("figures", "recalls", "dispositions")
# What mart_warnings says of a warning beside its content.
WARNING_STATE_COLUMNS = ("warning_id", "version", "state", "issued_on", "expires_on", "reason_zh", "reason_en")


@dataclass(frozen=True)
class Column:
    """One column of a feed or table: its name here, the sender's title, what it means, the spellings it goes by.

    patterns: regular expressions that a header as a whole may match instead, the contract's words filled in.
    """

    name: str
    title: str
    logical_type: str
    physical_type: str
    is_required: bool
    description: str
    aliases: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    is_partition: bool = False


@dataclass(frozen=True)
class Identity:
    """How a sample is recognised: by its number, else by what the published row says of it."""

    number: str
    derived: tuple[str, ...]
    essential: tuple[str, ...]
    sequence_numbers_samples: bool


@dataclass(frozen=True)
class Contract:
    """One feed. vocabularies: kind → code → words; precedence: kind → places asked in turn.

    ambiguous_headers: patterns of headers that may mean several columns; columns_without_header: the columns in order
    of a table that comes without header, empty where the feed accepts none.
    """

    feed: str
    version: str
    columns: tuple[Column, ...]
    missing_marks: frozenset[str]
    vocabularies: Mapping[str, Mapping[str, tuple[str, ...]]]
    precedence: Mapping[str, tuple[str, ...]]
    identity: Identity
    recognises_halves: bool
    default_stage: str
    fixed_sampling_type: str | None
    foreign: Mapping[str, tuple[str, ...]]
    header_needs_any_of: tuple[str, ...]
    header_needs_at_least: int
    ambiguous_headers: tuple[str, ...] = ()
    columns_without_header: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True)
class TableContract:
    """One table of the lake or of a release."""

    name: str
    description: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Form:
    """A form that holds no samples: its columns, and the words of its vocabularies."""

    name: str
    version: str
    columns: tuple[Column, ...]
    missing_marks: frozenset[str]
    vocabularies: Mapping[str, Mapping[str, tuple[str, ...]]]


def feeds() -> tuple[str, ...]:
    """The feeds of samples that have a contract, in alphabetical order."""
    suffix = ".odcs.yaml"
    names = sorted(path.name.removesuffix(suffix) for path in _FOLDER.glob(f"*{suffix}"))
    return tuple(name for name in names if name not in (*_TABLES, *FORMS))


@cache
def contract(feed: str) -> Contract:
    """The contract of a feed. Raises KeyError with the feeds that exist."""
    if feed not in feeds():
        raise KeyError(f"no contract for feed {feed!r}; there are: {', '.join(feeds())}")
    document = _load(feed)
    properties = _custom(document)
    identity = properties["identity"]
    needs = properties["header_needs"]
    return Contract(
        feed=feed,
        version=document["version"],
        columns=_columns(document["schema"][0], properties.get("header_words", {})),
        missing_marks=frozenset(properties["missing_marks"]),
        vocabularies=_frozen(
            {
                kind: _frozen({code: tuple(words) for code, words in codes.items()})
                for kind, codes in properties["vocabularies"].items()
            }
        ),
        precedence=_frozen({kind: tuple(places) for kind, places in properties["precedence"].items()}),
        identity=Identity(
            number=identity["number"],
            derived=tuple(identity["derived"]),
            essential=tuple(identity["essential"]),
            sequence_numbers_samples=identity.get("sequence_numbers_samples", False),
        ),
        recognises_halves=properties["recognises_halves"],
        default_stage=properties["default_stage"],
        fixed_sampling_type=properties.get("fixed_sampling_type"),
        foreign=_frozen({column: tuple(words) for column, words in properties["foreign"].items()}),
        header_needs_any_of=tuple(needs["any_of"]),
        header_needs_at_least=needs["at_least"],
        ambiguous_headers=tuple(properties.get("ambiguous_headers", ())),
        columns_without_header=tuple(properties.get("columns_without_header", ())),
    )


@cache
def form(name: str) -> Form:
    """The contract of a form, one of FORMS."""
    document = _load(name)
    properties = _custom(document)
    return Form(
        name=name,
        version=document["version"],
        columns=_columns(document["schema"][0]),
        missing_marks=frozenset(properties["missing_marks"]),
        vocabularies=_frozen(
            {
                kind: _frozen({code: tuple(words) for code, words in codes.items()})
                for kind, codes in properties["vocabularies"].items()
            }
        ),
    )


@cache
def row_columns() -> tuple[str, ...]:
    """Every column that any feed knows, in a fixed order: the string columns of table `rows`."""
    names: dict[str, None] = {}
    for feed in ("food", *feeds()):
        names.update(dict.fromkeys(contract(feed).names))
    return tuple(names)


@cache
def table_contracts(document_name: str) -> Mapping[str, TableContract]:
    """The tables of `lake`, `release` or `parts` by name."""
    document = _load(document_name)
    return _frozen(
        {
            table["name"]: TableContract(table["name"], table["description"], _columns(table))
            for table in document["schema"]
        }
    )


def _load(name: str) -> dict[str, Any]:
    text = (_FOLDER / f"{name}.odcs.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)  # as safe as in Python, ten times as fast
    return loaded


def _custom(element: dict[str, Any]) -> dict[str, Any]:
    return {entry["property"]: entry["value"] for entry in element.get("customProperties", [])}


def _columns(table: dict[str, Any], words: dict[str, str] | None = None) -> tuple[Column, ...]:
    return tuple(
        Column(
            name=entry["name"],
            title=entry.get("businessName", entry["name"]),
            logical_type=entry["logicalType"],
            physical_type=entry["physicalType"],
            is_required=entry.get("required", False),
            description=entry["description"],
            aliases=tuple(_custom(entry).get("aliases", ())),
            patterns=tuple(_filled_in(pattern, words or {}) for pattern in _custom(entry).get("patterns", ())),
            is_partition=entry.get("partitioned", False),
        )
        for entry in table["properties"]
    )


def _filled_in(pattern: str, words: dict[str, str]) -> str:
    """A pattern with each <word> replaced by what the contract says it stands for."""
    return re.sub(r"(?<!\?P)<(\w+)>", lambda match: f"(?:{words[match[1]]})", pattern)


def _frozen(mapping: dict[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(mapping)
