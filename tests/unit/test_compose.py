"""The production-like deployment: what it shares with `choucha up` is the same, and it opens nothing to the world."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.up.environment import DEFAULTS
from pipelines.up.parts import programs
from warehouse.settings import Settings

PROJECT = Path(__file__).parents[2]
DIFFERENT_ON_PURPOSE = {"AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"}  # passwords where several machines reach it
AIRFLOW_PARTS = {"scheduler", "triggerer", "dag-processor", "api-server"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))
    return content


def test_it_runs_every_part_that_up_runs(compose: dict[str, Any]) -> None:
    parts = {part.name for part in programs(None, {}, airflow_port=1, api_port=2)}
    assert parts == AIRFLOW_PARTS | {"api"}
    assert set(compose["services"]) == parts | {"postgres", "migrate"}


def test_settings_shared_with_up_have_the_same_values(compose: dict[str, Any]) -> None:
    environment = compose["x-airflow"]["environment"]
    shared = (set(environment) & set(DEFAULTS)) - DIFFERENT_ON_PURPOSE
    assert len(shared) >= 9
    assert {name: environment[name] for name in shared} == {name: DEFAULTS[name] for name in shared}


def test_ports_are_bound_to_loopback_alone(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert len(ports) == 2
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_public_api_sees_nothing_but_public_releases_and_cannot_write_them(compose: dict[str, Any]) -> None:
    api = compose["services"]["api"]
    shown = Settings(home=Path("${CHOUCHA_HOME:-./var}")).public_releases
    assert api["volumes"] == [f"{shown}:/srv/choucha/releases:ro"]
    assert api["read_only"] is True
    assert "environment" not in api


def test_no_secret_has_a_default(compose: dict[str, Any]) -> None:
    text = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
    names = [line.split("=")[0] for line in (PROJECT / "docker" / "env.example").read_text().splitlines()]
    secrets = [name for name in names if name.startswith(("POSTGRES_", "AIRFLOW_"))]
    assert len(secrets) == 4
    for name in secrets:
        assert f"${{{name}:?" in text
        assert f"${{{name}:-" not in text


def test_every_folder_that_an_image_copies_exists() -> None:
    lines = [
        line.split()[1:-1]
        for path in (PROJECT / "docker").glob("*.Dockerfile")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("COPY ")
    ]
    assert len(lines) >= 8
    assert [name for names in lines for name in names if not (PROJECT / name).exists()] == []
