"""Page images that are gone, as `docproc gc` leaves them: whoever needs one renders it again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tests.e2e.conftest import LETTERS, Shell, make_pdf, script

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
