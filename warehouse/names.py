"""Names and texts of senders, made fit to be stored, logged and shown: readable, and nothing in them acts on a reader.

A name of a sender is never used as a path.
"""

from __future__ import annotations

import os
import unicodedata

__all__ = ["readable", "visible"]

# Control characters, invisible marks such as those that turn the direction of writing, halves of characters, and what
# Unicode leaves free or separates lines and paragraphs with.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LONGEST = 255


def readable(name: str) -> str:
    """A file's name as text: bytes that aren't UTF-8 are GB18030, as Chinese file servers write them.

    What can't be seen is spelled out, and a name that is longer than any file system allows loses its middle.
    """
    return _shortened(visible(_decoded(name)))


def visible(text: str) -> str:
    r"""The text with everything that can't be seen spelled out, e.g. `\x1b` or `\u202e`; all else stays as it is."""
    if text.isprintable():
        return text
    return "".join(
        _spelled(character) if unicodedata.category(character) in _UNSEEN else character for character in text
    )


def _decoded(name: str) -> str:
    try:
        name.encode()
    except UnicodeEncodeError:
        try:
            return os.fsencode(name).decode("gb18030", errors="replace")
        except UnicodeEncodeError:  # half a character that no file system gave
            return name
    return name


def _spelled(character: str) -> str:
    number = ord(character)
    if number <= 0xFF:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def _shortened(name: str) -> str:
    if len(name) <= _LONGEST:
        return name
    tail = _LONGEST // 4
    return f"{name[: _LONGEST - tail - 1]}…{name[-tail:]}"
