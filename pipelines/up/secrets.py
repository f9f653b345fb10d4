"""Secrets of this home: made at the first start, readable by their owner alone, never printed."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from warehouse.settings import Settings

__all__ = ["Secrets", "load_secrets"]


@dataclass(frozen=True)
class Secrets:
    """What signs Airflow's task tokens, encrypts its connections, and signs its sessions."""

    jwt: str
    fernet: str
    session: str


def load_secrets(settings: Settings) -> Secrets:
    """The secrets of this home, made where they are missing."""
    folder = settings.home / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    return Secrets(
        jwt=_secret(folder / "airflow_jwt", lambda: secrets.token_urlsafe(64)),
        fernet=_secret(folder / "airflow_fernet", lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()),
        session=_secret(folder / "airflow_session", lambda: secrets.token_urlsafe(32)),
    )


def _secret(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        part = path.with_name(f".{path.name}.part")
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(make())
        part.replace(path)
    return path.read_text(encoding="ascii")
