"""ZIP archives as senders and attackers write them; all content is made up."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

__all__ = ["SYMBOLIC_LINK", "entry", "in_gbk", "locked", "zip_of"]

SYMBOLIC_LINK = 0o120777 << 16


class _RawName(zipfile.ZipInfo):
    """An entry whose name is written as these bytes, without the mark of UTF-8."""

    raw = b""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - zipfile's own
        return self.raw, self.flag_bits & ~0x800


def in_gbk(name: str) -> zipfile.ZipInfo:
    """An entry as programs of Chinese Windows name it."""
    return entry(name.encode("gb18030"))


def entry(name: str | bytes, *, attributes: int = 0, path_extra: tuple[str, bytes] | None = None) -> zipfile.ZipInfo:
    """An entry; bytes are written as they are. path_extra: a name in the extra field, and the bytes it was made for."""
    raw = name if isinstance(name, bytes) else None
    info = zipfile.ZipInfo("placeholder") if raw is None else _RawName("placeholder")
    info.filename = raw.decode("cp437") if raw is not None else str(name)
    info.orig_filename = info.filename
    if isinstance(info, _RawName):
        info.raw = raw or b""
    info.external_attr = attributes
    if path_extra is not None:
        told, made_for = path_extra
        body = b"\x01" + struct.pack("<I", zlib.crc32(made_for)) + told.encode()
        info.extra = struct.pack("<HH", 0x7075, len(body)) + body
    return info


def zip_of(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content, method)
    return target.getvalue()


def locked(archive: bytes, *names: bytes) -> bytes:
    """The same with these entries marked as encrypted, which is what a reader sees of them."""
    changed = bytearray(archive)
    for name in names:
        for signature, flags, name_at in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
            start = changed.find(signature)
            while start >= 0:
                if changed[start + name_at : start + name_at + len(name)] == name:
                    changed[start + flags] |= 0x1
                start = changed.find(signature, start + 4)
    return bytes(changed)
