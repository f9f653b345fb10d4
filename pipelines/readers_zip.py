"""ZIP in the child process: its files are written beside one another under numbers, never under their own names.

Whatever the archive claims, no more is written than the limits allow, and nothing outside the scratch folder. What
can't be taken out is named, with the rule that says why.
"""

from __future__ import annotations

import errno
import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.readers import Refused
from pipelines.sidecars import REPLACED, read_sidecar
from warehouse.landing import SIDECAR_SUFFIX
from warehouse.names import readable, visible
from warehouse.uploads import UPLOAD_KEY

__all__ = ["is_archive", "taken_apart"]

_MIB = 1024 * 1024
_UTF_8_NAME, _ENCRYPTED, _STRONGLY_ENCRYPTED = 0x800, 0x1, 0x40
_UNICODE_PATH = 0x7075
_LOCAL_HEADER = 30
_DAMAGED = (
    zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, OSError,
    struct.error, zlib.error, lzma.LZMAError,
)  # fmt: skip
# A place before the file's beginning, and what bzip2 says of bytes that aren't its own; all others are the machine's.
_DAMAGED_NUMBERS = (errno.EINVAL, None)
# What other programs put beside the files of a folder; it says nothing.
_LEFT_OUT = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"})
_LEFT_OUT_PREFIXES = ("._", "~$")
_LOST_SIDECAR = "无法从压缩包中取出 it can't be taken out of the archive"
_TELLS_OF_UPLOAD = (
    f"不得含 {UPLOAD_KEY}，由接收时填写，请删去此项 {UPLOAD_KEY} is written where files are received; take that key out"
)
_DRIVE = re.compile(r"^[A-Za-z]:")
# Parts that a program writes first into a workbook or another document that is a ZIP inside.
_FIRST_PARTS = (b"[Content_Types].xml", b"xl/", b"_rels/", b"docProps/", b"customXml/")
_DOCUMENTS = (
    ("xl/workbook.bin", "RD-002", "xlsb"),
    ("word/document.xml", "RD-013", "Word 文档 a Word document (docx)"),
    ("ppt/presentation.xml", "RD-013", "幻灯片 a slide show (pptx)"),
    ("[Content_Types].xml", "RD-002", "Office"),
    ("META-INF/manifest.xml", "RD-002", "ods/odt"),
    ("META-INF/container.xml", "RD-013", "电子书 an e-book (epub)"),
    ("OFD.xml", "RD-013", "OFD"),
)


@dataclass
class _Budget:
    """What may still be written; files that a ZIP in the ZIP declares count as well, so that none hides the rest."""

    members: int
    bytes_left: int
    at_first: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.at_first = (self.members, self.bytes_left)

    def spend(self, members: int, n_bytes: int) -> None:
        self.members -= members
        self.bytes_left -= n_bytes
        if self.members < 0:
            raise Refused("ZP-004", f"> {self.at_first[0]} 个文件 files")
        if self.bytes_left < 0:
            raise Refused("ZP-004", f"> {self.at_first[1] // _MIB} MiB")


def is_archive(source: Path, start: bytes, file_name: str) -> bool:
    """Whether the ZIP is one of files; False for a workbook, which is a ZIP inside, also for a damaged one, which its
    first part or its name tells.

    Raises Refused for a document of another kind.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            names = frozenset(archive.namelist())
    except _DAMAGED as error:
        said = _said(error)
        if start[_LOCAL_HEADER:].startswith(_FIRST_PARTS) or file_name.lower().endswith(".xlsx"):
            return False
        raise Refused("ZP-002", said) from error
    if "xl/workbook.xml" in names:
        return False
    for part, rule, kind in _DOCUMENTS:
        if part in names:
            raise Refused(rule, kind)
    return True


def taken_apart(source: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Write `member_<number>` for each file of the archive; returns what is known of each. Raises Refused.

    number is the entry's place in the archive, so that the same bytes always give the same numbers.
    """
    allowed = max(50 * _MIB, source.stat().st_size * request["max_expansion"])
    budget = _Budget(request["max_members"], min(allowed, request["memory_mb"] * _MIB))
    with zipfile.ZipFile(source) as archive:
        entries = list(_entries(archive))
        left_out = [name for _, _, name in entries if _is_left_out(name)]
        files = [entry for entry in entries if not _is_left_out(entry[2])]
        _check(archive, files, budget)
        folder = Path(request["folder"])
        members = [_member(archive, entry, folder, budget) for entry in files]
    _give_sidecars(members, folder)
    return {
        "kind": "zip",
        "encoding": "zip",
        "sheets": [],
        "members": [_with_clean_name(member) for member in members if not member.pop("is_used")],
        "left_out": sorted({readable(name) for name in left_out}),
    }


def _said(error: Exception) -> str:
    """What is wrong with the archive; raises the error again when the machine is to blame."""
    if isinstance(error, OSError) and error.errno not in _DAMAGED_NUMBERS:
        raise error
    if isinstance(error, UnicodeError):
        return "文件名不是所称的 UTF-8 a name is not the UTF-8 that it claims to be"
    return visible(str(error))[:200]


def _entries(archive: zipfile.ZipFile) -> Iterator[tuple[int, zipfile.ZipInfo, str]]:
    """Number, entry and decoded name of everything but folders."""
    for number, info in enumerate(archive.infolist(), start=1):
        name = _name(info)
        if not name.endswith(("/", "\\")) and not stat.S_ISDIR(info.external_attr >> 16):
            yield number, info, name


