"""Doorbells for Celery workers, sent by task name from a thread of their own.

With a broker that refuses connections Celery's `apply_async` takes 6 to 7 seconds, with one that hangs the whole socket
timeout: no request and no commit may wait for that.
"""

from __future__ import annotations

import logging
import threading
from importlib.util import find_spec
from typing import Any

from docproc.core.errors import MissingExtra, UsageError
from docproc.queues import WAKE, Stage, bell

EXPIRES = 60  # seconds after which a doorbell that nobody heard is thrown away: the reaper has rung again by then
MOST = 16  # doorbells that wait to be heard: where nobody listens they are not to pile up
QUIET = 0.5  # seconds between two rings of a stage: what is ready by then is found by whoever comes for the first
CLOSING = 5.0  # seconds that `close` waits for the last ring
BROKER = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    # One try: kombu's hundred, a little later each, would hold up the last ring of a process that ends.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
}

log = logging.getLogger(__name__)


class CeleryQueue:
    """Rings through the broker at `url` (redis://…), each stage at most every `QUIET` seconds."""

    name = "celery"
    inline = False

    def __init__(self, url: str) -> None:
        if not url:
            raise UsageError("the queue celery needs the address of Redis: set DOCPROC_REDIS_URL=redis://host:6379/0")
        for library in ("celery", "redis"):
            if find_spec(library) is None:
                raise MissingExtra("fleet", "the queue celery")
        self._url = url
        self._pending: set[tuple[Stage, str]] = set()
        self._change = threading.Condition()
        self._closed = threading.Event()
        self._ringing: threading.Thread | None = None

    def ring(self, stage: Stage, engine: str = "") -> None:
        """As of `Queue`."""
        with self._change:
            self._pending.add((stage, engine))
            if self._ringing is None and not self._closed.is_set():
                # A daemon, since it may hang in a socket while everybody else is done.
                self._ringing = threading.Thread(target=self._ring_on, name="docproc-doorbell", daemon=True)
                self._ringing.start()
            self._change.notify_all()

    def close(self) -> None:
        """As of `Queue`."""
        self._closed.set()
        with self._change:
            self._change.notify_all()
            ringing = self._ringing
        if ringing is not None:
            ringing.join(CLOSING)

    def _ring_on(self) -> None:
        from celery import Celery  # noqa: PLC0415 - an extra, and half a second

        app = Celery(broker=self._url, set_as_current=False)
        app.conf.update(broker_transport_options=BROKER, task_ignore_result=True, result_backend=None)
        while True:
            with self._change:
                self._change.wait_for(lambda: self._pending or self._closed.is_set())
                rings, self._pending = self._pending, set()
            if not rings:
                app.close()
                return
            for stage, engine in sorted(rings):
                self._send(app, stage, bell(stage, engine))
            self._closed.wait(QUIET)

    def _send(self, app: Any, stage: Stage, name: str) -> None:
        from kombu.exceptions import OperationalError  # noqa: PLC0415 - an extra
        from redis.exceptions import RedisError  # noqa: PLC0415 - an extra

        try:
            with app.pool.acquire(block=True) as connection:
                if connection.default_channel.client.llen(name) < MOST:
                    way = {"connection": connection, "queue": name}
                    app.send_task(WAKE[stage], **way, expires=EXPIRES, retry=False, ignore_result=True)
        except (OperationalError, RedisError, OSError) as error:
            log.warning("the workers were not woken, they look by themselves: %s", error)
