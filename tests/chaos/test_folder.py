"""docproc watch is killed again and again while files come in: each is asked once and lies in one place."""

from __future__ import annotations

import random
import subprocess
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pymupdf
from sqlalchemy import text

from docproc.store.database import open_database
from tests.chaos.audit import audit
from tests.chaos.test_store import database_of
from tests.e2e.conftest import Shell

ARGUMENTS = ("watch", "in", "-q", "letters", "--settle", "0.1")
FIRST, SPREAD = 0.7, 1.8  # seconds that a watch lives at least, and at most beyond


@dataclass(frozen=True)
class Loss:
    """What a storm has cost, in files; `wrong`: sentences on whatever else is not right."""

    lost: int
    doubled: int
    wrong: tuple[str, ...]


def test_a_storm_of_sigkills_loses_no_file_and_doubles_none(shell: Shell) -> None:
    storm(shell, files=60, kills=6, seed=1)
    done = shell(*ARGUMENTS, "--once")
    assert done.code == 0, done.err
    loss = looked_through(shell, files=60)
    assert (loss.lost, loss.doubled, loss.wrong) == (0, 0, ())


def storm(shell: Shell, files: int, kills: int, seed: int) -> None:
    """Files come in, by renames and by slow writes, while a watch after the other is killed at a random moment."""
    (shell.folder / "in" / "letters").mkdir(parents=True)
    chance = random.Random(seed)
    lives = [FIRST + SPREAD * chance.random() for _ in range(kills)]
    dropping = threading.Thread(target=_drop, args=(shell.folder, files, sum(lives) / files))
    dropping.start()
    for life in lives:
        watch = shell.start(*ARGUMENTS)
        try:
            watch.wait(life)
            raise AssertionError(watch.communicate()[1])
        except subprocess.TimeoutExpired:
            watch.kill()
        finally:
            watch.communicate()
    dropping.join()


def looked_through(shell: Shell, files: int) -> Loss:
    """Whether every file is in done, once, and everything in the database is as it has to be."""
    folder = shell.folder
    wanted = {name: sha256(data).hexdigest() for name, data in map(_document, range(files))}
    done = {
        path.relative_to(folder / "in.done").as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in (folder / "in.done").rglob("*")
        if path.is_file()
    }
    lost = sum(done.get(name) != digest for name, digest in wanted.items())
    wrong = [f"{path} is left" for name in ("in", "in.processing", "in.failed") for path in _files(folder / name)]
    url = database_of(shell)
    with closing(open_database(url)) as database, database.read() as conn:
        rows = conn.execute(
            text("SELECT d.sha256, d.path FROM job_documents f JOIN documents d ON d.id = f.document_id")
        )
        asked = [(str(digest), str(path)) for digest, path in rows]
        in_hand = conn.execute(text("SELECT count(*) FROM drops")).scalar_one()
    doubled = len(done) - len(wanted) + len(asked) - len(wanted)
    places = {digest: str(folder / "in.done" / name) for name, digest in wanted.items()}
    wrong += [f"{digest} is said to be at {path}" for digest, path in asked if places.get(digest) != path]
    wrong += [f"{in_hand} drops are in hand"] if in_hand else []
    found = audit(url, ("local",))
    return Loss(lost + found.lost, doubled + found.doubled, (*wrong, *found.wrong))


def _drop(folder: Path, files: int, pause: float) -> None:
    for number in range(files):
        name, data = _document(number)
        target = folder / "in" / name
        if number % 2:
            aside = folder / "aside.pdf"
            aside.write_bytes(data)
            aside.rename(target)
        else:
            with target.open("wb", buffering=0) as file:
                file.write(data[:100])
                time.sleep(0.02)
                file.write(data[100:])
        time.sleep(pause)


def _document(number: int) -> tuple[str, bytes]:
    """A name, and a PDF of one page, the same at every call; a tenth lies in a folder that names the set."""
    with pymupdf.open() as document:
        document.new_page(width=200, height=100).insert_text((10, 50), f"letter {number}", fontsize=12)
        data: bytes = document.tobytes(no_new_id=True)
    return f"letters/{number}.pdf" if number % 10 == 0 else f"{number}.pdf", data


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".docproc-")]
