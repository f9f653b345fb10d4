"""Named points between two durable writes at which a test has the process killed; nothing happens unless asked for.

CHOUCHA_FAILPOINT=<name>, or <name>:<n> for the n-th time, ends the process with SIGKILL as it passes that point.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

__all__ = ["failpoint"]

_VARIABLE = "CHOUCHA_FAILPOINT"
_passed: Counter[str] = Counter()


def failpoint(name: str) -> None:
    """What stands above this call is durable, what follows isn't; without the variable it costs one look for it."""
    if armed := os.environ.get(_VARIABLE):
        _pass(name, armed)


def _pass(name: str, armed: str) -> None:
    wanted, _, number = armed.partition(":")
    _passed[name] += 1
    if name == wanted and _passed[name] == int(number or 1):
        os.kill(os.getpid(), signal.SIGKILL)
