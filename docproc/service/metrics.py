"""Prometheus metrics: what the database knows of the whole fleet, and what one process counted of its own work.

What is measured from the database is the same from whichever process it is asked; what a process counts adds up over
all of them. No label has a value that a document or a person chose: stages, states, engines' names, error codes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, get_args

from docproc import __version__
from docproc.core.errors import MissingExtra, PageCode, Unavailable, UsageError
from docproc.service.meter import Meter, Stage
from docproc.store import status
from docproc.store.database import Database

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import GaugeMetricFamily, Metric

_PORTS = 16  # that processes of one machine share
WINDOW = 60.0  # seconds that "last minute" means
_CODES = frozenset(get_args(PageCode))
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
_STATES = ("answered", "blank", "failed", "cancelled")
_STORED = (*_STATES, "rastered")  # drawn, and to be asked yet: counted again when it is


class Counters:
    """A `Meter` that keeps Prometheus counters and histograms in a registry. One per registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        client = _client()
        self._pages = client.Counter("docproc_pages", "Pages stored by this process", ["state"], registry=registry)
        self._tokens = client.Counter(
            "docproc_tokens", "Tokens of pages stored by this process", ["direction"], registry=registry
        )
        self._seconds = client.Histogram(
            "docproc_stage_seconds",
            "Seconds that one batch took in a stage",
            ["stage"],
            registry=registry,
            buckets=_BUCKETS,
        )
        self._fenced = client.Counter(
            "docproc_fenced_commits", "Results dropped because their lease was lost", registry=registry
        )
        self._expired = client.Counter(
            "docproc_lease_expiries", "Ended leases taken back by this process", registry=registry
        )
        self._quarantined = client.Counter(
            "docproc_quarantined", "Tasks that this process gives to no worker any more", registry=registry
        )
        self._away = client.Counter(
            "docproc_engine_away", "Calls of this process that found the engine away", registry=registry
        )
        # A series that appears with its first event hides that event from `rate`.
        for state in _STORED:
            self._pages.labels(state)
        for direction in ("in", "out"):
            self._tokens.labels(direction)
        for stage in get_args(Stage):
            self._seconds.labels(stage)

    def ended(self, state: str, pages: int = 1) -> None:
        """As of `Meter`."""
        self._pages.labels(state).inc(pages)

    def tokens(self, shown: int, said: int) -> None:
        """As of `Meter`."""
        self._tokens.labels("in").inc(shown)
        self._tokens.labels("out").inc(said)

    def took(self, stage: Stage, seconds: float) -> None:
        """As of `Meter`."""
        self._seconds.labels(stage).observe(seconds)

    def fenced(self, tasks: int) -> None:
        """As of `Meter`."""
        self._fenced.inc(tasks)

    def expired(self, leases: int) -> None:
        """As of `Meter`."""
        self._expired.inc(leases)

    def quarantined(self) -> None:
        """As of `Meter`."""
        self._quarantined.inc()

    def away(self) -> None:
        """As of `Meter`."""
        self._away.inc()


class Fleet:
    """A collector that asks the database at every scrape. While it is away, `docproc_database_up` alone says so."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[Metric]:
        """The metric families, as Prometheus' client library wants them."""
        yield _gauge("docproc_info", "The version of docproc", ["version"], [((__version__,), 1.0)])
        try:
            measured = self._measured()
        except Unavailable:
            measured = None
        yield _gauge("docproc_database_up", "Whether the database answers", [], [((), float(measured is not None))])
        yield from measured or ()

    def _measured(self) -> list[Metric]:
        with self._database.read() as conn:
            queues = status.queues(conn)
            return [
                *_queued(queues),
                *_lately(status.done(conn, WINDOW)),
                _failed(status.failures(conn, WINDOW)),
                _single(
                    "docproc_quarantined_tasks", "Tasks that no worker is given any more", status.quarantined(conn)
                ),
                _single("docproc_leasing_workers", "Workers that hold leases", len(status.leases(conn))),
                _single("docproc_open_jobs", "Jobs that have not ended", status.count_open(conn)),
            ]

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering the collector asks no database."""
        return ()


def text(registry: CollectorRegistry) -> str:
    """What a registry holds, in Prometheus' text format."""
    return str(_client().generate_latest(registry).decode())


