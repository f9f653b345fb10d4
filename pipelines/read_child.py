"""The child that meets raw uploads: limits itself, parses one file, writes Arrow files and one answer, and ends.

Run as `python -m pipelines.read_child request.json`. It reaches the archived bytes and its scratch folder only as
far as the parsers go; DuckDB in it is locked to that folder.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import resource
import signal
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["answer_of", "main"]

# What the machine and never the file is to blame for.
_MACHINE_FAILURES = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EACCES, errno.EPERM, errno.ENOENT, errno.EROFS)
_PR_SET_PDEATHSIG = 1
# What the limits set below lead to: the file needs more than it may have.
_LIMITS_REACHED = (errno.EFBIG, errno.ENOMEM)


def main(request_path: str) -> int:
    request = json.loads(Path(request_path).read_text(encoding="utf-8"))
    _end_with(request["parent"])
    _limit(request)
    folder = Path(request["folder"])
    # Arrow takes numpy along where it is found; nothing here needs it, and it is half of what starting takes.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    from pipelines import readers  # noqa: PLC0415 - the limits must stand before any parser is loaded

    (folder / "ready").touch()
    answer = answer_of(readers, request)
    part = folder / "answer.part"
    part.write_text(json.dumps(answer), encoding="utf-8")
    part.rename(folder / "answer.json")
    return 0


def answer_of(readers: ModuleType, request: dict[str, Any]) -> dict[str, Any]:
    """What the parent is told: the sheets, or the file's problem, or the machine's failure. Mistakes of ours raise."""
    try:
        answer: dict[str, Any] = readers.parse(request)
    except readers.Refused as refused:
        where = {name: getattr(refused, name) for name in ("found", "sheet", "row", "column")}
        return {"problem": refused.rule, **where}
    except MemoryError:
        return {"problem": "RD-009"}
    except OSError as error:
        if error.errno in _LIMITS_REACHED:
            return {"problem": "RD-009"}
        if error.errno in _MACHINE_FAILURES:
            return {"failure": str(error)}
        raise
    except BaseException as error:
        # A parser in Rust that gives up on a file panics; that is no Exception, and its class can't be imported.
        if type(error).__name__ != "PanicException":
            raise
        return {"problem": "RD-009"}
    return answer


def _end_with(parent: int) -> None:
    """Have the kernel end this process with its parent: the next run reads the same file in the same folder."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was killed before that
        sys.exit("the run that started the reader is gone")


def _limit(request: dict[str, Any]) -> None:
    memory = request["memory_mb"] * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # The parent counts the seconds; this is for the case that the parent is gone. Two threads burn two a second.
    resource.setrlimit(resource.RLIMIT_CPU, (2 * request["seconds"], 2 * request["seconds"] + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
