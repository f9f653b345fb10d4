"""How every test run ends: with pytest's summary as its last line."""

from __future__ import annotations

import os
import sys

import pytest

_ENDED_WITH = pytest.StashKey[int]()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_ENDED_WITH] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave without the interpreter's own clearing up.

    duckdb-engine and Great Expectations in one process keep DuckDB's types alive beyond it, of which DuckDB's binding
    complains in twenty lines below the summary.
    """
    if _ENDED_WITH in config.stash and "great_expectations" in sys.modules:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[_ENDED_WITH])
