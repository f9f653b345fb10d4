"""What the servers answer over HTTP on the loopback address; no answer is an answer too."""

from __future__ import annotations

import http.client
import json
from typing import Any

__all__ = ["airflow_is_healthy", "api_answers", "released"]

HOST = "127.0.0.1"
AIRFLOW_PARTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")


def api_answers(port: int) -> bool:
    """Whether the API serves, with or without a release."""
    return _get(port, "/v1/health") is not None


def released(port: int) -> str | None:
    """Id of the release that the API serves; None before the first."""
    health = _get(port, "/v1/health")
    meta = health.get("meta", health) if isinstance(health, dict) else {}
    release = meta.get("release") if isinstance(meta, dict) else None
    return str(release) if release else None


def airflow_is_healthy(port: int) -> bool:
    """Whether Airflow's own monitor finds each of its parts beating."""
    health = _get(port, "/api/v2/monitor/health")
    return isinstance(health, dict) and all(
        (health.get(part) or {}).get("status") == "healthy" for part in AIRFLOW_PARTS
    )


def _get(port: int, path: str) -> Any:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
