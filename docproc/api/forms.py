"""A multipart request as it comes in: fields into memory, files into the store of sources, nothing twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from docproc.api.context import Context
from docproc.core.errors import TooLarge, UsageError
from docproc.service.upload import PIECE, Upload

_FIELDS = 100
_FIELD_BYTES = 1 << 19  # of all fields together: a question set is the largest
_HEADER_BYTES = 1 << 13  # of a part


@dataclass
class Form:
    """What came: fields by name, in order, and the files of the field `files`."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)


@asynccontextmanager
async def received(request: Request, ctx: Context) -> AsyncIterator[Form]:
    """The form of a request, read as it comes. Whatever of it is not kept by the end of the block leaves no trace.

    Raises UsageError for what is no form, TooLarge for too many files or too large ones.
    """
    reader = _Reader(ctx)
    try:
        parser = _parser(request, reader)
        async for chunk in request.stream():
            try:
                parser.write(chunk)
            except FormParserError as error:
                raise UsageError("the body is not multipart/form-data as RFC 7578 has it") from error
            if reader.waiting:
                await run_in_threadpool(reader.write)
        await run_in_threadpool(reader.write)
        if not reader.ended:
            raise UsageError("the body ends before its last boundary")
        yield reader.form
    except ClientDisconnect as error:
        raise UsageError("the connection ended before the body did") from error
    finally:
        for upload in reader.form.uploads:
            upload.drop()


def _parser(request: Request, reader: _Reader) -> MultipartParser:
    _, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if not boundary:
        raise UsageError("multipart/form-data without a boundary")
    try:
        return MultipartParser(
            boundary,
            {
                "on_part_begin": reader.part_begins,
                "on_header_field": reader.header_name,
                "on_header_value": reader.header_value,
                "on_header_end": reader.header_ends,
                "on_headers_finished": reader.headers_end,
                "on_part_data": reader.data,
                "on_part_end": reader.part_ends,
                "on_end": reader.all_ends,
            },
        )
    except FormParserError as error:
        raise UsageError("multipart/form-data with a boundary that is none") from error


class _Reader:
    """What the parser calls. Data of files is held until `write`, which may be called in another thread."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.form = Form()
        self.ended = False
        self._headers: dict[bytes, bytes] = {}
        self._name, self._value = b"", b""
        self._header_bytes = self._field_bytes = 0
        self._field, self._text = "", bytearray()
        self._upload: Upload | None = None
        self._held: list[tuple[Upload, bytes]] = []
        self._bytes = 0

    @property
    def waiting(self) -> bool:
        """Whether so much is held that it is worth writing."""
        return self._bytes >= PIECE

    def write(self) -> None:
        """Write what is held. Raises TooLarge, Unavailable."""
        held, self._held, self._bytes = self._held, [], 0
        for upload, data in held:
            upload.write(data)

    def part_begins(self) -> None:
        self._headers, self._header_bytes = {}, 0
        self._upload, self._text = None, bytearray()

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]
        self._measure(end - start)

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._measure(end - start)

    def header_ends(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name, self._value = b"", b""

    def headers_end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        self._field = _decoded(options.get(b"name", b""))
        if b"filename" not in options:
            if sum(map(len, self.form.fields.values())) >= _FIELDS:
                raise TooLarge(f"a form has {_FIELDS} fields at most")
            return
        if self._field != "files":
            raise UsageError(f"a file in the field {self._field[:50]!r}: files come in the field 'files'")
        most = self._ctx.serving.files
        if len(self.form.uploads) >= most:
            raise TooLarge(f"a request has {most} files at most; send the others with another one")
        self._upload = Upload(self._ctx.parts, _decoded(options[b"filename"]), self._ctx.serving.file_bytes)
        self.form.uploads.append(self._upload)

    def data(self, data: bytes, start: int, end: int) -> None:
        if self._upload is not None:
            self._held.append((self._upload, data[start:end]))
            self._bytes += end - start
            return
        self._field_bytes += end - start
        if self._field_bytes > _FIELD_BYTES:
            raise TooLarge(f"the fields of a form have {_FIELD_BYTES:,} bytes at most; files come in the field 'files'")
        self._text += data[start:end]

    def part_ends(self) -> None:
        if self._upload is None:
            self.form.fields.setdefault(self._field, []).append(_decoded(bytes(self._text)))

    def all_ends(self) -> None:
        self.ended = True

    def _measure(self, more: int) -> None:
        self._header_bytes += more
        if self._header_bytes > _HEADER_BYTES:
            raise TooLarge("the headers of a part are too long")


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise UsageError("the names and fields of a form are UTF-8") from error
