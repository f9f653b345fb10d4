"""Short folders for the sockets of a home whose own path is too long for one; nobody else may look in or reach through.

Their names can be guessed and their parent is open to all, so one that another user made first is refused.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from pipelines.up.checks import CannotStartError

__all__ = ["private_folder"]

PRIVATE = 0o700


def private_folder(home: Path, purpose: str, owner: int | None = None) -> Path:
    """The folder of this home for this purpose: mode 0700, and the owner's (default: whoever runs this).

    Raises CannotStartError when there is something of that name that is another's, no folder, or open to others.
    """
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    path = Path(tempfile.gettempdir()) / f"choucha-{os.geteuid()}-{name}-{purpose}"
    wanted = os.geteuid() if owner is None else owner
    try:
        path.mkdir(mode=PRIVATE)
        path.chmod(PRIVATE)  # whatever the umask
        os.chown(path, wanted, -1)
    except FileExistsError:
        found = path.lstat()
        if (stat.S_ISDIR(found.st_mode), found.st_uid, stat.S_IMODE(found.st_mode)) != (True, wanted, PRIVATE):
            raise CannotStartError(
                f"{path} 已存在，但不是本程序的私有目录（应属用户 {wanted}，权限 0700）：请查明是谁所建并移走，"
                "或用环境变量 CHOUCHA_HOME 指定一个路径较短的目录。",
                f"{path} exists and is no private folder of this program (of user {wanted}, mode 0700): find out who "
                "made it and move it away, or name a folder with a shorter path in the variable CHOUCHA_HOME.",
            ) from None
    return path
