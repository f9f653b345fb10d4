"""What must hold before anything is started; each failure is a sentence that says what to do."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.up.python_version import problem
from warehouse.settings import Settings

__all__ = ["CannotStartError", "Port", "check_home", "check_ports", "check_python", "sole"]

HOST = "127.0.0.1"


class CannotStartError(Exception):
    """Nothing was started; the message, in both languages, says why and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh}\n{en}")


@dataclass(frozen=True)
class Port:
    """A port that something will listen on, and how its number is changed."""

    number: int
    who: str
    option: str
    variable: str


def check_python() -> None:
    """Raises CannotStartError when this Python is older or newer than Airflow and this project support."""
    if sentence := problem(tuple(sys.version_info[:2])):
        raise CannotStartError(*sentence.split("\n"))


def check_home(settings: Settings) -> None:
    """Make the home folder and prove that it can be written."""
    proof = settings.home / f".writable-{os.getpid()}"
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        proof.write_text("", encoding="utf-8")
        proof.unlink()
    except OSError as error:
        raise CannotStartError(
            f"目录 {settings.home} 不能写入（{error.strerror}）：请改正其权限，"
            "或用环境变量 CHOUCHA_HOME 指定别的目录。",
            f"The folder {settings.home} cannot be written ({error.strerror}): cure its permissions, "
            "or name another one in the variable CHOUCHA_HOME.",
        ) from error


def check_ports(ports: list[Port]) -> None:
    """Raises CannotStartError, naming the port, when one is out of range, named twice or in use."""
    for port in ports:
        if not 0 < port.number < 65536 or sum(port.number == other.number for other in ports) > 1:
            raise _unusable(port, "不可用", "cannot be used")
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port.number))
            except OSError as error:
                raise _unusable(port, "已被占用或不许使用", "is taken, or may not be used") from error


def _unusable(port: Port, zh: str, en: str) -> CannotStartError:
    return CannotStartError(
        f"{port.who} 的端口 {port.number} {zh}：请用 {port.option} 或环境变量 {port.variable} 换一个，"
        f"例如 {port.option} {port.number % 60000 + 1000}。",
        f"Port {port.number} of {port.who} {en}: choose another with {port.option} or the variable {port.variable}, "
        f"e.g. {port.option} {port.number % 60000 + 1000}.",
    )


@contextlib.contextmanager
def sole(settings: Settings) -> Iterator[None]:
    """Hold the home for this process; the hold falls with the process, however that ends."""
    path = settings.home / "up.lock"
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            pid = file.read().strip() or "?"
            raise CannotStartError(
                f"另一个 choucha up（进程 {pid}）正在使用 {settings.home}：请先结束它，"
                "或用环境变量 CHOUCHA_HOME 指定别的目录。",
                f"Another choucha up (process {pid}) runs on {settings.home}: end it first, "
                "or name another folder in the variable CHOUCHA_HOME.",
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
