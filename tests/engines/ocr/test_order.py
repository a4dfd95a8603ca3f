from __future__ import annotations

from docproc.core.boxes import Box
from docproc.core.types import Word
from docproc.engines.ocr.order import ordered


def line(text: str, x: float, y: float, number: int = 0) -> list[Word]:
    """Words of 10 pixels a letter, 20 pixels high, a letter apart."""
    words = []
    for part in text.split():
        words.append(Word(part, Box(x, y, x + 10 * len(part), y + 20), line=number))
        x += 10 * len(part) + 10
    return words


def lines(words: list[Word]) -> list[str]:
    rows: dict[int, list[str]] = {}
    for word in ordered(words):
        rows.setdefault(word.line, []).append(word.text)
    return [" ".join(rows[number]) for number in sorted(rows)]


PROSE = [
    "the quick brown fox was",
    "seen to jump over a",
    "lazy dog that lay in",
    "the sun all day long",
    "and did not mind it",
]


def test_a_label_and_its_amount_are_one_line_whatever_the_gap() -> None:
    words = line("12.50", 900, 42, 1) + line("Total", 50, 40, 0) + line("VAT", 50, 80, 2) + line("2.00", 900, 78, 3)
    assert lines(words) == ["Total 12.50", "VAT 2.00"]


def test_columns_of_prose_are_read_one_after_the_other() -> None:
    words = [word for i, text in enumerate(PROSE) for word in line(text, 50, 100 + 30 * i, 2 * i)]
    words += [word for i, text in enumerate(PROSE) for word in line(text.upper(), 320, 100 + 30 * i, 2 * i + 1)]
    assert lines(words) == PROSE + [text.upper() for text in PROSE]


def test_three_columns_under_a_headline_and_over_a_footer_keep_their_order() -> None:
    words = line("A headline that runs over all of the columns of this page without any gap", 50, 40, 99)
    for column in range(3):
        for i, text in enumerate(PROSE):
            words += line(f"{text} {column}", 50 + 300 * column, 100 + 30 * i, column * 10 + i)
    words += line("A footer that runs over all of the columns of this page without any gap", 50, 400, 98)
    texts = lines(words)
    assert texts[0].startswith("A headline")
    assert texts[1:16] == [f"{text} {column}" for column in range(3) for text in PROSE]
    assert texts[16].startswith("A footer")


def test_columns_whose_lines_stand_at_different_heights_are_told_apart() -> None:
    words = [word for i, text in enumerate(PROSE) for word in line(text, 50, 100 + 30 * i, 2 * i)]
    words += [word for i, text in enumerate(PROSE) for word in line(text.upper(), 320, 113 + 27 * i, 2 * i + 1)]
    assert lines(words) == PROSE + [text.upper() for text in PROSE]


def test_a_table_is_read_row_by_row() -> None:
    rows = [
        ("Widget large", "2", "10.00"),
        ("Widget small", "1", "4.50"),
        ("Bolt", "30", "0.10"),
        ("Nut", "30", "0.05"),
        ("Washer", "60", "0.01"),
    ]
    words = []
    for i, cells in enumerate(rows):
        for x, cell in zip((50, 500, 800), cells, strict=True):
            words += line(cell, x, 100 + 40 * i, 3 * i + x)
    assert lines(words) == [" ".join(cells) for cells in rows]


def test_a_slanting_row_holds_together() -> None:
    words = [word for i in range(12) for word in line("word", 50 + 80 * i, 100 + 2.5 * i, i)]
    words += [word for i in range(12) for word in line("next", 50 + 80 * i, 130 + 2.5 * i, 20 + i)]
    assert lines(words) == [" ".join(["word"] * 12), " ".join(["next"] * 12)]


def test_every_word_comes_out_once() -> None:
    words = [word for i in range(40) for word in line(f"some words of line {i}", 37 * i % 500, 23 * i % 900, i)]
    assert sorted(word.text for word in ordered(words)) == sorted(word.text for word in words)
    assert ordered(()) == ()
