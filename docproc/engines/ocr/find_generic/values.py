"""Values of a question's kind in a stretch of text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from docproc.core.questions import Question
from docproc.core.text.fold import fold
from docproc.core.text.locale import Locale
from docproc.core.text.patterns import MOST_VALUE, pattern_fault
from docproc.engines.ocr.fields import Read, Value, amounts_reader, dates_reader

_YES = "yes|ja|oui|si|sim|true|wahr|vrai|checked"
_NO = "no|nein|non|nee|nao|false|falsch|faux|unchecked"
_TICKED = re.compile(
    rf"(?:\[[xX✓✔]\]|[☑☒✓✔■])\s*(?P<after>{_YES}|{_NO})?|(?P<before>{_YES}|{_NO})\s*(?:\[[xX✓✔]\]|[☑☒✓✔■])"
)
_UNTICKED = re.compile(r"\[\s*\]|[☐□]")
_YES_NO = re.compile(rf"(?<![^\W_])(?:(?P<yes>{_YES})|(?P<no>{_NO}))(?![^\W_])")
# The next label inside a line of form text: "Name: Ada Born: 1815".
_NEXT_LABEL = re.compile(r"\s+[A-ZÄÖÜÉÈ][\w./-]*(?:\s[\w./-]+){0,2}\s?:(?!//)")
_WINDOW = 8  # words of a value that a pattern is held against


def reader_of(question: Question, locale: Locale) -> Read:
    """Reads values of the question's kind."""
    if question.kind == "date":
        return dates_reader(locale)
    if question.kind == "money":
        return amounts_reader(locale)
    if question.kind in ("number", "integer"):
        return _numbers(locale, question.kind == "integer")
    if question.kind == "boolean":
        return _booleans
    if question.kind == "choice":
        return _choices(question.choices)
    return patterned(question.pattern) if question.pattern else _texts


def _numbers(locale: Locale, whole: bool) -> Read:
    def read(text: str) -> list[Value]:
        found = []
        for value in amounts_reader(locale)(text):
            number, _, currency = value.value.partition(" ")
            integral = "." not in number or not number.rpartition(".")[2].strip("0")
            if whole and not integral:
                continue
            found.append(
                value._replace(value=number.split(".")[0] if whole else number, sure=0.7 if currency else 0.95)
            )
        return found

    return read


def _booleans(text: str) -> list[Value]:
    folded = fold(text)
    ticked = _TICKED.search(folded)
    if ticked:
        word = ticked["after"] or ticked["before"]
        value = "true" if word is None or re.fullmatch(_YES, word) else "false"
        return [Value(ticked.start(), ticked.end(), value)]
    said = _YES_NO.search(folded)
    if said and len(folded[: said.start()].split()) <= 3:
        return [
            Value(
                said.start(),
                said.end(),
                "true" if said["yes"] else "false",
                0.95 if not folded[: said.start()].strip(" :\t") else 0.6,
            )
        ]
    empty = _UNTICKED.search(text)
    return [Value(empty.start(), empty.end(), "false", 0.7)] if empty else []


def _choices(choices: Iterable[str]) -> Read:
    pairs = [
        (choice, re.compile(rf"(?<![^\W_]){re.escape(fold(choice))}(?![^\W_])")) for choice in choices if choice.strip()
    ]

    def read(text: str) -> list[Value]:
        folded = fold(text)
        found = [Value(m.start(), m.end(), choice) for choice, pattern in pairs for m in pattern.finditer(folded)]
        kept = [
            value
            for value in found
            if not any(
                o.start <= value.start and value.end <= o.end and o.end - o.start > value.end - value.start
                for o in found
            )
        ]
        return sorted(kept)

    return read


def patterned(pattern: str) -> Read:
    """Reads the runs of words that have the form of a pattern, the longest at each place."""
    if pattern_fault(pattern) is not None:
        return lambda text: []  # noqa: ARG005  a refused pattern matches nothing
    form = re.compile(pattern)

    def read(text: str) -> list[Value]:
        found: list[Value] = []
        words = [(match.start(), match.end()) for match in re.finditer(r"\S+", text)]
        at = 0
        while at < len(words):
            for count in range(min(_WINDOW, len(words) - at), 0, -1):
                value = _fitting(text, words[at][0], words[at + count - 1][1], form)
                if value is not None:
                    found.append(value)
                    at += count - 1
                    break
            at += 1
        return found

    return read


def _fitting(text: str, start: int, end: int, form: re.Pattern[str]) -> Value | None:
    """The stretch as a value where it, or it without marks around, has the form."""
    part = text[start:end]
    for lead, tail in (("", ""), (" #:(", " .,;:)")):
        body = part.lstrip(lead) if lead else part
        offset = start + len(part) - len(body)
        body = body.rstrip(tail) if tail else body
        if body and "\t" not in body and len(body) <= MOST_VALUE and form.fullmatch(body):
            return Value(offset, offset + len(body), body)
    return None


def _texts(text: str) -> list[Value]:
    """The text itself up to its cell's end or the next label in it."""
    cell = text.lstrip("\t ").split("\t")[0]
    start = text.index(cell) if cell else 0
    lead = len(cell) - len(cell.lstrip(" :.=–-#?"))
    body = cell[lead:]
    stop = _NEXT_LABEL.search(body)
    body = (body[: stop.start()] if stop else body).rstrip(" ,;")
    if not any(char.isalnum() for char in body):
        return []
    # Without a colon or a gap between, the text may be the label's own continuation.
    sure = (
        1.0 if text[:1] == "\t" or ":" in cell[:lead] or (lead == 0 and start > 0) else 0.6 if cell[:1] == " " else 0.95
    )
    return [Value(start + lead, start + lead + len(body), " ".join(body.split()), sure)]
