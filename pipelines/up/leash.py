"""Runs a command that is told to end when the process that started it dies, even by kill -9 (on Linux).

`python leash.py COMMAND…`; the command replaces this process. Imports nothing of the project, so that it costs nothing.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

__all__ = ["main"]

PR_SET_PDEATHSIG = 1


def main(command: list[str]) -> None:
    """Put this process on the leash and become the command."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the leash was on
            sys.exit(0)
    os.execv(command[0], command)  # noqa: S606 - a fixed argument list, no shell


if __name__ == "__main__":
    main(sys.argv[1:])
