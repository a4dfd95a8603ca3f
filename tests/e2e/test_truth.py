"""A model that really reads, through the whole product: what is printed decides what lands in the database.

The reader (see tests/truth/README.md) has seen none of these pages. Each test would fail if pixels, tiles, prompts
or positions went astray.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pymupdf
import pytest

from tests.truth import page
from tests.truth.asking import Answers, ask, exact_match, in_process, scans, sheets, values
from tests.truth.lessons import KEYS, SETTINGS

PAGES = 20  # with five questions each
LEFT = page.SIZE[0] // 2
Read = Callable[..., Answers]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads pages by the engine in this process: `read(pages, policy, **settings)`."""

    def answers(pages: Sequence[page.Sheet], policy: str, **settings: str) -> Answers:
        files = scans(pages, tmp_path / "in")
        return ask(tmp_path / "home", files, "qwen", in_process({**SETTINGS[policy], **settings}))

    return answers


def full(seed: str) -> page.Sheet:
    """A page with an item for every question, in both halves."""
    rng = Random(f"full {seed}")
    while True:
        sheet = page.sheet(rng)
        halves = {item.box[0] >= LEFT for item in sheet.items if item.key}
        if None not in sheet.truth.values() and len(halves) == 2:
            return sheet


@pytest.mark.parametrize("policy", SETTINGS)
def test_unseen_pages_are_answered_right_under_every_tile_policy(read: Read, policy: str) -> None:
    pages = sheets(PAGES, policy)
    assert exact_match(read(pages, policy), pages) >= 0.98


def test_a_swapped_image_swaps_the_answers(read: Read) -> None:
    one, other = full("one"), full("other")
    answers = read([one, other], "tiles")
    swapped = read([other, one], "tiles")
    assert [values(answers, "0.jpg"), values(answers, "1.jpg")] == [one.truth, other.truth]
    assert [values(swapped, "0.jpg"), values(swapped, "1.jpg")] == [other.truth, one.truth]


@pytest.mark.parametrize("key", KEYS)
def test_one_changed_character_changes_that_answer_and_no_other(read: Read, key: str) -> None:
    sheet = full(key)
    value = sheet.item(key).value
    at = len(value) - 1
    changed = value[:at] + next(
        letter for letter in "35RT" if letter != value[at] and letter.isalpha() == value[at].isalpha()
    )
    pages = [sheet, sheet.with_value(key, changed)]
    answers = read(pages, "native")
    assert values(answers, "0.jpg") == sheet.truth
    assert values(answers, "1.jpg") == {**sheet.truth, key: changed}


@pytest.mark.parametrize("policy", ["native", "tiles"])
def test_an_erased_item_is_absent_and_the_others_stay(read: Read, policy: str) -> None:
    sheet = full("erased")
    pages = [sheet.without(key) for key in KEYS]
    answers = read(pages, policy)
    for at, key in enumerate(KEYS):
        assert values(answers, f"{at}.jpg") == {**sheet.truth, key: None}
        assert answers[f"{at}.jpg"][key].status == "absent"


@pytest.mark.parametrize("policy", ["tiles", "textbook", "second_look"])
def test_a_blanked_close_up_loses_exactly_its_answers(read: Read, policy: str) -> None:
    sheet = full("halves")
    left, right = (page.Sheet(tuple(i for i in sheet.items if (i.box[0] >= LEFT) == side)) for side in (False, True))
    answers = read([left, right], policy)
    assert values(answers, "0.jpg") == left.truth
    assert values(answers, "1.jpg") == right.truth
    assert {**left.truth, **{key: value for key, value in right.truth.items() if value}} == sheet.truth


def test_a_page_without_ink_is_not_asked_about(read: Read) -> None:
    sheet = full("beside")
    answers = read([page.Sheet(()), sheet], "tiles")
    assert "0.jpg" not in answers
    assert values(answers, "1.jpg") == sheet.truth


def test_letters_that_are_too_small_are_not_guessed(read: Read) -> None:
    sheet = full("small")
    small = read([sheet], "overview", overview_tokens="18")
    assert values(small, "0.jpg") == dict.fromkeys(KEYS)


def test_a_second_look_tells_what_the_first_could_not(read: Read) -> None:
    sheet = full("second")
    answers = read([sheet], "second_look")
    assert values(answers, "0.jpg") == sheet.truth
    assert all(told.steps == ("closer (absent)",) for told in answers["0.jpg"].values())


def test_the_label_tells_which_value_is_meant(read: Read) -> None:
    first = page.Item("number", "No: ", "4711", 1, 0)
    other = page.Item("", "Tel:", "90258", 4, 12)
    exchanged = page.Sheet((page.Item("number", "No: ", "90258", 1, 0), page.Item("", "Tel:", "4711", 4, 12)))
    answers = read([page.Sheet((first, other)), exchanged], "tiles")
    assert answers["0.jpg"]["number"].value == "4711"
    assert answers["1.jpg"]["number"].value == "90258"


def test_packed_expanded_and_plain_say_the_same(read: Read) -> None:
    pages = sheets(4, "ways")
    packed, expanded, plain = (read(pages, "tiles", way=way) for way in ("packed", "expanded", "plain"))
    assert packed == expanded == plain
    assert exact_match(plain, pages) >= 0.95


def test_a_page_of_a_pdf_is_read_as_its_scan_is(tmp_path: Path) -> None:
    sheet = full("pdf")
    (scan,) = scans([sheet], tmp_path / "in")
    with pymupdf.open() as pdf:
        points = [side * 72 / page.DPI for side in page.SIZE]
        pdf.new_page(width=points[0], height=points[1]).insert_image((0, 0, *points), filename=scan)
        pdf.save(tmp_path / "scan.pdf")
    answers = ask(tmp_path / "home", [tmp_path / "scan.pdf"], "qwen", in_process(SETTINGS["tiles"]))
    assert values(answers, "scan.pdf") == sheet.truth