def _name(info: zipfile.ZipInfo) -> str:
    """The whole path as it was meant: declared as UTF-8, else the extra field for it, else GB18030, else CP437.

    Some programs write UTF-8 and don't say so; that counts only where it gives a character of three bytes or more,
    for two bytes are GB18030 as well.
    """
    if info.flag_bits & _UTF_8_NAME:
        return info.orig_filename
    raw = info.orig_filename.encode("cp437")
    if raw.isascii():
        return raw.decode("ascii")
    if (told := _unicode_path(info.extra, raw)) is not None:
        return told
    try:
        name = raw.decode()
        if any(character > "\u07ff" for character in name):
            return name
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("gb18030")
    except UnicodeDecodeError:
        return info.orig_filename


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """The name in the extra field, if it was written for these bytes (a program that renames leaves the old one)."""
    while len(extra) >= 4:
        number, length = struct.unpack_from("<HH", extra)
        body, extra = extra[4 : 4 + length], extra[4 + length :]
        if number == _UNICODE_PATH and len(body) > 5 and struct.unpack_from("<I", body, 1)[0] == zlib.crc32(raw):
            try:
                return body[5:].decode()
            except UnicodeDecodeError:
                return None
    return None


def _is_left_out(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return not _LEFT_OUT.isdisjoint(parts) or parts[-1].startswith(_LEFT_OUT_PREFIXES)


def _check(archive: zipfile.ZipFile, files: list[tuple[int, zipfile.ZipInfo, str]], budget: _Budget) -> None:
    """Refuse, before anything is written, what is empty, locked, a bomb, or stores one stretch of bytes twice."""
    if not files:
        raise Refused("ZP-001")
    if all(info.flag_bits & _ENCRYPTED for _, info, _ in files):
        raise Refused("ZP-003")
    _Budget(*budget.at_first).spend(len(files), sum(info.file_size for _, info, _ in files))
    end = 0
    for info in sorted(archive.infolist(), key=lambda entry: entry.header_offset):
        if info.header_offset < end:
            raise Refused("ZP-004", "重叠 overlapping")
        end = info.header_offset + _LOCAL_HEADER + info.compress_size


def _member(
    archive: zipfile.ZipFile, entry: tuple[int, zipfile.ZipInfo, str], folder: Path, budget: _Budget
) -> dict[str, Any]:
    number, info, name = entry
    known: dict[str, Any] = dict.fromkeys(("rule", "found", "sidecar", "sidecar_problem"))
    known |= {"number": number, "name": name, "is_used": False}
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.flag_bits & (_ENCRYPTED | _STRONGLY_ENCRYPTED):
        return known | {"rule": "ZP-003"}
    if kind and not stat.S_ISREG(kind):
        return known | {"rule": "ZP-006", "found": "符号链接 symbolic link" if stat.S_ISLNK(kind) else f"{kind:o}"}
    target = folder / f"member_{number}"
    try:
        with target.open("xb") as file:
            _write(archive, info, file, budget)
    except _DAMAGED as error:
        return known | {"rule": "ZP-005", "found": _said(error)}
    budget.spend(*_declared(target))
    return known


def _write(archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: Any, budget: _Budget) -> None:
    budget.spend(1, 0)
    with archive.open(info) as content:
        while piece := content.read(_MIB):
            budget.spend(0, len(piece))
            file.write(piece)


def _declared(path: Path) -> tuple[int, int]:
    """How many files, and bytes, a ZIP in the ZIP claims to hold; none for all else."""
    with path.open("rb") as file:
        start = file.read(_LOCAL_HEADER + 32)
    if not start.startswith(b"PK"):
        return 0, 0
    try:
        if not is_archive(path, start, path.name):
            return 0, 0
        with zipfile.ZipFile(path) as archive:
            return len(archive.infolist()), sum(info.file_size for info in archive.infolist())
    except (Refused, *_DAMAGED):  # its own receipt will say so
        return 0, 0


def _give_sidecars(members: list[dict[str, Any]], folder: Path) -> None:
    """A side-car goes to the files of its name; one that has none, or that another replaced, is told of."""
    sidecars: dict[str, dict[str, Any]] = {}
    for member in members:
        if member["name"].endswith(SIDECAR_SUFFIX):
            replaced = sidecars.get(member["name"])
            if replaced is not None and replaced["rule"] is None:
                replaced.update(rule="HD-003", found=REPLACED)
            sidecars[member["name"]] = member
    for name, sidecar in sidecars.items():
        was_taken_out = sidecar["rule"] is None
        path = folder / f"member_{sidecar['number']}"
        content, problem = read_sidecar(path) if was_taken_out else (None, _LOST_SIDECAR)
        if UPLOAD_KEY in (content or {}):
            content, problem = None, _TELLS_OF_UPLOAD
        target = name.removesuffix(SIDECAR_SUFFIX)
        owners = [member for member in members if member["name"] == target]
        for owner in owners:
            owner.update(sidecar=content, sidecar_problem=problem)
        if was_taken_out:
            sidecar.update({"is_used": True} if owners else {"rule": "SC-001", "found": readable(target)})


def _with_clean_name(member: dict[str, Any]) -> dict[str, Any]:
    name = _clean(member["name"])
    was_named = readable(member["name"]) if name != member["name"].replace("\\", "/") else None
    return member | {"name": name, "was_named": was_named}


def _clean(name: str) -> str:
    """The path below the archive, without what would lead out of it."""
    parts = _DRIVE.sub("", name.replace("\\", "/")).split("/")
    kept = [part for part in parts if part.strip() not in ("", ".", "..")]
    return readable("/".join(kept)) or "unnamed"
