"""Everything that can be wrong with a question set, found in one go, each fault with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from docproc.core.kinds import kind_of, kinds
from docproc.core.merge import rules_for
from docproc.core.questions import Column, PageRange, Question, QuestionSet
from docproc.core.text.patterns import pattern_fault
from docproc.questionsets.form import QuestionForm, SetForm
from docproc.questionsets.marks import Marked, Place, marked
from docproc.questionsets.names import column_fault, key_fault, set_name_fault

Fault = tuple[Place, str]
# Stands for a name, a key or a type whose own fault is told already.
UNTOLD = "\x00"  # which no YAML can hold
_RANGE = re.compile(r"([1-9]\d{0,6})(?:\s*-\s*([1-9]\d{0,6}|\*))?")
_PATTERNED = ("string", "integer", "number", "money", "date", "list")


@dataclass(frozen=True, slots=True)
class Placed:
    """A fault with its place: the line from 1, the path as people write it ("questions[3].type"; "": the whole)."""

    line: int
    path: str
    what: str

    def told(self, origin: str) -> str:
        """The fault as one line of text."""
        return f"{origin}:{self.line} {self.path}{': ' if self.path else ''}{self.what}"


def set_faults(text: str, origin: str) -> tuple[QuestionSet | None, list[str]]:
    """The set that a YAML text describes, None where it cannot be made, and one line per fault, in the file's order."""
    found, faults = examine(text)
    return found, [fault.told(origin) for fault in faults]


def examine(text: str) -> tuple[QuestionSet | None, list[Placed]]:
    """The set that a YAML text describes, None where it cannot be made, and its faults in the file's order."""
    found, faults = _examined(text)
    return found, list(faults)


@lru_cache(maxsize=64)
def _examined(text: str) -> tuple[QuestionSet | None, tuple[Placed, ...]]:
    """Kept, since a server reads the same text with every job: 2 ms for the set `invoice`."""
    source = marked(text)
    faults = list(source.faults)
    form = None
    if not faults or source.value is not None:
        form, formal = _form(source)
        faults += formal
    if form is not None:
        told = {place[:3] for place, _ in faults}
        faults += [fault for fault in _meaning(form, source) if fault[0][:3] not in told]
    placed = [Placed(source.line(place), _path(place), what) for place, what in sorted(faults, key=_order(source))]
    return (None if form is None or placed else _set(form)), tuple(dict.fromkeys(placed))


def _order(source: Marked) -> Callable[[Fault], tuple[int, str]]:
    return lambda fault: (source.line(fault[0]), str(fault))


