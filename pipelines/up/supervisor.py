"""The process manager: supervisord starts the parts, restarts those that die, and ends each with all its children.

Its configuration is generated in the home folder; `supervisorctl -c <home>/supervisord.conf` is the operator's view.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import sys
import xmlrpc.client
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport  # type: ignore[import-untyped]

from pipelines.up.private_folder import private_folder
from pipelines.up.processes import end_left_overs, note_session
from warehouse.settings import Settings

__all__ = ["Program", "Supervisor", "configuration", "running", "session_note", "socket_path"]

SOCKET_PATH_LIMIT = 88  # of 104 or 108 bytes; supervisord appends a process id
END_SECONDS = 10


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
        """Parts that ended again and again and were given up; the process manager itself when it is gone."""
        if not self.is_alive:
            return ["supervisord"]
        try:
            return [part for part, state in self.states().items() if state == "FATAL"]
        except OSError:  # it does not listen yet
            return []

    def pid(self, part: str) -> int:
        return int(self._call("getProcessInfo", part)["pid"])

    def _call(self, method: str, *arguments: Any) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self.socket}")
        with contextlib.closing(transport), xmlrpc.client.ServerProxy("http://127.0.0.1", transport) as server:
            return getattr(server.supervisor, method)(*arguments)


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
            "startsecs": 10,  # one that ends sooner has not started
            "startretries": 3,
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
