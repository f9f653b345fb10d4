"""The one exception tree. A message speaks to whoever reads it: what was found, where, and what to do.

ChouchaError
├── UserError             exit 2: bad usage, or input that is rejected; printed without a traceback
└── InfrastructureError   exit 1: the machine or the program failed; the batch stays unprocessed and is tried again
"""

from __future__ import annotations

import errno

__all__ = ["ChouchaError", "InfrastructureError", "UserError", "may_not_write"]

_NO_WRITING = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


class ChouchaError(Exception):
    """Everything that choucha raises on purpose; `exit_code` is what the command line ends with."""

    exit_code = 1


class UserError(ChouchaError):
    """The caller or the sender can put it right."""

    exit_code = 2


class InfrastructureError(ChouchaError):
    """Nobody's data is at fault; whoever operates choucha can put it right."""

    exit_code = 1


def may_not_write(error: OSError) -> bool:
    """Whether the folder may only be read: who only looks needs no more."""
    return error.errno in _NO_WRITING
