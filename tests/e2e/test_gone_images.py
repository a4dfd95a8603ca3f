"""Page images that are gone, as `docproc gc` leaves them: whoever needs one renders it again."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from docproc.imaging.remote import Remote
from docproc.imaging.store import ImageStore
from tests.e2e.conftest import LETTERS, Shell, make_pdf, script
from tests.imaging.s3 import s3_server, use

TEXT = "Dear Sir, the total of 12.50 EUR is due. Yours, Anna Example, Example Street 1, Exampletown"
CITY = "  - {key: city, ask: Where was it written?, type: string}\n"
TONE = "  - {key: tone, ask: How polite is it?, type: string, scope: document}\n"


def lose_images(shell: Shell) -> set[str]:
    """Remove all page images; the names that they had."""
    images = shell.folder / "home" / "images"
    names = {path.name for path in images.rglob("*.jpg")}
    assert names
    shutil.rmtree(images)
    return names


def images(shell: Shell) -> set[str]:
    return {path.name for path in (shell.folder / "home" / "images").rglob("*.jpg")}


def ask_more(shell: Shell, question: str) -> None:
    (shell.folder / "sets" / "letters.yaml").write_text(LETTERS + question)


def run(shell: Shell, path: Path) -> dict[str, Any]:
    """One run over a file; its line."""
    done = shell("run", str(path), "-q", "letters", "--json")
    assert done.lines, done.err
    line: dict[str, Any] = done.lines[0]
    return line


def test_a_new_question_renders_the_page_again(shell: Shell) -> None:
    pdf = make_pdf(shell.folder / "a.pdf", [TEXT, TEXT + " again"])
    assert run(shell, pdf)["status"] == "succeeded"
    before = lose_images(shell)
    ask_more(shell, CITY)
    line = run(shell, pdf)
    assert (line["status"], line["pages"]["answered"]) == ("succeeded", 2)
    assert images(shell) == before
    assert len(shell.rows("select * from letters_pages where city is not null")) == 2


def test_a_question_about_the_document_renders_its_pages_again(shell: Shell) -> None:
    pdf = make_pdf(shell.folder / "a.pdf", [TEXT, TEXT + " again"])
    assert run(shell, pdf)["status"] == "succeeded"
    before = lose_images(shell)
    ask_more(shell, TONE)
    assert run(shell, pdf)["status"] == "succeeded"
    assert images(shell) == before


def test_what_nobody_asks_is_not_rendered_again(shell: Shell) -> None:
    pdf = make_pdf(shell.folder / "a.pdf", [TEXT])
    assert run(shell, pdf)["status"] == "succeeded"
    lose_images(shell)
    assert run(shell, pdf)["status"] == "succeeded"
    assert images(shell) == set()


def test_a_retry_renders_the_page_again_or_says_why_it_cannot(shell: Shell) -> None:
    pdf = make_pdf(shell.folder / "a.pdf", [TEXT, TEXT + " again"])
    script(shell, [{"page": 2, "error": "page"}, {"key": "sender", "value": "Anna Example"}])
    assert run(shell, pdf)["status"] == "partial"
    lose_images(shell)
    pdf.rename(shell.folder / "elsewhere.pdf")
    done = shell("retry", "1", "--json")
    assert (done.code, images(shell)) == (2, set())
    assert "a.pdf: cannot be read any more" in done.lines[0]["message"]
    (shell.folder / "elsewhere.pdf").rename(pdf)
    done = shell("retry", "1", "--json")
    assert "cannot be read" not in done.lines[0]["message"]
    assert len(images(shell)) == 1, "the page that succeeded is not asked, so it is not rendered"


def test_show_draws_a_page_whose_image_is_gone(shell: Shell) -> None:
    pdf = make_pdf(shell.folder / "a.pdf", [TEXT])
    run(shell, pdf)
    lose_images(shell)
    done = shell("show", "a.pdf", "--image", "page.png")
    assert done.code == 0, done.err
    assert (shell.folder / "page.png").stat().st_size > 1000


def make_old(shell: Shell, days: float) -> None:
    """Let everything have happened that many days ago."""
    then = time.time() - days * 86_400
    for path in (shell.folder / "home" / "images").rglob("*.jpg"):
        os.utime(path, (then, then))
    with closing(sqlite3.connect(shell.folder / "home" / "docproc.db")) as database, database:
        database.execute("UPDATE documents SET created_at = ?", (then,))
        database.execute("UPDATE job_documents SET finished_at = ?", (then,))


def test_gc_removes_old_images_and_what_is_asked_later_is_rendered_again(shell: Shell) -> None:
    pdf = make_pdf(shell.folder / "a.pdf", [TEXT, TEXT + " again"])
    run(shell, pdf)
    before = images(shell)
    make_old(shell, 40)
    (told,) = shell("gc", "--json").lines
    assert (told["unused"]["files"], told["retired"]["files"], told["kept"]["files"]) == (0, 0, 2)
    (told,) = shell("gc", "--older-than", "30d", "--dry-run", "--json").lines
    assert (told["dry_run"], told["retired"]["files"]) == (True, 2)
    assert images(shell) == before
    done = shell("gc", "--older-than", "4w")
    assert done.code == 0, done.err
    assert "retired" in done.out
    assert images(shell) == set()
    ask_more(shell, CITY + TONE)
    line = run(shell, pdf)
    assert (line["status"], line["pages"]["answered"]) == ("succeeded", 2)
    assert images(shell) == before
    assert shell("gc", "--older-than", "30d", "--json").lines[0]["kept"]["files"] == 2


@pytest.mark.parametrize("age", ["30", "soon", "1h", "-3d"])
def test_gc_refuses_an_age_that_is_none_or_too_low(shell: Shell, age: str) -> None:
    done = shell("gc", f"--older-than={age}")
    assert done.code == 1
    assert "--older-than" in done.err


def test_page_images_in_an_object_store_are_used_from_any_machine(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdf = make_pdf(shell.folder / "a.pdf", [TEXT])
    with s3_server() as server:
        url = use(server, monkeypatch, "pages") + "/letters"
        shell.settings |= {**server.environment, "DOCPROC_IMAGES": url}
        assert run(shell, pdf)["status"] == "succeeded"
        assert not (shell.folder / "home" / "images").exists()
        stored = ImageStore(Remote(url, shell.folder / "cache")).listing()
        assert len([file for files in stored for file in files]) == 1
        shutil.rmtree(shell.folder / "home" / "image-cache")
        pdf.unlink()
        done = shell("show", "a.pdf", "--image", "page.png")
        assert done.code == 0, done.err
        assert len(list((shell.folder / "home" / "image-cache").rglob("*.jpg"))) == 1
        shutil.rmtree(shell.folder / "home" / "image-cache")
    done = shell("show", "a.pdf", "--image", "page.png")
    assert done.code == 4
    assert "does not answer" in done.err
