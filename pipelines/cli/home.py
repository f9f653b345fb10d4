"""The home that a command works on, checked before anything is touched."""

from __future__ import annotations

from warehouse.home import check_home
from warehouse.settings import Settings

__all__ = ["existing_home", "home"]


def home() -> Settings:
    """The settings of the environment, for commands that may make the home. Raises HomeError, SettingsError."""
    settings = Settings.from_environment()
    check_home(settings)
    return settings


def existing_home() -> Settings:
    """The same for commands that look at what is there: a mistyped CHOUCHA_HOME makes no folder."""
    settings = Settings.from_environment()
    check_home(settings, must_exist=True)
    return settings
