"""A connection to an address that was looked at before, and that ends when its time is over."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import httpcore2

from docproc.service.addresses import Allowed, Target, vetted

Resolve = Callable[[str, int], Sequence[str]]  # the addresses of a host; raises OSError


def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses of a host as this machine finds them. Raises OSError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"{host!r} is no host name") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Pinned(httpcore2.NetworkBackend):
    """Asks for a host's addresses once, looks at all of them, and connects to one of those very addresses.

    What the name leads to a moment later does not matter (DNS rebinding). The certificate is checked against the name.
    """

    def __init__(self, target: Target, beside: Allowed, resolve: Resolve, ends: float) -> None:
        self._target, self._beside, self._resolve, self._ends = target, beside, resolve, ends
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect. Raises UsageError where an address may not be connected to, ConnectError."""
        try:
            addresses = self._resolve(host, port)
        except OSError as error:
            raise httpcore2.ConnectError("its name is not known") from error
        failure: Exception = httpcore2.ConnectError("no address")
        for address in vetted(replace(self._target, host=host, port=port), addresses, self._beside):
            try:
                left = remaining(self._ends, timeout)
                return Timed(self._plain.connect_tcp(address, port, left, local_address, socket_options), self._ends)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure


class Timed(httpcore2.NetworkStream):
    """A stream that ends at a time, however often the other side sends a little."""

    def __init__(self, stream: httpcore2.NetworkStream, ends: float) -> None:
        self._stream, self._ends = stream, ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Raises ReadTimeout."""
        return self._stream.read(max_bytes, remaining(self._ends, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Raises WriteTimeout."""
        self._stream.write(buffer, remaining(self._ends, timeout))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """Raises ConnectTimeout, ConnectError where the certificate is not the host's."""
        left = remaining(self._ends, timeout)
        return Timed(self._stream.start_tls(ssl_context, server_hostname, left), self._ends)

    def get_extra_info(self, info: str) -> Any:
        """What the stream knows."""
        return self._stream.get_extra_info(info)


def remaining(ends: float, timeout: float | None) -> float:
    """Seconds that an operation may take. Raises ReadTimeout where the time is over."""
    left = ends - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("it took too long")
    return left if timeout is None else min(left, timeout)
