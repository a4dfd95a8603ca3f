from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from docproc.core.boxes import Box
from docproc.core.errors import PageFailed, UsageError
from docproc.core.questions import Question
from docproc.core.types import Page, Prompt, Reading, Word
from docproc.engines.ocr import OcrEngine, create
from docproc.imaging.store import ImageStore
from tests.engines.ocr.printed import LETTER, png, printed, turned

TEXT = Question("text", "?", "text", role="ocr.text")
NUMBER = Question("invoice_number", "?", "string", labels=("invoice number",))


@pytest.fixture
def images(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path)


@pytest.fixture
def engine(images: ImageStore) -> Iterator[OcrEngine]:
    made = create({"workers": "2"}, images)
    yield made
    made.close()


def scan(images: ImageStore, number: int = 1, turn: int = 0) -> Page:
    image = turned(printed(), turn)
    return Page("d", number, images.put(png(image), ".png"), image.shape[1], image.shape[0], 150)


def layer(text: str) -> Reading:
    words = [Word(word, Box(100 * i, 10, 100 * i + 80, 30)) for i, word in enumerate(text.split())]
    return Reading("layer", tuple(words), 875, 1240)


def said(engine: OcrEngine, *pages: Page) -> str:
    return str(json.loads(engine.complete([Prompt(pages, (TEXT,))])[0].replies[0].text)["value"])


def test_a_trusted_text_layer_is_read_and_the_image_is_not(engine: OcrEngine) -> None:
    page = Page("d", 1, "aa/gone.png", 875, 1240, 150, layer=layer("from the layer"), layer_trusted=True)
    (completion,) = engine.complete([Prompt((page,), (TEXT,))])
    assert json.loads(completion.replies[0].text)["value"] == "from the layer"
    assert completion.readings == (None,)


def test_an_earlier_ocr_reading_is_used_again(engine: OcrEngine) -> None:
    page = Page("d", 1, "aa/gone.png", 875, 1240, 150, layer=layer("l i e s"), ocr=replace(layer("read"), source="ocr"))
    assert said(engine, page) == "read"


def test_a_page_without_a_good_layer_is_read_and_its_reading_given_back(engine: OcrEngine, images: ImageStore) -> None:
    page = replace(scan(images), layer=layer("not to be trusted"))
    (completion,) = engine.complete([Prompt((page,), (TEXT,))])
    (reading,) = completion.readings
    assert reading is not None
    assert reading.source == "ocr"
    assert reading.text.split() == " ".join(LETTER).split()
    assert json.loads(completion.replies[0].text)["value"] == reading.text


def test_a_page_of_which_nothing_is_asked_is_still_read(engine: OcrEngine, images: ImageStore) -> None:
    (completion,) = engine.complete([Prompt((scan(images),), ())])
    assert completion.replies == ()
    assert completion.readings[0] is not None


def test_boxes_are_fractions_of_the_page_as_it_lies(engine: OcrEngine, images: ImageStore) -> None:
    for turn, middle in ((0, (0.5, 0.17)), (90, (0.83, 0.5)), (180, (0.5, 0.83)), (270, (0.17, 0.5))):
        (completion,) = engine.complete([Prompt((scan(images, 4, turn),), (NUMBER,))])
        (reply,) = completion.replies
        assert json.loads(reply.text)["value"] == "INV-20417"
        (found,) = reply.boxes
        assert found.page == 4
        x, y = found.box.cx, found.box.cy
        assert abs(x - middle[0]) < 0.2
        assert abs(y - middle[1]) < 0.2


def test_a_page_that_is_no_image_fails_with_its_reason(engine: OcrEngine, images: ImageStore) -> None:
    page = Page("d", 3, images.put(b"no image at all", ".png"), 100, 100, 150)
    with pytest.raises(PageFailed, match="no image") as failed:
        engine.complete([Prompt((page,), (TEXT,))])
    assert failed.value.code == "engine_error"


def test_an_image_that_is_gone_fails_its_page(engine: OcrEngine) -> None:
    with pytest.raises(PageFailed, match="gone"):
        engine.complete([Prompt((Page("d", 3, "aa/gone.png", 100, 100, 150),), (TEXT,))])


def test_one_page_of_several_that_cannot_be_read_leaves_what_is_not_found_open(
    engine: OcrEngine, images: ImageStore
) -> None:
    broken = Page("d", 2, images.put(b"no image at all", ".png"), 100, 100, 150)
    absent = Question("colour", "?", "string", labels=("colour of the roof",))
    (completion,) = engine.complete([Prompt((scan(images), broken), (TEXT, absent))])
    assert "INV-20417" in json.loads(completion.replies[0].text)["value"]
    assert completion.replies[1].finish == "unreadable"
    assert completion.readings[1] is None
    (whole,) = engine.complete([Prompt((scan(images),), (absent,))])
    assert json.loads(whole.replies[0].text)["value"] is None


def test_a_child_that_dies_fails_its_page_alone(engine: OcrEngine, images: ImageStore) -> None:
    said(engine, scan(images))  # a child is up
    before = set(engine._children.pids())
    caught: list[PageFailed] = []

    def ask() -> None:
        try:
            said(engine, *[scan(images, number) for number in range(1, 2)])
        except PageFailed as error:
            caught.append(error)

    thread = Thread(target=ask)
    thread.start()
    time.sleep(0.1)  # the page takes half a second
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    thread.join()
    assert [error.code for error in caught] == ["out_of_memory"]
    assert "INV-20417" in said(engine, scan(images))


def test_a_page_that_takes_too_long_fails(images: ImageStore) -> None:
    slow = create({"workers": "1", "timeout": "1"}, images)
    try:
        pages = [replace(scan(images), image=images.put(png(printed([f"{'word ' * 20}"] * 24, size=9)), ".png"))]
        slow._timeout = 0.05
        with pytest.raises(PageFailed, match="not done") as failed:
            slow.complete([Prompt(tuple(pages), (TEXT,))])
        assert failed.value.code == "engine_error"
    finally:
        slow.close()


@pytest.mark.parametrize("settings", [{"limit_side": "wide"}, {"workers": "none"}, {"timeout": "-1"}])
def test_a_faulty_setting_is_refused(images: ImageStore, settings: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=next(iter(settings))):
        create(settings, images)


def test_settings_that_change_answers_change_the_fingerprint(images: ImageStore) -> None:
    prints = set()
    for settings in ({}, {"limit_side": "960"}, {"workers": "3"}):
        made = create(settings, images)
        prints.add(made.fingerprint)
        made.close()
    assert len(prints) == 2