def new_registry(database: Database | None = None) -> CollectorRegistry:
    """A registry of this caller's own, with the fleet's figures where a database is given. Raises MissingExtra."""
    registry: CollectorRegistry = _client().CollectorRegistry()
    if database is not None:
        registry.register(Fleet(database))
    return registry


def serve(registry: CollectorRegistry, address: str) -> tuple[str, Callable[[], None]]:
    """Answer HTTP requests at HOST:PORT (port 0: a free one) in a thread; returns the address and how to end it.

    Raises UsageError for an address that is none, or that cannot be had.
    """
    host, port = host_and_port(address)
    try:
        server, thread = _client().start_http_server(port, host, registry)
    except OSError as error:
        raise UsageError(f"cannot listen at {address}: {error.strerror or error}; name another port") from error

    def end() -> None:
        if sys.is_finalizing():  # its thread does not run any more, and would be waited for without end
            return
        server.shutdown()
        server.server_close()
        thread.join()

    return f"{host}:{server.server_port}", end


@contextmanager
def metered(address: str) -> Iterator[Meter]:
    """A meter that is read over HTTP at `address` while the block runs.

    Where another process has the port, one of the next 15 is taken: the workers of one machine need one setting.
    """
    registry = new_registry()
    counters = Counters(registry)
    host, port = host_and_port(address)
    for tried in range(_PORTS):
        try:
            _, end = serve(registry, f"{host}:{port + tried if port else 0}")
            break
        except UsageError:
            if tried == _PORTS - 1:
                raise
    try:
        yield counters
    finally:
        end()


def host_and_port(address: str) -> tuple[str, int]:
    """The parts of HOST:PORT, [IPV6]:PORT, or PORT, which is of this machine alone. Raises UsageError."""
    host, _, port = address.strip().rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise UsageError(f"{address!r} is no HOST:PORT; write 127.0.0.1:9464, or 0.0.0.0:9464 for every interface")
    return host.strip("[]") or "127.0.0.1", int(port)


def _client() -> ModuleType:
    try:
        import prometheus_client  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise MissingExtra("metrics", "Prometheus metrics") from error
    return prometheus_client


def _queued(queues: list[status.QueueRow]) -> Iterator[Metric]:
    counts = [
        ((q.stage, state, q.engine, q.queue), float(n))
        for q in queues
        for state, n in (("ready", q.ready), ("leased", q.leased))
    ]
    yield _gauge("docproc_tasks", "Unfinished tasks", ["stage", "state", "engine", "queue"], counts)
    ages = [((q.stage, q.engine, q.queue), q.oldest or 0.0) for q in queues]
    labels = ["stage", "engine", "queue"]
    yield _gauge("docproc_oldest_ready_seconds", "Age of the oldest ready task", labels, ages)


def _lately(rows: list[status.DoneRow]) -> Iterator[Metric]:
    pages = [((state,), float(sum(row.pages for row in rows if row.state == state))) for state in _STATES]
    yield _gauge("docproc_last_minute_pages", "Pages that the fleet finished in the last minute", ["state"], pages)
    shown, said = (float(sum(getattr(row, name) for row in rows)) for name in ("tokens_in", "tokens_out"))
    tokens = [(("in",), shown), (("out",), said)]
    yield _gauge("docproc_last_minute_tokens", "Tokens of these pages", ["direction"], tokens)


def _failed(failures: dict[str, int]) -> Metric:
    counts = dict.fromkeys((*_CODES, "other"), 0.0)
    for code, count in failures.items():
        counts[code if code in _CODES else "other"] += count
    samples = [((code,), counts[code]) for code in sorted(counts)]
    return _gauge("docproc_last_minute_failures", "Tasks that failed in the last minute", ["code"], samples)


def _single(name: str, what: str, value: int) -> Metric:
    return _gauge(name, what, [], [((), float(value))])


def _gauge(
    name: str, what: str, labels: list[str], samples: Sequence[tuple[Sequence[str], float]]
) -> GaugeMetricFamily:
    from prometheus_client.core import GaugeMetricFamily as Family  # noqa: PLC0415

    family = Family(name, what, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family
