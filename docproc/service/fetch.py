"""Fetch files from URLs that somebody named, into the store of sources: off unless a setting switches it on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from docproc.core.errors import Forbidden, TooLarge, UsageError
from docproc.service.outgoing import Limits, Reply, exchange
from docproc.service.parts import Parts
from docproc.service.submit import File
from docproc.service.upload import Upload

SECONDS = 120.0  # for all files of a request, from the first byte to the last


def fetch_all(parts: Parts, urls: Sequence[str]) -> list[File]:
    """The files at these URLs, in their order. Raises as `fetch` does; what was fetched by then stays stored."""
    ends = time.monotonic() + SECONDS
    return [fetch(parts, url, max(0.1, ends - time.monotonic())) for url in urls]


def fetch(parts: Parts, url: str, seconds: float = SECONDS) -> File:
    """The file at a URL, stored and named after the last part of its path.

    Raises Forbidden where fetching is off, UsageError where docproc does not go there or gets no file (url_refused,
    not_fetched), TooLarge, Unavailable where the other server does not answer in time.
    """
    outgoing = parts.outgoing
    if outgoing.sources is None:
        raise Forbidden("this server fetches nothing from URLs; upload the file, or have DOCPROC_API_FETCH=1 set")
    limits = Limits(seconds, outgoing.file_bytes, outgoing.sources)
    with exchange("GET", url, {"Accept": "*/*"}, b"", limits, outgoing.network) as reply:
        host = urlsplit(url).hostname
        if 300 <= reply.status < 400:
            raise UsageError(f"{host} answers with a redirect; name the address that it leads to", "not_fetched")
        if reply.status != 200:
            raise UsageError(f"{host} answers with HTTP {reply.status}, not with a file", "not_fetched")
        _check_length(reply, outgoing.file_bytes)
        upload = Upload(parts, unquote(urlsplit(url).path), outgoing.file_bytes)
        try:
            for chunk in reply.chunks:
                upload.write(chunk)
            return upload.keep()
        finally:
            upload.drop()


def _check_length(reply: Reply, most: int) -> None:
    told = reply.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told[:18]) > most:
        raise TooLarge(f"the file has {int(told[:18]):,} bytes, and {most:,} is the most that is taken here")
