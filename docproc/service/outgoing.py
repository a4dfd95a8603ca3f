"""Requests to where somebody else says: to vetted addresses only, no redirects, no proxies, a size and a time for all.

Nothing of the environment changes where a request goes, and nothing of this server's is sent along: no cookies, no
credentials.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from docproc.core.errors import MissingExtra, TooLarge, Unavailable
from docproc.service.addresses import Allowed, target

if TYPE_CHECKING:
    from docproc.service.pinned import Resolve

AGENT = "docproc"
CONNECT = 5.0  # seconds in which a connection must stand


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for a whole exchange, bytes of the reply's body, and the hosts beside the public ones."""

    seconds: float
    bytes: int
    beside: Allowed


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. Header names are in lower case; `chunks` raises TooLarge, Unavailable as it goes."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Network:
    """How names become addresses, and which certificates are believed; tests have their own."""

    resolve: Resolve | None = None  # None: as this machine does
    tls: ssl.SSLContext | None = None  # None: the authorities that this machine knows


@contextmanager
def exchange(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    limits: Limits,
    network: Network = Network(),
) -> Iterator[Reply]:
    """Send a request; the reply is there within the block.

    Raises UsageError (url_refused) where docproc does not speak to that host, Unavailable (unreachable) where it does
    not answer as a web server does, MissingExtra.
    """
    try:
        import httpcore2  # noqa: PLC0415 - an extra

        from docproc.service import pinned  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtra("serve", "a request to another server") from error
    where = target(url, limits.beside)
    ends = time.monotonic() + limits.seconds
    sent = {"Host": where.authority, "User-Agent": AGENT, "Accept-Encoding": "identity", "Connection": "close"}
    if method != "GET":
        sent["Content-Length"] = str(len(body))
    asked = httpcore2.URL(scheme=where.scheme, host=where.host, port=where.port, target=where.path)
    lines = [(name.encode("ascii"), value.encode("ascii")) for name, value in {**sent, **headers}.items()]
    waits = {"timeout": {"connect": CONNECT, "read": limits.seconds, "write": limits.seconds}}
    backend = pinned.Pinned(where, limits.beside, network.resolve or pinned.resolved, ends)
    tls = network.tls or ssl.create_default_context()
    try:
        with (
            httpcore2.ConnectionPool(ssl_context=tls, network_backend=backend) as pool,
            pool.stream(method, asked, headers=lines, content=body, extensions=waits) as reply,
        ):
            found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in reply.headers}
            yield Reply(reply.status, found, _capped(reply.iter_stream(), limits.bytes, where.host))
    except httpcore2.TimeoutException as error:
        raise Unavailable(f"{where.host} did not answer in time", code="unreachable") from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        raise Unavailable(f"{where.host} did not answer: {_said(error)}", code="unreachable") from error


def _capped(chunks: Iterator[bytes], most: int, host: str) -> Iterator[bytes]:
    left = most
    for chunk in chunks:
        yield chunk[:left]
        left -= len(chunk)
        if left < 0:
            raise TooLarge(f"what {host} sends has more than {most:,} bytes")


def _said(error: Exception) -> str:
    """The first line, without the numbers of an operating system's error."""
    text = str(error).partition("\n")[0] or type(error).__name__
    return text.partition("] ")[2] or text


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Whom docproc speaks to beside the public internet: `hooks` for webhooks, `sources` for files that are fetched,
    None: none are fetched at all. `file_bytes`: of the largest of them.
    """

    hooks: Allowed = field(default_factory=Allowed)
    sources: Allowed | None = None
    file_bytes: int = 500_000_000
    network: Network = field(default_factory=Network)
