"""A form with a file (multipart/form-data) as it comes in: the file goes on at once and is never whole in memory."""

from __future__ import annotations

from collections.abc import Callable

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from api.problems import Problem, Text

__all__ = ["FileForm"]

FILE, SIDECAR = "file", "sidecar"
_MOST_SIDECAR_BYTES = 256 * 1024


class FileForm:
    """Takes the body piece by piece; the bytes of the part `file` go to `take`, those of `sidecar` are kept."""

    def __init__(self, content_type: str, take: Callable[[bytes], None]) -> None:
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise _broken("boundary?")
        self.file_name: str | None = None
        self.sidecar: bytearray | None = None
        self._take = take
        self._part = ""
        self._header, self._value, self._disposition = bytearray(), bytearray(), b""
        self._is_whole = False
        callbacks = {
            "on_part_begin": self._begin_part,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._on_data,
            "on_end": self._end,
        }
        self._parser = MultipartParser(boundary, callbacks)  # type: ignore[arg-type]

    def write(self, data: bytes) -> None:
        """Raises Problem for what is no such form."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise _broken(str(error)) from error

    def close(self) -> None:
        """Raises Problem where the form did not come to its end, or held no file."""
        if not self._is_whole:
            raise _broken("no closing boundary")
        if self.file_name is None:
            text = Text(f"表单里没有名为 {FILE} 的文件。", f"The form has no file in a field named {FILE}.")
            raise Problem("invalid-upload", text)

    def _begin_part(self) -> None:
        self._disposition = b""

    def _end_header(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _end_headers(self) -> None:
        options = parse_options_header(self._disposition)[1]
        self._part = options.get(b"name", b"").decode("utf-8", errors="replace")
        if self._part == FILE and self.file_name is None:
            self.file_name = options.get(b"filename", b"").decode("utf-8", errors="surrogateescape")
        elif self._part == SIDECAR and self.sidecar is None:
            self.sidecar = bytearray()
        else:
            text = Text(
                f"表单只能有一个 {FILE} 和一个 {SIDECAR}，多个文件请打成 ZIP；不认识“{self._part}”。",
                f"A form has one {FILE} and may have one {SIDECAR}; several files go into a ZIP. Found {self._part!r}.",
            )
            raise Problem("invalid-upload", text)

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._part == FILE:
            self._take(data[start:end])
        elif self.sidecar is not None:
            self.sidecar += data[start:end]
            if len(self.sidecar) > _MOST_SIDECAR_BYTES:
                raise _broken(f"{SIDECAR} > {_MOST_SIDECAR_BYTES} bytes")

    def _end(self) -> None:
        self._is_whole = True


def _broken(why: str) -> Problem:
    text = Text(f"表单不完整或有误（{why}），请重新发送。", f"The form is incomplete or broken ({why}); send it again.")
    return Problem("invalid-upload", text)