def _path(place: Place) -> str:
    """ "questions[3].type", as people write it."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")


def _form(source: Marked) -> tuple[SetForm | None, list[Fault]]:
    """The file as its form, None where too little of it is understood, and what is wrong with the form."""
    if not isinstance(source.value, dict):
        return None, [((), "must be a mapping with name, description and questions")]
    try:
        return SetForm.model_validate(source.value), []
    except ValidationError as error:
        faults = [_formal_fault(fault) for fault in error.errors(include_url=False)]
    mended = _mended(source.value, [place for place, _ in faults])
    try:
        return SetForm.model_validate(mended), faults
    except ValidationError:
        return None, faults


def _mended(value: dict[str, Any], places: list[Place]) -> dict[str, Any]:
    """The set without the options that have a fault, stand-ins for the needed ones, so that the rest is checked."""
    listed = value.get("questions")
    asked = [dict(item) if isinstance(item, dict) else {} for item in listed] if isinstance(listed, list) else []
    for place in places:
        if place[:1] == ("questions",) and len(place) > 2 and isinstance(place[1], int):
            asked[place[1]].pop(str(place[2]), None)
    return {
        "name": value["name"] if ("name",) not in places else UNTOLD,
        "questions": [{"key": UNTOLD, "ask": UNTOLD, "type": UNTOLD, **item} for item in asked],
    }


def _formal_fault(fault: Any) -> Fault:
    place: Place = tuple(fault["loc"])
    kind, given = fault["type"], fault.get("input")
    last = str(place[-1]) if place else ""
    if kind == "extra_forbidden":
        return place, f"there is no such option{_near(last, _options(place))}"
    if kind in ("missing", "string_too_short", "too_short"):
        return place, "is lacking" if kind == "missing" else "is empty"
    if kind == "literal_error":
        return place, f"{given!r} is not one of {fault['ctx']['expected']}"
    if kind in ("string_type", "list_type", "dict_type", "model_type", "bool_parsing", "bool_type"):
        wanted = {
            "string": "a text",
            "list": "a list",
            "dict": "a mapping",
            "model": "a mapping",
            "bool": "true or false",
        }
        shown = (
            "nothing"
            if given is None
            else repr(given[:40])
            if isinstance(given, str)
            else _SHAPES.get(type(given), "this")
        )
        return place, f"must be {wanted[kind.split('_')[0]]}, not {shown}"
    return place, str(fault["msg"]).lower().replace("string", "text")


_SHAPES: dict[type, str] = {dict: "a mapping", list: "a list", bool: "true or false"}


def _options(place: Place) -> list[str]:
    if len(place) == 1:
        return list(SetForm.model_fields)
    return ["type", "labels"] if "columns" in place[:-1] else list(QuestionForm.model_fields)


def _near(word: str, words: list[str]) -> str:
    near = get_close_matches(word, words, 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(words)}"


def _meaning(form: SetForm, source: Marked) -> Iterator[Fault]:
    """What is well formed but wrong."""
    fault = set_name_fault(form.name)
    if fault and form.name != UNTOLD:
        yield ("name",), fault
    first: dict[str, int] = {}
    for index, question in enumerate(form.questions):
        place: Place = ("questions", index)
        if question.key in first and question.key != UNTOLD:
            earlier = source.line(("questions", first[question.key], "key"))
            yield (*place, "key"), f"{question.key!r} is the key of a question on line {earlier} already"
        first.setdefault(question.key, index)
        for where, what in _question_faults(question):
            yield (*place, *where), what
    for index, question in enumerate(form.questions):
        base = question.key.removesuffix("_currency")
        if base != question.key and base in first and form.questions[first[base]].type == "money":
            yield ("questions", index, "key"), f"{question.key!r} is the column of the currency of {base!r} already"


def _question_faults(question: QuestionForm) -> Iterator[Fault]:
    fault = key_fault(question.key, question.type)
    if fault and question.key != UNTOLD:
        yield ("key",), fault
    for index, pages in enumerate(question.pages):
        if _range(pages) is None:
            yield ("pages", index), f'{pages!r} is no page range: write "3", "1-3", "4-*" or "*"'
    if question.pattern and (wrong := pattern_fault(question.pattern)):
        yield ("pattern",), wrong
    if question.type not in kinds():
        if question.type != UNTOLD:
            yield ("type",), _no_kind(question.type, list(kinds()))
        return
    rules = rules_for(question.type)
    if question.merge and question.merge not in rules:
        yield ("merge",), f"{question.merge!r} makes no sense for {question.type}; there are: {', '.join(rules)}"
    if question.pattern and question.type not in _PATTERNED:
        yield ("pattern",), f"a {question.type} has no pattern; {', '.join(_PATTERNED)} have"
    yield from _choice_faults(question)
    yield from _column_faults(question)


def _choice_faults(question: QuestionForm) -> Iterator[Fault]:
    if question.type == "choice" and len(question.choices) < 2:
        yield ("choices",), "a choice needs two choices at least"
    if question.choices and question.type not in ("choice", "list"):
        yield ("choices",), f"a {question.type} has no choices; choice and list have"
    seen: set[str] = set()
    for index, choice in enumerate(question.choices):
        if choice.casefold() in seen:
            yield ("choices", index), f"{choice!r} stands there twice"
        seen.add(choice.casefold())


def _column_faults(question: QuestionForm) -> Iterator[Fault]:
    if question.type == "table" and not question.columns:
        yield ("columns",), "a table needs columns"
    if question.columns and question.type != "table":
        yield ("columns",), f"a {question.type} has no columns; a table has"
    scalars = sorted(name for name, kind in kinds().items() if kind.scalar)
    for name, column in question.columns.items():
        fault = column_fault(name)
        if fault:
            yield ("columns", name), fault
        if column.type not in kinds():
            yield ("columns", name, "type"), _no_kind(column.type, scalars)
        elif column.type not in scalars:
            yield ("columns", name, "type"), f"a column cannot be a {column.type}; it can be: {', '.join(scalars)}"


def _no_kind(name: str, known: list[str]) -> str:
    return f'no kind is called "{name[:40]}"{_near(name, known)}'.replace("'", '"')


def _range(pages: str) -> PageRange | None:
    if pages.strip() == "*":
        return PageRange()
    match = _RANGE.fullmatch(pages.strip())
    if match is None:
        return None
    first = int(match[1])
    last = first if match[2] is None else None if match[2] == "*" else int(match[2])
    return PageRange(first, last) if last is None or first <= last else None


def _set(form: SetForm) -> QuestionSet:
    return QuestionSet(form.name, " ".join(form.description.split()), tuple(map(_question, form.questions)))


def _question(form: QuestionForm) -> Question:
    return Question(
        key=form.key,
        ask=" ".join(form.ask.split()),
        kind=form.type,
        scope=form.scope,
        pages=tuple(pages for text in form.pages if (pages := _range(text)) is not None),
        merge=form.merge or kind_of(form.type).merge,
        required=form.required,
        choices=tuple(form.choices),
        pattern=form.pattern,
        labels=tuple(form.labels),
        columns=tuple(Column(name, column.type, tuple(column.labels)) for name, column in form.columns.items()),
        role=form.role,
    )
