"""Reading releases: which one serves, what each holds, where its files lie.

A release is immutable: a folder with public.duckdb, office.duckdb and a manifest that was written last.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warehouse.durable import file_hash
from warehouse.errors import InfrastructureError, UserError
from warehouse.settings import Settings

__all__ = [
    "ARTEFACTS",
    "Hold",
    "Manifest",
    "Part",
    "ReleaseDamagedError",
    "ReleaseNotFoundError",
    "altered_files",
    "current_release_id",
    "damaged_releases",
    "hold_path",
    "list_releases",
    "manifest_from_json",
    "manifest_to_json",
    "newest_manifest",
    "part_path",
    "pointer_text",
    "read_if_whole",
    "read_manifest",
    "release_before",
    "release_path",
    "serving_since",
    "standing_hold",
]

ARTEFACTS = ("public", "office")
_RELEASE_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{10}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class ReleaseNotFoundError(UserError, LookupError):
    """There is no release of this id (or none at all yet); the message names it."""


class ReleaseDamagedError(InfrastructureError):
    """What stands beside the releases can't be read; the message names the file."""


@dataclass(frozen=True)
class Part:
    """The samples of one feed and quarter as everybody may have them; a file that releases share, named by its hash."""

    feed: str
    quarter: str
    sha256: str
    n_rows: int
    n_bytes: int


@dataclass(frozen=True)
class Manifest:
    """What a release is made of; written once, beside its files.

    as_of: the instant as of which results are final or provisional. data_as_of: when the newest file in it was
    received. files: name → SHA-256. lake_versions: Delta version of each table it was built from. digest: hash over
    the published content, equal for equal content whatever the ids and clocks. n_receipts and receipts_digest tell
    which receipts it includes. parts: by feed and quarter; none in a release of before there were parts. lake_identity
    tells the lake from another one at the same place; None in a release of before it was noted.
    """

    release_id: str
    created_at: datetime
    as_of: datetime
    data_as_of: datetime | None
    method_version: str
    duckdb_version: str
    digest: str
    previous_release_id: str | None
    files: dict[str, str]
    counts: dict[str, int]
    lake_versions: dict[str, int]
    n_receipts: int
    receipts_digest: str
    provinces: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    lake_identity: str | None = None


@dataclass(frozen=True)
class Hold:
    """An operator took a release back, so automatic publication rests.

    release_id: what serves instead; taken_back: what served before it. until: from then on the next file that comes
    is published again, with everything else in the lake.
    """

    release_id: str
    taken_back: str
    held_at: datetime
    until: datetime
    held_by: str
    reason: str | None


def hold_path(settings: Settings) -> Path:
    return settings.releases / "hold.json"


def standing_hold(settings: Settings) -> Hold | None:
    """The hold that keeps an earlier release serving; None while the newest one serves, whatever was held before.

    Raises ReleaseDamagedError where it can't be read.
    """
    path = hold_path(settings)
    if not path.exists():
        return None
    released = list_releases(settings)
    if not released or pointer_text(settings) == released[-1]:
        return None
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        instants = {name: datetime.fromisoformat(values[name]) for name in ("held_at", "until")}
        return Hold(**values | instants)
    except FileNotFoundError:  # ended this moment
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise ReleaseDamagedError(
            f"{path} 已损坏 is damaged ({error}); 重新回退一次即可写好 roll back once more to have it written anew:"
            " choucha releases rollback ID"
        ) from error


def altered_files(settings: Settings, release_id: str) -> list[str]:
    """Files of a release that are missing or not what its manifest says; the manifest where it can't be read."""
    try:
        manifest = read_manifest(settings, release_id)
    except (ReleaseNotFoundError, ReleaseDamagedError):
        return ["manifest.json"]
    folder = _folder(settings, release_id)
    return [name for name, sha256 in sorted(manifest.files.items()) if _is_altered(folder / name, sha256)]


def _is_altered(path: Path, sha256: str) -> bool:
    try:
        return file_hash(path) != sha256
    except FileNotFoundError:
        return True


def current_release_id(settings: Settings) -> str | None:
    """Id of the release that serves; None before the first publication. Raises ReleaseDamagedError where the pointer
    names no release at all.
    """
    text = pointer_text(settings)
    if text is not None and not _RELEASE_ID.fullmatch(text):
        raise ReleaseDamagedError(
            f"{settings.releases / 'current'} 已损坏，其中没有发布编号；用 choucha releases rollback ID 重新指定 "
            f"is damaged, it holds no id of a release ({text[:40]!r}); name the one that serves anew with "
            "choucha releases rollback ID (choucha releases list)"
        )
    return text


