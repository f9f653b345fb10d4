"""`choucha up`: start every part, say where to look, stay until told to end, and leave nothing behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from types import FrameType

import click

from pipelines.up.answers import airflow_is_healthy, api_answers, released
from pipelines.up.checks import CannotStartError, Port, check_home, check_ports, check_python, sole
from pipelines.up.environment import airflow_environment
from pipelines.up.first_files import drop_first_files, is_first_start
from pipelines.up.history import History
from pipelines.up.parts import programs
from pipelines.up.postgres import Postgres, prepare
from pipelines.up.processes import end_left_overs
from pipelines.up.secrets import load_secrets
from pipelines.up.supervisor import Supervisor, SupervisorEndedError, kept_running, session_note
from warehouse.settings import Settings

__all__ = ["up"]

OWN_DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
START_SECONDS = 300.0


class _Told(Exception):  # noqa: N818 - no error: Ctrl-C or SIGTERM came
    pass


class _FailedError(Exception):
    """A part did not come up, or went down for good."""


def up(settings: Settings, *, airflow_port: int = 8080, api_port: int = 8000, simulate: bool = True) -> int:
    """Run Airflow and the API on this machine until Ctrl-C or SIGTERM.

    Returns 0 when it was told to end, 1 when a part failed for good, 2 when nothing could be started; the reason is
    printed. Whatever the way out, no process that it started is left.
    """
    ports = [
        Port(api_port, "公开页面 the API", "--api-port", "CHOUCHA_API_PORT"),
        Port(airflow_port, "Airflow", "--airflow-port", "CHOUCHA_AIRFLOW_PORT"),
    ]
    try:
        check_python()
        check_home(settings)
        with sole(settings), _told_by_signals() as told:
            end_left_overs(session_note(settings))
            check_ports(ports)
            _run(settings, told, airflow_port=airflow_port, api_port=api_port, simulate=simulate)
    except CannotStartError as problem:
        click.echo(str(problem), err=True)
        return 2
    except _FailedError as problem:
        click.echo(str(problem), err=True)
        return 1
    except _Told:
        click.echo("已全部结束。 Everything has ended.")
    return 0


def _run(settings: Settings, told: threading.Event, *, airflow_port: int, api_port: int, simulate: bool) -> None:
    first = is_first_start(settings)
    for folder in ("landing", "logs", "airflow"):
        (settings.home / folder).mkdir(exist_ok=True)
    postgres = None if os.environ.get(OWN_DATABASE) else _prepared(settings, told)
    environment = airflow_environment(
        settings,
        load_secrets(settings),
        database_url=postgres.url if postgres else os.environ[OWN_DATABASE],
        airflow_port=airflow_port,
        inherited=os.environ,
    )
    click.echo(f"正在启动，约需半分钟（首次约一分钟） Starting, half a minute or so; logs: {settings.home / 'logs'}")
    parts = programs(postgres, environment, airflow_port=airflow_port, api_port=api_port)

    def attend(supervisor: Supervisor) -> None:
        if postgres:
            _wait(settings, told, supervisor, postgres.is_ready, "PostgreSQL")
        _migrate(settings, told, postgres, environment)
        supervisor.start("airflow")
        _wait(settings, told, supervisor, lambda: api_answers(api_port), "API")
        _wait(settings, told, supervisor, lambda: airflow_is_healthy(airflow_port), "Airflow")
        _say_where(airflow_port, api_port)
        if simulate and first and is_first_start(settings):
            drop_first_files(settings, lambda seconds: _pause(told, seconds))
        with contextlib.closing(History(settings, environment)) as history:
            _stay(settings, told, supervisor, history, api_port)

    try:
        kept_running(settings, parts, environment, attend)
    except SupervisorEndedError as error:
        raise _given_up(settings, "supervisord") from error


def _prepared(settings: Settings, told: threading.Event) -> Postgres:
    try:
        return prepare(settings)
    except (subprocess.SubprocessError, OSError, RuntimeError) as error:
        if told.is_set():  # Ctrl-C reached the program that was making it, too
            raise _Told from error
        raise _FailedError(
            f"内嵌的 PostgreSQL 未能建好（{error}）；也可用环境变量 {OWN_DATABASE} 指定一台现成的。\n"
            f"The embedded PostgreSQL could not be made ({error}); a server of yours can be named in {OWN_DATABASE}."
        ) from error


def _migrate(settings: Settings, told: threading.Event, postgres: Postgres | None, environment: dict[str, str]) -> None:
    """Bring Airflow's tables to the installed version; remembered in the embedded server's folder."""
    done = postgres.data / f"airflow-{version('apache-airflow-core')}" if postgres else None
    if done and done.exists():
        return
    with (settings.home / "logs" / "migrate.log").open("wb") as log:
        command = [sys.executable, "-m", "airflow", "db", "migrate"]
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            while process.poll() is None:
                _pause(told, 0.2)
        finally:
            process.kill()
            process.wait()
    if process.returncode:
        raise _FailedError(
            f"Airflow 的数据库未能建好，见 {log.name}\nAirflow's database could not be made: see {log.name}"
        )
    if done:
        done.touch()


def _say_where(airflow_port: int, api_port: int) -> None:
    rows = (
        ("公开页面 public page", f"http://127.0.0.1:{api_port}/"),
        ("接口文档 API docs", f"http://127.0.0.1:{api_port}/docs"),
        ("任务调度 Airflow", f"http://127.0.0.1:{airflow_port}/"),
    )
    click.echo("\n" + "\n".join(f"  {address:<28} {what}" for what, address in rows) + "\n")
    click.echo("按 Ctrl-C 结束。 Ctrl-C ends everything.")


def _stay(settings: Settings, told: threading.Event, supervisor: Supervisor, history: History, api_port: int) -> None:
    """Until told to end: say when the page shows its first release; fail when a part is given up."""
    shown = None
    while True:
        _pause(told, 2.0)
        _raise_if_lost(settings, supervisor)
        history.look()
        if shown is None and (shown := released(api_port)):
            click.echo(f"公开页面已有发布 {shown}。 The page shows release {shown}.")


def _wait(
    settings: Settings, told: threading.Event, supervisor: Supervisor, holds: Callable[[], bool], who: str
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not holds():
        _raise_if_lost(settings, supervisor)
        if time.monotonic() > deadline:
            raise _FailedError(
                f"{who} 未能启动，见 {settings.home / 'logs'}\n{who} did not come up: see {settings.home / 'logs'}"
            )
        _pause(told, 0.5)


def _raise_if_lost(settings: Settings, supervisor: Supervisor) -> None:
    if lost := ", ".join(supervisor.lost()):
        raise _given_up(settings, lost)


def _given_up(settings: Settings, who: str) -> _FailedError:
    return _FailedError(
        f"{who} 反复退出，已放弃重启，见 {settings.home / 'logs'}\n"
        f"{who} ended again and again and was given up: see {settings.home / 'logs'}"
    )


def _pause(told: threading.Event, seconds: float) -> None:
    if told.wait(seconds):
        raise _Told


@contextlib.contextmanager
def _told_by_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C, SIGTERM and a closed terminal set, instead of breaking off wherever the program is."""
    told = threading.Event()

    def tell(_number: int, _frame: FrameType | None) -> None:
        told.set()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, tell) for number in numbers]
    try:
        yield told
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
