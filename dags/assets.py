"""The assets that the DAGs ring and answer, and what every DAG has in common.

An asset's event is a hint: it says that there may be work, never which.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import Asset, AssetAlias, AssetWatcher

from dags.doorbell import Doorbell
from warehouse.settings import Settings

__all__ = ["DEFAULTS", "LAKE", "LANDING", "LEFT_IN_LANDING", "RELEASE", "SETTINGS", "doc"]

SETTINGS = Settings.from_environment()

LAKE = Asset(name="lake", uri="choucha://lake")
RELEASE = Asset(name="release", uri="choucha://release")
LEFT_IN_LANDING = AssetAlias(name="left-in-landing")

DEFAULTS: dict[str, Any] = {
    "owner": "data-engineering",
    "retries": 3,
    "retry_delay": timedelta(seconds=10),
    "retry_exponential_backoff": 2,
    "max_retry_delay": timedelta(minutes=5),
    "execution_timeout": timedelta(hours=6),
}


def _landing() -> Asset:
    """The folder that files are dropped into; watched unless the setting watch_seconds is 0."""
    seconds = SETTINGS.watch_seconds
    watchers = [AssetWatcher(name="doorbell", trigger=Doorbell(watch_seconds=seconds))] if seconds > 0 else []
    return Asset(name="landing", uri="choucha://landing", watchers=watchers)


LANDING = _landing()


def doc(name: str) -> str:
    """What the engineer on call reads beside a DAG, kept in `docs/<name>.md`."""
    return (Path(__file__).parent / "docs" / f"{name}.md").read_text(encoding="utf-8")
