"""The process manager: supervisord starts the parts, restarts those that die, and ends each with all its children.

Its configuration is generated in the home folder; `supervisorctl -c <home>/supervisord.conf` is the operator's view.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from supervisor.xmlrpc import SupervisorTransport  # type: ignore[import-untyped]

from pipelines.up.private_folder import private_folder
from pipelines.up.processes import end_left_overs, note_session
from warehouse.settings import Settings

__all__ = [
    "RETRIES", "Program", "Supervisor", "SupervisorEndedError", "configuration", "kept_running", "running",
    "session_note", "socket_path",
]  # fmt: skip

# A part that ends sooner than this has not started, and is started so often again before it is given up; the process
# manager itself, too.
START_SECONDS, RETRIES = 10, 3
SOCKET_PATH_LIMIT = 88  # of 104 or 108 bytes; supervisord appends a process id
END_SECONDS = 10


class SupervisorEndedError(Exception):
    """The process manager was killed, or ended by itself, while it was needed."""


@dataclass(frozen=True)
class Program:
    """One part: what it is called, how it is started, and when (a lower rank starts earlier and ends later).

    environment: all that the part sees of it; None shows it everything that the process manager was given.
    """

    name: str
    group: str
    command: Sequence[str]
    rank: int
    starts_at_once: bool = True
    stop_signal: str = "TERM"
    user: str | None = None
    environment: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Supervisor:
    """A running supervisord."""

    process: subprocess.Popen[bytes]
    socket: Path

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def start(self, group: str) -> None:
        self._call("startProcessGroup", group, False)

    def states(self) -> dict[str, str]:
        """State of each part by `group:name`, in supervisord's words: RUNNING, BACKOFF, FATAL, …"""
        return {f"{part['group']}:{part['name']}": str(part["statename"]) for part in self._call("getAllProcessInfo")}

    def lost(self) -> list[str]:
        """Parts that ended again and again and were given up. Raises SupervisorEndedError when it has itself ended."""
        if not self.is_alive:
            raise SupervisorEndedError
        try:
            return [part for part, state in self.states().items() if state == "FATAL"]
        except OSError:  # it does not listen yet
            return []

    def pid(self, part: str) -> int:
        return int(self._call("getProcessInfo", part)["pid"])

    def _call(self, method: str, *arguments: Any) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self.socket}")
        try:
            with contextlib.closing(transport), xmlrpc.client.ServerProxy("http://127.0.0.1", transport) as server:
                return getattr(server.supervisor, method)(*arguments)
        except OSError as error:
            if self.is_alive:
                raise
            raise SupervisorEndedError from error


def kept_running(
    settings: Settings,
    programs: Sequence[Program],
    environment: Mapping[str, str],
    attend: Callable[[Supervisor], None],
) -> None:
    """Have supervisord run these programs while they are attended to, which begins anew whenever it was killed; each
    time the parts that it left are ended first.

    Raises SupervisorEndedError when it ended again and again within its first seconds.
    """
    n_tries = RETRIES
    while True:
        started = time.monotonic()
        try:
            with running(settings, programs, environment) as supervisor:
                attend(supervisor)
            return
        except SupervisorEndedError:
            n_tries = n_tries - 1 if time.monotonic() - started < START_SECONDS else RETRIES
            if n_tries < 0:
                raise
            click.echo(
                "supervisord 已退出，正在重新启动各部分。 supervisord ended; all parts are started again.", err=True
            )


@contextlib.contextmanager
def running(settings: Settings, programs: Sequence[Program], environment: Mapping[str, str]) -> Iterator[Supervisor]:
    """Supervisord with these programs; leaving the block ends it and them, the last-ranked first."""
    path = settings.home / "supervisord.conf"
    path.write_text(configuration(settings, programs), encoding="utf-8")
    leash = [sys.executable, str(Path(__file__).with_name("leash.py"))]
    command = [*leash, sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(path)]
    process = subprocess.Popen(command, env=dict(environment), start_new_session=True, cwd=settings.home)
    note_session(session_note(settings), process.pid)
    supervisor = Supervisor(process, socket_path(settings))
    try:
        yield supervisor
    finally:
        process.terminate()
        groups = len({program.group for program in programs})
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS * groups + 10)
        process.kill()
        process.wait()
        end_left_overs(session_note(settings))


def session_note(settings: Settings) -> Path:
    """Where the session of the parts is noted while they run."""
    return settings.home / "up.session"


def socket_path(settings: Settings) -> Path:
    """Where supervisord listens: in the home folder, or in a short private folder when that path is too long.

    Raises CannotStartError when that folder is somebody else's.
    """
    path = settings.home / "supervisor.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT:
        return path
    return private_folder(settings.home, "supervisor") / path.name


def configuration(settings: Settings, programs: Sequence[Program]) -> str:
    """Text of supervisord.conf."""
    logs, socket = settings.home / "logs", socket_path(settings)
    sections = [
        _section("unix_http_server", {"file": socket, "chmod": "0700"}),
        _section(
            "supervisord",
            {
                "logfile": logs / "supervisord.log",
                "logfile_maxbytes": "10MB",
                "pidfile": settings.home / "supervisord.pid",
                "childlogdir": logs,
                "silent": "true",
                **({"user": "root"} if os.geteuid() == 0 else {}),
            },
        ),
        _section(
            "rpcinterface:supervisor",
            {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        ),
        _section("supervisorctl", {"serverurl": f"unix://{socket}"}),
    ]
    groups = {program.group: program.rank for program in programs}
    for group, rank in groups.items():
        names = ",".join(program.name for program in programs if program.group == group)
        sections.append(_section(f"group:{group}", {"programs": names, "priority": rank}))
    sections += [_program(program, logs, settings.home) for program in programs]
    return "\n".join(sections)


def _program(program: Program, logs: Path, home: Path) -> str:
    # The process manager can add variables for one part but take none away; env can.
    shown = program.environment
    bare = () if shown is None else ("/usr/bin/env", "-i", *(f"{name}={value}" for name, value in shown.items()))
    return _section(
        f"program:{program.name}",
        {
            "command": shlex.join([*bare, *program.command]),
            "directory": home,
            "priority": program.rank,
            "autostart": str(program.starts_at_once).lower(),
            "autorestart": "true",
            "startsecs": START_SECONDS,
            "startretries": RETRIES,
            "stopsignal": program.stop_signal,
            "stopwaitsecs": END_SECONDS,
            "stopasgroup": "true",
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": logs / f"{program.name}.log",
            "stdout_logfile_maxbytes": "10MB",
            "stdout_logfile_backups": 3,
            **({"user": program.user} if program.user else {}),
        },
    )


def _section(name: str, values: Mapping[str, object]) -> str:
    lines = [f"{key} = {str(value).replace('%', '%%')}" for key, value in values.items()]
    return "\n".join([f"[{name}]", *lines, ""])
