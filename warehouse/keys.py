"""Keys of the office's interface: made once, shown once, kept as hashes in secrets/keys.json (0600), revocable at once.

A key is `choucha_<key id>_<secret>`. The secret has 256 random bits, which nobody searches for however fast the hash
is; so it is kept as a keyed BLAKE2b under a salt of its own, and each request can be checked in microseconds.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from warehouse.errors import UserError
from warehouse.settings import Settings

__all__ = ["READING", "SCOPES", "Key", "KeyRefusedError", "add_key", "key_of", "list_keys", "revoke_key"]

SCOPES = {
    "office:read": "读取办公室版数据 read the office's artefact, lineage and quarantine",
    "intake": "报送文件并查回执 send files and read their receipts",
    "review": "代表办公室：审核消费提示、与 intake 一起报送指数、召回和处置，并可读取办公室版数据 speak for the "
    "office: decide on warnings, with intake send figures, recalls and measures, and read the office's artefact",
}
"""What a key may be allowed, with what it means."""
READING = frozenset({"office:read", "review"})
"""Scopes that read the office's artefact: who decides on warnings must see what they are made of."""

_SHAPE = re.compile(r"choucha_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,80}")


@dataclass(frozen=True)
class Key:
    """What is kept of a key; the secret is not in it. Instants are UTC; name: whom it was given to."""

    key_id: str
    name: str
    scopes: tuple[str, ...]
    salt: str
    digest: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def state_at(self, now: datetime) -> str:
        """standing, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "standing"


class KeyRefusedError(Exception):
    """A key opens nothing: `why` is unknown, revoked or expired."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the key is {why}")
        self.why = why


def add_key(
    settings: Settings,
    name: str,
    scopes: Sequence[str],
    *,
    now: datetime,
    created_by: str,
    expires_at: datetime | None = None,
) -> tuple[str, Key]:
    """Make a key; its text is returned this once and kept nowhere.

    Raises UserError for a name that is empty or that a standing key has, an unknown scope, or an end in the past.
    """
    _check(name, scopes, now, expires_at)
    secret, salt = secrets.token_urlsafe(32), secrets.token_hex(16)
    key = Key(
        key_id=secrets.token_hex(6),
        name=name.strip(),
        scopes=tuple(sorted(set(scopes))),
        salt=salt,
        digest=_digest(secret, salt),
        created_at=now,
        created_by=created_by,
        expires_at=expires_at,
    )
    with _alone(settings):
        known = list_keys(settings)
        if any(each.name == key.name and each.state_at(now) == "standing" for each in known):
            raise UserError(f"{key.name}: 已有同名密钥 has a key already; revoke it first, or choose another name")
        _write(settings, [*known, key])
    return f"choucha_{key.key_id}_{secret}", key


def list_keys(settings: Settings) -> list[Key]:
    """All keys that were ever made, oldest first; revoked ones stay listed."""
    try:
        entries = json.loads(_path(settings).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [_key(entry) for entry in entries]


def revoke_key(settings: Settings, id_or_name: str, *, now: datetime) -> Key:
    """End a key, for the very next request. Raises UserError when there is no such key that could still be used."""
    with _alone(settings):
        known = list_keys(settings)
        named = [each for each in known if id_or_name in (each.key_id, each.name) and each.revoked_at is None]
        if not named:
            raise UserError(f"{id_or_name}: 没有这个可用的密钥 there is no such key to revoke; see choucha keys list")
        revoked = replace(named[-1], revoked_at=now)
        _write(settings, [revoked if each.key_id == revoked.key_id else each for each in known])
    return revoked


def key_of(settings: Settings, text: str, *, now: datetime) -> Key:
    """The key that this text is, read anew from the file. Raises KeyRefusedError.

    Takes as long for a known id with a wrong secret as for an unknown id.
    """
    shape = _SHAPE.fullmatch(text)
    key_id, secret = shape.groups() if shape else ("", text)
    found = next((each for each in list_keys(settings) if each.key_id == key_id), None)
    salt, digest = (found.salt, found.digest) if found else ("00" * 16, "")
    is_right = hmac.compare_digest(_digest(secret, salt), digest)
    if found is None or not is_right:
        raise KeyRefusedError("unknown")
    if (state := found.state_at(now)) != "standing":
        raise KeyRefusedError(state)
    return found


def _check(name: str, scopes: Sequence[str], now: datetime, expires_at: datetime | None) -> None:
    if not _NAME.fullmatch(name.strip()):
        raise UserError("密钥须有名称 a key needs a name of up to 80 characters: say whom it is for")
    if foreign := set(scopes) - SCOPES.keys():
        raise UserError(f"{', '.join(sorted(foreign))}: no such scope; there are: {', '.join(SCOPES)}")
    if not scopes:
        raise UserError(f"至少一个权限 name at least one scope: {', '.join(SCOPES)}")
    if expires_at is not None and expires_at <= now:
        raise UserError(f"到期时间已过 {expires_at.isoformat()} has passed already")


def _digest(secret: str, salt: str) -> str:
    return hashlib.blake2b(secret.encode(), key=bytes.fromhex(salt), digest_size=32).hexdigest()


def _key(entry: dict[str, object]) -> Key:
    instants = {name: entry[name] for name in ("created_at", "expires_at", "revoked_at")}
    moments = {name: datetime.fromisoformat(str(value)) if value else None for name, value in instants.items()}
    return Key(**entry | moments | {"scopes": tuple(entry["scopes"])})  # type: ignore[arg-type]


def _path(settings: Settings) -> Path:
    return settings.home / "secrets" / "keys.json"


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """One change at a time, so that no key and no revocation is lost."""
    folder = _path(settings).parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(settings: Settings, known: Sequence[Key]) -> None:
    """The file whole or not at all, and nobody else's to read at any instant."""
    path = _path(settings)
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    text = json.dumps([asdict(key) for key in known], default=datetime.isoformat, ensure_ascii=False, indent=1)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
