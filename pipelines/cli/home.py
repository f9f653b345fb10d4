"""The home that a command works on, checked before anything is touched."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from warehouse.home import check_home
from warehouse.settings import Settings

__all__ = ["existing_folder", "existing_home", "home", "home_or_none"]


def home() -> Settings:
    """The settings of the environment, for commands that may make the home. Raises HomeError, SettingsError."""
    settings = Settings.from_environment()
    check_home(settings)
    return settings


def existing_home() -> Settings:
    """The same for commands that work on what is there: a mistyped CHOUCHA_HOME makes no folder."""
    settings = Settings.from_environment()
    check_home(settings, must_exist=True)
    return settings


def existing_folder() -> Settings:
    """The same for a command that may come before the first file: in a folder that somebody made for a home."""
    settings = home()
    return settings if settings.home.is_dir() else existing_home()


@contextmanager
def home_or_none() -> Iterator[Settings]:
    """The same for a command that keeps nothing: where there is no home, one that is gone afterwards."""
    settings = home()
    if settings.home.is_dir():
        yield settings
        return
    with tempfile.TemporaryDirectory(prefix="choucha-") as folder:
        yield replace(settings, home=Path(folder))
