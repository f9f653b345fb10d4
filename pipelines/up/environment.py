"""The environment that Airflow's parts and the API are started in; the only place where Airflow is configured.

What an operator sets as AIRFLOW__… in the environment wins over the defaults here, not over what must hold.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from pipelines.up.secrets import Secrets
from warehouse.settings import Settings

__all__ = ["PROJECT", "airflow_environment", "public_environment"]

PROJECT = Path(__file__).parents[2]

DEFAULTS = {
    "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
    "AIRFLOW__CORE__PARALLELISM": "4",
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",  # nobody but this machine can reach it
    "AIRFLOW__API__INSTANCE_NAME": "抽查 choucha",
    "AIRFLOW__API__WORKERS": "1",
    "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "60",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
    "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",  # each task that a file passes waits for a look
    # A killed task, scheduler or triggerer is noticed within a minute, not within five: a file waits no longer, and a
    # live task beats every few seconds. One that is taken for dead too soon is tried again and counts nothing twice.
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "20",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "20",
    "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "2",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "12",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",  # else a failing task is reported five seconds late
}

# All that the public API is shown; keys, passwords and addresses of databases have other names.
PUBLIC_NAMES = {"HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "PATH", "TMPDIR", "TZ", "FORWARDED_ALLOW_IPS"}
PUBLIC_PREFIXES = ("CHOUCHA_", "LC_", "PYTHON", "UVICORN_")


def public_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What the public API needs of an environment, and none of Airflow's secrets."""
    return {
        name: value for name, value in environment.items() if name in PUBLIC_NAMES or name.startswith(PUBLIC_PREFIXES)
    }


def airflow_environment(
    settings: Settings, secrets: Secrets, *, database_url: str, airflow_port: int, inherited: Mapping[str, str]
) -> dict[str, str]:
    """The whole environment of every part: inherited, then the defaults, then what must hold."""
    home = settings.home / "airflow"
    address = f"http://127.0.0.1:{airflow_port}"
    return {
        **DEFAULTS,
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(settings.home / "logs" / "tasks"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(settings.home / "logs" / "dag-processor"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database_url,
        **inherited,
        "CHOUCHA_HOME": str(settings.home),
        "PATH": f"{Path(sys.executable).parent}:{inherited.get('PATH', '/usr/bin:/bin')}",
        "PYTHONPATH": ":".join(
            filter(None, [str(PROJECT), str(PROJECT / "dags" / "config"), inherited.get("PYTHONPATH")])
        ),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "NO_PROXY": ",".join(filter(None, [inherited.get("NO_PROXY"), "127.0.0.1", "localhost"])),
        "no_proxy": ",".join(filter(None, [inherited.get("no_proxy"), "127.0.0.1", "localhost"])),
        "GX_ANALYTICS_ENABLED": "false",
        "SCARF_ANALYTICS": "false",
        "DO_NOT_TRACK": "1",
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__FERNET_KEY": secrets.fernet,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(settings.home / "secrets" / "airflow_passwords.json"),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(airflow_port),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__SECRET_KEY": secrets.session,
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.jwt,
        "AIRFLOW__SCHEDULER__MP_START_METHOD": "fork",  # tasks inherit what the scheduler imported
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_HOST": "127.0.0.1",
    }
