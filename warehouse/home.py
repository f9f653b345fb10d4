"""The home folder as a whole: which format it has, so that an older program never misreads what a newer one wrote."""

from __future__ import annotations

from warehouse.archive import write_atomically
from warehouse.errors import UserError
from warehouse.settings import Settings

__all__ = ["FORMAT", "HomeError", "check_home", "mark_home"]

# Raised whenever an older program would read the home wrongly, not when it would merely know less.
FORMAT = 1


class HomeError(UserError):
    """There is no home here, or one that this version can't read."""


def check_home(settings: Settings, *, must_exist: bool = False) -> None:
    """Raises HomeError when a newer version wrote this home, or when there should be one and is none."""
    if must_exist and not settings.home.is_dir():
        raise HomeError(
            f"CHOUCHA_HOME={settings.home}: 没有这个目录 there is no such folder; check CHOUCHA_HOME, "
            "or take a first file in with choucha ingest or choucha run"
        )
    try:
        text = (settings.home / "format").read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return
    if not text.isdigit() or int(text) > FORMAT:
        raise HomeError(
            f"{settings.home}: 由较新版本写成 was written by a newer version (format {text}, this one knows {FORMAT}); "
            "update choucha, nothing was touched"
        )


def mark_home(settings: Settings) -> None:
    """Say in the home which format it has, once."""
    check_home(settings)
    if not (settings.home / "format").exists():
        write_atomically(settings.home / "format", f"{FORMAT}\n".encode())
