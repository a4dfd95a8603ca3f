"""`docproc gc`: what is removed, and what must never be; on both databases, in a folder and in an object store."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from sqlalchemy import update

from docproc.core.errors import UsageError
from docproc.core.types import Page
from docproc.imaging import store as imaging
from docproc.imaging.folder import Stored
from docproc.imaging.remote import Remote
from docproc.imaging.store import ImageStore
from docproc.service import gc
from docproc.service.gc import Collected, Pile
from docproc.service.parts import Parts
from docproc.store import documents, jobs, pages, sets, tasks
from docproc.store.clock import now
from docproc.store.database import Database
from docproc.store.documents import DocumentRow
from docproc.store.pages import RenderedPage
from docproc.store.tables import documents as document_table
from docproc.store.tables import job_documents
from docproc.store.tables import tasks as task_table
from docproc.store.tasks import Key
from tests.store.filled import SET

DAY = 86_400.0


@dataclass(frozen=True)
class House:
    """A database and a store, filled by the tests."""

    database: Database
    images: ImageStore

    def image(self, text: str, days: float = 40) -> str:
        """An image that was put that many days ago."""
        name = self.images.put(text.encode(), ".jpg")
        self.age(name, days)
        return name

    def age(self, name: str, days: float) -> None:
        assert isinstance(self.images.root, Path)
        os.utime(self.images.root / name, (time.time() - days * DAY,) * 2)

    def document(self, name: str, images: list[str], days: float = 40) -> Key:
        """A document with these page images, all done that many days ago."""
        with self.database.write() as conn:
            set_id, engine_id = sets.put_set(conn, SET), sets.put_engine(conn, "scripted", "scripted:1")
            job_id = jobs.create(conn, set_id, engine_id)
            row = DocumentRow(
                0, name.ljust(64, "0"), "application/pdf", len(images), None, "", False, f"/{name}", 9, 0.0
            )
            document_id = documents.put(conn, row)
            key = Key(document_id, set_id, engine_id)
            jobs.add_document(conn, job_id, row.path, key)
            tasks.plan(conn, key, len(images), job_id)
            made = [Page(row.sha256, number + 1, image, 10, 10, 150.0) for number, image in enumerate(images)]
            pages.save(conn, [(document_id, RenderedPage(page, "150", "pymupdf")) for page in made])
            then = now() - days * DAY
            of_document = task_table.c.document_id == document_id
            conn.execute(update(task_table).where(of_document).values(state="answered", finished_at=then))
            of_document = job_documents.c.document_id == document_id
            conn.execute(update(job_documents).where(of_document).values(state="done", finished_at=then))
            of_document = document_table.c.id == document_id
            conn.execute(update(document_table).where(of_document).values(created_at=then))
        return key

    def again(self, key: Key) -> None:
        """A job begins to work on a document."""
        with self.database.write() as conn:
            conn.execute(update(task_table).where(task_table.c.document_id == key.document_id).values(state="ready"))

    def collect(self, days: float | None = None, dry_run: bool = False) -> Collected:
        # The verb looks at two of the parts only.
        parts = cast(Parts, self)
        return gc.collect(parts, None if days is None else days * DAY, dry_run)

    @property
    def names(self) -> set[str]:
        return {file.name for files in self.images.listing() for file in files}


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return House(database, ImageStore(tmp_path / "images"))


def test_an_image_that_no_page_refers_to_goes_and_the_others_stay(house: House) -> None:
    used, unused = house.image("used"), house.image("no longer used")
    house.document("a", [used])
    assert house.collect() == Collected(unused=Pile(1, len("no longer used")), kept=Pile(1, len("used")))
    assert house.names == {used}
    assert unused not in house.names


def test_a_dry_run_tells_the_same_and_removes_nothing(house: House) -> None:
    house.document("a", [house.image("used")])
    house.image("unused")
    before = house.names
    told = house.collect(30, dry_run=True)
    assert house.names == before
    assert told == house.collect(30)
    assert (told.unused.files, told.retired.files, told.kept.files) == (1, 1, 0)
    assert house.names == set()


def test_what_was_put_a_moment_ago_stays(house: House) -> None:
    fresh = house.image("its page is not stored yet", days=0.9)
    again = house.image("old, but wanted again")
    assert house.images.put(b"old, but wanted again", ".jpg") == again
    house.collect(30)
    assert house.names == {fresh, again}


def test_images_of_documents_whose_jobs_ended_long_ago_go_and_their_rows_stay(house: House) -> None:
    old, young = house.image("old"), house.image("young")
    key = house.document("a", [old], days=40)
    house.document("b", [young], days=20)
    assert house.collect(30).retired == Pile(1, 3)
    assert house.names == {young}
    with house.database.read() as conn:
        assert pages.image_of(conn, key.document_id, 1) == old
    assert house.collect(30).retired == Pile(), "what is gone is not counted again"


def test_without_an_age_what_pages_refer_to_stays_however_old(house: House) -> None:
    name = house.image("old", days=4000)
    house.document("a", [name], days=4000)
    house.collect()
    assert house.names == {name}


def test_an_image_that_two_documents_share_goes_with_the_last(house: House) -> None:
    shared = house.image("a white page")
    house.document("a", [shared], days=40)
    house.document("b", [shared], days=20)
    house.collect(30)
    assert house.names == {shared}
    house.collect(10)
    assert house.names == set()


def test_a_document_that_a_job_works_on_keeps_its_images(house: House) -> None:
    name = house.image("old")
    house.again(house.document("a", [name]))
    assert house.collect(30).retired == Pile()
    assert house.names == {name}


def test_a_second_job_that_ended_lately_keeps_the_images(house: House) -> None:
    name = house.image("old")
    key = house.document("a", [name])
    with house.database.write() as conn:
        job_id = jobs.create(conn, key.set_id, key.engine_id)
        jobs.add_document(conn, job_id, "/elsewhere", key)
        of_job = job_documents.c.job_id == job_id
        conn.execute(update(job_documents).where(of_job).values(state="done", finished_at=now() - 60))
    house.collect(30)
    assert house.names == {name}


def test_a_job_that_begins_while_images_are_removed_keeps_its_own(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = house.image("mine"), house.image("other")
    key = house.document("a", [mine])
    house.document("b", [other])
    listing = house.images.listing

    def begin_first() -> Any:
        house.again(key)  # after the look at the database, before the first removal
        yield from listing()

    monkeypatch.setattr(house.images, "listing", begin_first)
    house.collect(30)
    monkeypatch.undo()
    assert house.names == {mine}


def test_what_a_put_that_was_killed_has_left_goes_when_it_is_old(house: House) -> None:
    name = house.image("used")
    house.document("a", [name])
    assert isinstance(house.images.root, Path)
    left = [f"{name[:2]}/.{uuid4().hex}.part", f"sources/ab/.{uuid4().hex}.part", f"{name[:2]}/.{uuid4().hex}.part"]
    for part in left:
        (house.images.root / part).parent.mkdir(parents=True, exist_ok=True)
        (house.images.root / part).write_bytes(b"half")
        house.age(part, 2)
    house.age(left[2], 0)
    assert house.collect().partial == Pile(2, 8)
    assert house.names == {name, left[2]}


def test_sources_and_files_of_others_stay(house: House, tmp_path: Path) -> None:
    import hashlib

    (tmp_path / "a.pdf").write_bytes(b"a source")
    digest = hashlib.sha256(b"a source").hexdigest()
    house.images.put_source(tmp_path / "a.pdf", digest)
    house.age(f"sources/{digest[:2]}/{digest}", 400)
    assert isinstance(house.images.root, Path)
    (house.images.root / "notes.txt").write_text("mine")
    house.age("notes.txt", 400)
    house.collect(30)
    assert house.images.source(digest).read_bytes() == b"a source"
    assert (house.images.root / "notes.txt").exists()


def test_less_than_a_day_is_refused(house: House) -> None:
    with pytest.raises(UsageError, match="a day at least"):
        house.collect(0.5)


@pytest.mark.parametrize("at_once", [2, 3, 1000])
def test_many_pages_are_all_seen(house: House, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gc, "_CHUNK", at_once)
    monkeypatch.setattr(gc, "_BATCH", at_once)
    mine = [house.image(f"page {number}") for number in range(10)]
    house.document("a", mine[:7], days=40)
    house.document("b", mine[7:], days=20)
    for number in range(5):
        house.image(f"unused {number}")
    told = house.collect(30)
    assert (told.unused.files, told.retired.files, told.kept.files) == (5, 7, 3)
    assert house.names == set(mine[7:])


def test_an_object_store_is_tidied_too(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = ImageStore(Remote(f"memory://{uuid4().hex}", tmp_path / "cache"))
    house = House(database, images)
    used, unused, fresh = (images.put(text, ".jpg") for text in (b"used", b"unused", b"fresh"))
    house.document("a", [used], days=20)
    listing = images.listing

    def aged() -> Any:
        for files in listing():
            yield [Stored(f.name, f.size, f.modified - (0 if f.name == fresh else 40 * DAY)) for f in files]

    monkeypatch.setattr(images, "listing", aged)
    assert house.collect(30).unused == Pile(1, 6)
    monkeypatch.undo()
    assert house.names == {used, fresh}
    assert not imaging.ImageStore(Remote(cast(Remote, images.root).url, tmp_path / "other")).has(unused)
