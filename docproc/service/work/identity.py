"""Which process a worker is, so that a dead one's work is taken back at once on the same host."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from uuid import uuid4


def worker_name() -> str:
    """host:pid:random."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


def dead(names: Iterable[str]) -> list[str]:
    """Those of the workers that ran on this host and whose process is gone."""
    here = f"{socket.gethostname()}:"
    return [name for name in names if name.startswith(here) and not _alive(int(name.split(":")[-2]))]


def _alive(pid: int) -> bool:
    if pid == os.getpid():
        return True
    try:
        os.kill(pid, 0)  # signal 0 only asks
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
