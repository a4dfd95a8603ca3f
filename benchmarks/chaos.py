"""Pages that a real fleet loses or doubles while it is killed, frozen, and cut off from its servers: 0 of both."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg
from sqlalchemy import make_url

from benchmarks.support import Figures, Options, Say
from docproc.store.database import open_database
from tests.chaos import faults
from tests.chaos.audit import audit
from tests.chaos.hostile import with_bomb
from tests.e2e.conftest import LETTERS, Shell
from tests.e2e.test_fleet import Fleet, answered, done, letters
from tests.servers import postgresql
from tests.servers_redis import Redis, redis_server

OPTIONS = {"pages": 200, "rounds": 1, "away": 45, "kills": 8}
_PATIENCE = 200.0  # seconds until what is not done counts as lost


@dataclass(frozen=True)
class Place:
    """A fleet and the servers that it needs."""

    fleet: Fleet
    redis: Redis
    url: str
    options: Options


def run(say: Say, options: Options) -> Figures:
    """Each fault meets a job of its own, with work in hand; then the whole database is looked through."""
    figures: Figures = {"lost": 0, "doubled": 0, "wrong": 0, "runs": 0}
    with TemporaryDirectory() as name, postgresql() as server, redis_server() as redis:
        for round_number in range(options["rounds"]):
            for fault in FAULTS:
                with _place(Path(name, f"{fault.__name__}{round_number}"), server, redis, options) as place:
                    began = time.monotonic()
                    poisonous = fault(place) or 0
                    lost, doubled, wrong = _outcome(place, poisonous, say)
                title = fault.__name__.strip("_")
                seconds = time.monotonic() - began
                say(f"  {title}: {lost} lost, {doubled} doubled, {wrong} wrong, {seconds:.0f} s")
                for key, count in (("lost", lost), ("doubled", doubled), ("wrong", wrong), ("runs", 1)):
                    figures[key] = int(str(figures[key])) + count
                figures[f"{title}_lost"] = int(str(figures.get(f"{title}_lost", 0))) + lost
    return figures


def _outcome(place: Place, poisonous: int, say: Say) -> tuple[int, int, int]:
    """Pages lost, doubled, and whatever else is wrong; `poisonous` pages have to fail."""
    deadline = time.monotonic() + _PATIENCE
    while place.fleet.number("SELECT count(*) FROM jobs WHERE finished_at IS NULL") and time.monotonic() < deadline:
        time.sleep(0.2)
    found = audit(place.url)
    for sentence in found.wrong[:5]:
        say(f"    {sentence}")
    return found.lost + abs(len(found.failed) - poisonous), found.doubled, len(found.wrong)


@contextmanager
def _place(folder: Path, server: str, redis: Redis, options: Options) -> Iterator[Place]:
    """A database of its own, and the job's files."""
    (folder / "sets").mkdir(parents=True)
    (folder / "sets" / "letters.yaml").write_text(LETTERS)
    name = f"docproc_chaos_{os.getpid()}_{folder.name}"
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    with closing(open_database(url)) as database:
        database.upgrade()
    where = {"DOCPROC_DATABASE_URL": url, "DOCPROC_REDIS_URL": redis.url, "DOCPROC_QUEUE": "celery"}
    sets = {"DOCPROC_QUESTION_SETS": str(folder / "sets"), "DOCPROC_ENGINE": "scripted"}
    shell = Shell(folder, {**sets, **where})
    faults.slowly(shell, 0.03)
    letters(shell, files=max(1, options["pages"] // 10), pages=10)
    fleet = Fleet(shell)
    try:
        yield Place(fleet, redis, url, options)
    finally:
        fleet.close()
        with psycopg.connect(server, autocommit=True) as conn:
            conn.execute(f"DROP DATABASE {name} WITH (FORCE)")
        shutil.rmtree(folder, ignore_errors=True)


def _submit(place: Place) -> None:
    submitted = place.fleet.shell("run", "in", "-q", "letters", "--no-wait")
    if submitted.code:
        raise RuntimeError(submitted.err)


def _busy(place: Place, *queues: str) -> list[psutil.Process]:
    """Workers that have work in hand."""
    workers = [psutil.Process(place.fleet.start(wanted).pid) for wanted in queues]
    _submit(place)
    faults.until(lambda: answered(place.fleet) > 3 and faults.in_hand(place.fleet) > 0)
    return workers


def _sigkills(place: Place) -> None:
    _submit(place)
    faults.kill_in_turn(place.fleet, ["gpu", "raster,io"], place.options["kills"])


def _redis(place: Place) -> None:
    _busy(place, "gpu", "raster,io")
    for _ in range(2):
        place.redis.kill()
        time.sleep(1)
        place.redis.start()


def _database_gone(place: Place) -> None:
    _busy(place, "gpu", "raster,io")
    with faults.refused(place.url):
        time.sleep(place.options["away"])


def _database_frozen(place: Place) -> None:
    _busy(place, "gpu", "raster,io")
    with faults.frozen(faults.server_process(place.url)):
        time.sleep(place.options["away"] / 3)


def _worker_frozen(place: Place) -> None:
    """Past its lease, by the clock."""
    late, _ = _busy(place, "gpu", "raster,io")
    with faults.frozen(late):
        place.fleet.start("gpu")
        faults.until(lambda: faults.in_hand(place.fleet) == 0 and done(place.fleet), _PATIENCE)
    time.sleep(3)  # its late commits


def _disk_full(place: Place) -> None:
    images = place.fleet.shell.folder / "disk" / "images"
    place.fleet.shell.settings["DOCPROC_IMAGES"] = str(images)
    with faults.small_disk(images, 64) as own:
        _submit(place)
        with faults.full(images, own):
            place.fleet.start("gpu")
            place.fleet.start("raster,io")
            faults.until(lambda: "cannot be written to" in place.fleet.said())
            time.sleep(5)
        faults.until(lambda: done(place.fleet), _PATIENCE)


def _stops(place: Place) -> None:
    """Warm and cold, worker after worker."""
    fleet = place.fleet
    _submit(place)
    for signs in ([signal.SIGTERM], [signal.SIGQUIT], [signal.SIGTERM, signal.SIGTERM]):
        asking, drawing = fleet.start("gpu"), fleet.start("raster,io")
        before = answered(fleet)
        faults.until(lambda before=before: answered(fleet) > before or done(fleet))  # type: ignore[misc]
        for worker in (asking, drawing):
            faults.stop(worker, signs)
    fleet.start("gpu")
    fleet.start("raster,io")


def _poison(place: Place) -> int:
    """A page that no renderer finishes, among good ones."""
    with_bomb(place.fleet.shell.folder / "in" / "bomb.pdf", pages=10, bomb=5)
    place.fleet.shell.settings["DOCPROC_PAGE_SECONDS"] = "2"
    _busy(place, "gpu", "raster,io")
    return 1


def _twins(place: Place) -> None:
    """Two submit the same files at once."""
    shell = place.fleet.shell
    place.fleet.start("gpu")
    place.fleet.start("raster,io")
    for running in [shell.start("run", "in", "-q", "letters", "--no-wait") for _ in range(2)]:
        _, told = running.communicate()
        if running.returncode:
            raise RuntimeError(told)


FAULTS: tuple[Callable[[Place], int | None], ...] = (
    _sigkills,
    _redis,
    _database_gone,
    _database_frozen,
    _worker_frozen,
    _disk_full,
    _stops,
    _poison,
    _twins,
)
