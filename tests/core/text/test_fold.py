from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from docproc.core.text.fold import clean, fold, one_line, plain_marks

anything = st.text(st.characters(exclude_categories=()), max_size=60)


@settings(deadline=None)
@given(anything)
def test_folding_keeps_every_position(text: str) -> None:
    assert len(fold(text)) == len(plain_marks(text)) == len(text)


@settings(deadline=None)
@given(anything)
def test_clean_text_can_be_stored_anywhere_and_stays_as_it_is(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert "\x00" not in once
    assert json.loads(json.dumps(once)).encode() == once.encode()


def test_nothing_unprintable_survives() -> None:
    assert clean("a\x00b\ud800c\u200bd\x1b\r\ne") == "abcd\ne"
    assert one_line("  a\u00a0\n b\t") == "a b"
    assert one_line("abcdef", 3) == "abc"
