"""Full-text search gives the same pages on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, text

from docproc.core.errors import UsageError
from docproc.store.database import Database
from docproc.store.search import parse, search
from docproc.store.tables import page_texts
from tests.store.filled import fill


@pytest.fixture
def filled(database: Database) -> Database:
    with database.write() as conn:
        fill(conn)
    return database


@pytest.mark.parametrize(
    ("words", "pages"),
    [
        ("fox", [1]),
        ("FOX quick", [1]),
        ("fox köln", []),
        ("fox or köln", [1, 2]),
        ('"brown fox"', [1]),
        ('"fox brown"', []),
        ("INV-2024/001", [1]),
        ("2024", [1]),
        ("1021.91", [2]),
        ("grüße -fox", [2]),
        ("quick -fox", []),
        ("gru*", []),
        ('"unclosed fox', []),
        ("and", []),
        ("NOT", []),
        ("fox'; drop table answers", []),
        ("a:b (c) ^d {e}", []),
        ("%köln%", [2]),
    ],
)
def test_words_find_pages(filled: Database, words: str, pages: list[int]) -> None:
    with filled.read() as conn:
        assert sorted(hit.page for hit in search(conn, parse(words))) == pages


@pytest.mark.parametrize("words", ["", "  ", "-fox", "...", '""', "or"])
def test_a_query_without_a_word_is_refused(words: str) -> None:
    with pytest.raises(UsageError, match="no word"):
        parse(words)


def test_a_hit_says_where_it_is_and_shows_the_words(filled: Database) -> None:
    with filled.read() as conn:
        (hit,) = search(conn, parse("brown"))
    assert (hit.path, hit.page, hit.document) == ("/in/first.pdf", 1, "first".ljust(64, "0"))
    assert "quick brown fox" in hit.text


def test_no_more_hits_than_the_limit_come_back(filled: Database) -> None:
    with filled.read() as conn:
        assert len(search(conn, parse("fox or köln"), limit=1)) == 1


def test_the_index_follows_changes_and_deletions_of_text(filled: Database) -> None:
    with filled.write() as conn:
        conn.execute(text("UPDATE page_texts SET text = 'a slow hedgehog' WHERE number = 1"))
        assert search(conn, parse("fox")) == []
        assert [hit.page for hit in search(conn, parse("hedgehog"))] == [1]
        conn.execute(text("DELETE FROM documents WHERE id > 0"))
        assert search(conn, parse("hedgehog or köln")) == []


def test_a_page_with_more_text_than_an_index_takes_is_stored(database: Database) -> None:
    words = " ".join(f"ßword{number}" for number in range(400_000))
    with database.write() as conn:
        filled = fill(conn)
        row = {"document_id": filled.document_ids[1], "number": 1, "source": "ocr", "text": words}
        conn.execute(insert(page_texts).values(**row))
        assert [hit.path for hit in search(conn, parse("ßword77"))] == ["/in/second.pdf"]
