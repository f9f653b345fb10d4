"""The home folder as a whole: which format it has, so that an older program never misreads what a newer one wrote."""

from __future__ import annotations

from warehouse.archive import write_atomically
from warehouse.errors import UserError
from warehouse.settings import Settings

__all__ = ["FORMAT", "HomeError", "check_home", "mark_home"]

# Raised whenever an older program would read the home wrongly, not when it would merely know less.
FORMAT = 1
# What a home holds from its first file on, also the one of the public API; any of these makes a folder a home.
_PARTS = ("format", "landing", "archive", "lake", "releases", "public/releases", "secrets/keys.json")


class HomeError(UserError):
    """There is no home here, or one that this version can't read."""


def check_home(settings: Settings, *, must_exist: bool = False) -> None:
    """Raises HomeError when a newer version wrote this home, or when there should be one and is none.

    Nothing is made: a mistyped CHOUCHA_HOME stays as it is.
    """
    if must_exist and not any((settings.home / part).exists() for part in _PARTS):
        found = (
            "这里没有抽查的数据 there is nothing of choucha's here"
            if settings.home.is_dir()
            else "没有这个目录 there is no such folder"
        )
        raise HomeError(
            f"CHOUCHA_HOME={settings.home}: {found}; 请核对该变量，新目录由 choucha ingest、run、up 建立 check the "
            "variable; a home is made by choucha ingest, choucha run and choucha up"
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
