"""What a server is told: its limits, its secret, whom it listens to. `docproc.wiring` makes one from the settings."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from docproc.core.errors import Unavailable

_FILE = "session.key"  # in the home folder
_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Serving:
    """The settings of the API. Sizes in bytes, `rate` in requests per second and key (0: any number).

    `hosts` are the names that it answers to, none: any; `pages` the most pages of a document, None: any number;
    `patience` seconds in which something of a body has to come.
    """

    secret: bytes
    url: str = ""
    hosts: tuple[str, ...] = ()
    proxies: str = ""
    file_bytes: int = 500_000_000
    request_bytes: int = 2_000_000_000
    files: int = 100
    pages: int | None = 3000
    rate: float = 100.0
    burst: int = 500
    session_seconds: int = 12 * 3600
    stream_seconds: float = (
        900.0  # of a stream of events: who listens longer comes again, and is asked for the key again
    )
    patience: float = 30.0


def kept_secret(home: Path) -> bytes:
    """What signs the cookies, made when it is first wanted and readable by nobody else. Raises Unavailable."""
    path = home / _FILE
    try:
        home.mkdir(parents=True, exist_ok=True)
        mine = home / f".{_FILE}.{secrets.token_hex(8)}"
        if not path.exists():
            with os.fdopen(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(_LENGTH))
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(mine, path)  # of several processes that begin at once, one makes it
            except FileExistsError:
                pass
            finally:
                mine.unlink()
        secret = path.read_bytes()
    except OSError as error:
        raise Unavailable(f"{path} cannot be made or read: {error.strerror}; or set DOCPROC_API_SECRET") from error
    if len(secret) < _LENGTH:
        raise Unavailable(f"{path} is too short to sign with; delete it, and everybody signs in again")
    return secret
