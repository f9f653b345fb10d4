"""One frozen object that holds every setting; read once from the environment, passed in from there on.

Each setting is CHOUCHA_<NAME>; docs/reference/settings.md describes them.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from warehouse.reference_rows import province_codes

__all__ = ["Settings", "SettingsError"]

_MAY_BE_0 = frozenset(
    {"settle_seconds", "sidecar_wait_seconds", "watch_seconds", "waste_hours", "parts_days", "history_days"}
)


class SettingsError(ValueError):
    """A setting holds something that cannot be used; the message says what to write instead."""


@dataclass(frozen=True)
class Settings:
    """Where things are and how much of the machine may be used.

    home: folder of everything that choucha writes.
    provinces: GB/T 2260 codes of the installation's provinces; `all` installs every one.
    settle_seconds: a file is taken when it has been quiet this long and nobody holds it open for writing.
    sidecar_wait_seconds: a side-car without its file waits this long before it is joined to an archived one.
    read_seconds: how long the child process that parses a raw file may take.
    read_memory_mb: memory of that child process, in MiB; a ZIP may not unpack to more either.
    read_max_rows: the most rows of a table.
    read_max_columns: the most columns of a table.
    read_max_cell_chars: the longest cell, in characters.
    read_max_expansion: how many times its own size a ZIP or a workbook may unpack to; 50 MiB are always allowed.
    read_max_members: the most files of a ZIP.
    intake_max_mb: the largest file that the API takes in, in MiB; what lies in landing is limited by the disk alone.
    duckdb_memory: memory of each DuckDB connection, with its unit; what is more goes to the disk.
    duckdb_threads: threads of each DuckDB connection.
    watch_seconds: how often the doorbell looks into landing; 0 takes it off.
    reconcile_minutes: how often a run by the clock works off what no event told of, and publishes what changed with
        time; each release names the instant of the next one.
    maintain_cron: when the home is kept small and verified, as cron writes it, in the office's time.
    waste_hours: how old what nobody counts or reads must be before it is deleted; longer than any run takes.
    parts_days: how long the samples of a release that no longer serves are kept for look-up and downloads; its figures
        are kept for ever.
    terms_url: the page with the terms under which the published data may be used; told with every download.
    history_days: how long Airflow's own runs and logs are kept; what concerns figures is kept for ever.
    public_url: address under which the public reaches pages and API, such as https://choucha.example.cn; feeds and
        messages link to it. Empty: the address that each request names.
    authority: domain name of who publishes, part of every id of a feed's entries and of every message; set it once,
        before the first warning, for ids are for ever.
    """

    home: Path
    provinces: tuple[str, ...] = ("510000",)
    settle_seconds: float = 1.0
    sidecar_wait_seconds: float = 10.0
    read_seconds: int = 600
    read_memory_mb: int = 8192
    read_max_rows: int = 5_000_000
    read_max_columns: int = 500
    read_max_cell_chars: int = 1_000_000
    read_max_expansion: int = 200
    read_max_members: int = 1000
    intake_max_mb: int = 512
    duckdb_memory: str = "1200MB"
    duckdb_threads: int = 2
    watch_seconds: float = 1.0
    reconcile_minutes: float = 2.0
    maintain_cron: str = "30 3 * * *"
    waste_hours: float = 24.0
    parts_days: int = 30
    terms_url: str = ""
    history_days: int = 30
    public_url: str = ""
    authority: str = "choucha.invalid"

    def __post_init__(self) -> None:
        self._check_numbers()
        self._check_provinces()
        if not re.fullmatch(r"[A-Za-z0-9.-]+", self.authority):
            raise SettingsError(f"CHOUCHA_AUTHORITY={self.authority!r} is no domain name; write one, e.g. example.cn")
        if self.public_url and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", self.public_url):
            raise SettingsError(f"CHOUCHA_PUBLIC_URL={self.public_url!r} is no address; write https://host")

    def _check_provinces(self) -> None:
        known = province_codes() | {"all"}
        wrong = [each for each in self.provinces if each not in known]
        if wrong or not self.provinces:
            given = ",".join(self.provinces)
            which = f" ({', '.join(wrong)})" if given != ",".join(wrong) else ""
            raise SettingsError(
                f"CHOUCHA_PROVINCES={given!r} names no province{which}; write codes of GB/T 2260, e.g. 510000,500000, "
                "or all"
            )

    def _check_numbers(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int | float):
                continue
            may_be_none = field.name in _MAY_BE_0
            if not math.isfinite(value) or value < 0 or (value == 0 and not may_be_none):
                least = "0 or more" if may_be_none else "more than 0"
                raise SettingsError(f"CHOUCHA_{field.name.upper()}={value} makes no sense; write a number, {least}")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Settings as the environment gives them.

        Raises SettingsError with the variable's name and what it must look like.
        """
        env = os.environ if environment is None else environment
        values: dict[str, object] = {"home": Path(env.get("CHOUCHA_HOME", "var")).absolute()}
        for field in fields(cls):
            text = env.get(f"CHOUCHA_{field.name.upper()}")
            if text is None or field.name == "home":
                continue
            values[field.name] = _parse(field.name, str(field.type), text)
        return cls(**values)  # type: ignore[arg-type]

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def work(self) -> Path:
        return self.home / "work"

    @property
    def archive(self) -> Path:
        return self.home / "archive"

    @property
    def lake(self) -> Path:
        return self.home / "lake"

    @property
    def releases(self) -> Path:
        return self.home / "releases"

    @property
    def public_releases(self) -> Path:
        """The releases without what is the office's; its parent is a whole home for the public API."""
        return self.home / "public" / "releases"


def _parse(name: str, kind: str, text: str) -> object:
    try:
        match kind:
            case "int":
                return int(text)
            case "float":
                return float(text)
            case "tuple[str, ...]":
                return tuple(part.strip() for part in text.split(",") if part.strip())
            case _:
                return text
    except ValueError as error:
        raise SettingsError(f"CHOUCHA_{name.upper()}={text!r} is not a number; write one, e.g. 10") from error
