"""The parts that `choucha up` runs: PostgreSQL, the API, and the four of Airflow."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from pipelines.up.environment import public_environment
from pipelines.up.postgres import Postgres
from pipelines.up.supervisor import Program

__all__ = ["programs"]


def programs(
    postgres: Postgres | None, environment: Mapping[str, str], *, airflow_port: int, api_port: int
) -> list[Program]:
    """Every part; Airflow's wait for the word, because its tables are made first.

    Of the environment, which holds Airflow's secrets, the public API and the database are shown what they need.
    """
    python = sys.executable
    serve = ("-c", "from pipelines.cli import main; main()", "serve", "--port", str(api_port))
    parts = [Program("api", "public", (python, *serve), rank=10, environment=public_environment(environment))]
    if postgres:
        parts.append(
            Program("postgres", "database", postgres.command, 1, stop_signal="INT", user=postgres.user, environment={})
        )
    airflow = {
        "scheduler": ("scheduler", "--skip-serve-logs"),
        "triggerer": ("triggerer", "--skip-serve-logs"),
        "dag-processor": ("dag-processor",),
        "api-server": ("api-server", "--host", "127.0.0.1", "--port", str(airflow_port)),
    }
    return parts + [
        Program(name, "airflow", (python, "-m", "airflow", *words), rank=20, starts_at_once=False)
        for name, words in airflow.items()
    ]
