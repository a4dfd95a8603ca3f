"""The server: a socket, uvicorn, and an end that waits for what is under way but for nobody who only listens."""

from __future__ import annotations

import getpass
import ipaddress
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from docproc.api.app import create_app
from docproc.api.context import Context
from docproc.core.errors import UsageError

GRACE = 10  # seconds that requests under way have when the server is stopped
_BACKLOG = 2048


class Server(uvicorn.Server):
    """Ends the streams of events first when it stops: they would go on for ever."""

    def __init__(self, context: Context, grace: int = GRACE) -> None:
        proxies = context.serving.proxies
        self._app = create_app(context)
        super().__init__(
            uvicorn.Config(
                self._app,
                log_config=None,
                access_log=False,  # nothing that a client chose is logged
                server_header=False,
                proxy_headers=bool(proxies),
                forwarded_allow_ips=proxies or None,
                timeout_graceful_shutdown=grace,
                timeout_keep_alive=30,
                backlog=_BACKLOG,
                lifespan="on",
            )
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As of uvicorn."""
        self._app.state.following.stop()
        await super().shutdown(sockets)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def person() -> str:
    """The login name, for who needs no key."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user without a name, as in containers
        return "local"


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens there. Raises UsageError where that cannot be had."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        family, kind, protocol, _, address = found[0]
        # With its protocol named: asyncio sets TCP_NODELAY only then, and answers are 40 ms late without.
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise UsageError(f"cannot listen at {host}: {error.strerror or error}; name another --host") from error
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            raise UsageError(f"cannot listen at {host}:{port}: {error.strerror}; name another --port") from error
        listener.listen(_BACKLOG)
        yield listener


def address_of(listener: socket.socket) -> str:
    """The URL of a socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(context: Context, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Answer until SIGINT or SIGTERM, which then count as dealt with. `ready` is called once they are heeded."""
    server = Server(context)

    def end(*_: object) -> None:
        server.should_exit = True

    # uvicorn has its own while it runs; these are for the moments before, and for what it raises again afterwards.
    before: dict[int, Any] = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        ready()
        server.run([listener])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