def pointer_text(settings: Settings) -> str | None:
    """What the pointer to the release that serves says, sound or not; None where there is none or it is empty."""
    try:
        text = (settings.releases / "current").read_text(encoding="utf-8", errors="backslashreplace").strip()
    except FileNotFoundError:
        return None
    return text or None


def serving_since(settings: Settings) -> datetime:
    """When the release that serves was named as the one that does. Raises OSError before the first publication."""
    seconds = int((settings.releases / "current").stat().st_mtime)
    return datetime.fromtimestamp(seconds, UTC)


def list_releases(settings: Settings) -> list[str]:
    """Ids of all complete releases, oldest first."""
    found = (path.parent.name for path in settings.releases.glob("*/manifest.json"))
    return sorted(name for name in found if _RELEASE_ID.fullmatch(name))


def damaged_releases(settings: Settings, *, after: str = "") -> list[str]:
    """Ids of releases whose manifest is missing or can't be read, oldest first; only those after a release."""
    folders = settings.releases.iterdir() if settings.releases.is_dir() else ()
    named = sorted(path.name for path in folders if _RELEASE_ID.fullmatch(path.name))
    return [release_id for release_id in named if release_id > after and read_if_whole(settings, release_id) is None]


def newest_manifest(settings: Settings, *, until: str | None = None) -> Manifest | None:
    """The manifest of the newest release that can be read, up to a release; None where there is none."""
    upto = [each for each in list_releases(settings) if until is None or each <= until]
    manifests = (read_if_whole(settings, release_id) for release_id in reversed(upto))
    return next((manifest for manifest in manifests if manifest is not None), None)


def release_before(settings: Settings, release_id: str) -> str | None:
    """The release that one continues; the next older one where its manifest can't be read, which would say it."""
    manifest = read_if_whole(settings, release_id)
    if manifest is not None:
        return manifest.previous_release_id
    return max((each for each in list_releases(settings) if each < release_id), default=None)


def read_manifest(settings: Settings, release_id: str) -> Manifest:
    """The manifest of a release. Raises ReleaseNotFoundError, or ReleaseDamagedError where it can't be read."""
    path = _folder(settings, release_id) / "manifest.json"
    try:
        return manifest_from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ReleaseNotFoundError(f"没有发布 there is no release {release_id}; see choucha releases list") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ReleaseDamagedError(
            f"{path} 已损坏，请从备份恢复 is damaged, restore it from a backup: {error}"
        ) from error


def read_if_whole(settings: Settings, release_id: str) -> Manifest | None:
    """The manifest of a release; None where it is missing or can't be read."""
    try:
        return read_manifest(settings, release_id)
    except (ReleaseNotFoundError, ReleaseDamagedError):
        return None


def release_path(settings: Settings, release_id: str, artefact: str) -> Path:
    """The DuckDB file of a release: `public` or `office`. Raises ReleaseNotFoundError."""
    if artefact not in ARTEFACTS:
        raise ValueError(f"{artefact!r} is no artefact; write one of {', '.join(ARTEFACTS)}")
    path = _folder(settings, release_id) / f"{artefact}.duckdb"
    if not path.is_file():
        raise ReleaseNotFoundError(f"没有发布 there is no release {release_id}; see choucha releases list")
    return path


def part_path(settings: Settings, sha256: str) -> Path:
    """Where a part stands, beside the releases that share it. Raises ReleaseNotFoundError for what is no hash."""
    if not _SHA256.fullmatch(sha256):
        raise ReleaseNotFoundError(f"没有这份样本数据 there is no part {sha256}")
    return settings.releases / "parts" / f"{sha256}.parquet"


def manifest_to_json(manifest: Manifest) -> str:
    """The manifest as JSON with sorted keys; instants in ISO 8601."""
    return json.dumps(asdict(manifest), default=datetime.isoformat, ensure_ascii=False, indent=2, sort_keys=True)


def manifest_from_json(text: str) -> Manifest:
    """The manifest that manifest_to_json wrote."""
    values: dict[str, Any] = json.loads(text)
    for name in ("created_at", "as_of", "data_as_of"):
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    values["provinces"] = tuple(values["provinces"])
    values["parts"] = tuple(Part(**each) for each in values.get("parts", ()))
    return Manifest(**values)


def _folder(settings: Settings, release_id: str) -> Path:
    # An id comes from outside: only what has an id's shape is ever joined to a path.
    if not _RELEASE_ID.fullmatch(release_id):
        raise ReleaseNotFoundError(f"没有发布 there is no release {release_id}; see choucha releases list")
    return settings.releases / release_id
