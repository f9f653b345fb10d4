"""Imports paid once by the process that forks the tasks, instead of by each task; and workers that die with it.

What a task inherits its collector never looks through: with all these libraries each time would take a quarter second.

Imports only: a parent that had used these libraries breaks its children. Nothing of the project, which would go stale.
"""

import ctypes
import gc
import os
import signal
import sys
from importlib import import_module

__all__: tuple[str, ...] = ()

_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    """A worker of the local executor whose scheduler was killed waits for ever: nobody else writes into its queue.

    Its task dies with it, and is tried again as after a power cut.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if sys.argv[1:2] == ["scheduler"] and sys.platform == "linux":
    os.register_at_fork(after_in_child=_die_with_parent)
if sys.argv[1:2] == ["scheduler"] or sys.argv[1:3] == ["celery", "worker"]:
    for _name in ("great_expectations", "duckdb", "pyarrow", "deltalake"):
        import_module(_name)
    os.register_at_fork(after_in_child=gc.freeze)
