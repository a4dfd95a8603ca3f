"""Labels on a page: the words that announce a value, matched without regard to case, accents, spaces and marks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from docproc.core.boxes import Box
from docproc.core.text.fold import fold
from docproc.engines.ocr.rows import GAP, Row, Sheet, Span

# "n°" and "#" say "number" too; OCR may lose the space in "InvoiceNumber".
_TOKEN = re.compile(r"[nN][°º]|№|#|[^\W\d_](?:[^\W\d_](?<![a-zäöüß][A-ZÄÖÜ]))*|\d+|\S")
_NUMBER_SIGNS = {"n°", "nº", "№", "#"}
# Marks that may stand inside a label ("Liefer- und Leistungsdatum", "P.IVA", "Qty / Menge", "d'échéance").
_INSIDE = frozenset("-./'’&–")
_LONGEST = 7  # words in a label
# Words inside a label that say nothing about the field ("Montant EUR HT").
_QUOTES = ('"', "“", "”", "„", "«", "»", "{")
_SILENT = frozenset({"eur", "usd", "gbp", "chf", "euro", "euros"})
# OCR confuses a letter now and then; in shorter words one letter makes another word.
_FUZZY_LENGTH = 9


def key_of(phrase: str) -> str:
    """What is compared of a phrase: its letters, folded, with German "ae", "oe", "ue", "ss" as "a", "o", "u", "s"."""
    return "".join(_token_key(token) for token in _TOKEN.findall(phrase) if _token_key(token))


def _token_key(token: str) -> str:
    lower = token.lower()
    if lower in _NUMBER_SIGNS:
        return "no"
    if not token[0].isalpha():
        return ""
    folded = fold(lower)
    if folded in _SILENT:
        return ""
    if len(folded) < 5:
        return folded  # "due" is not "dü"
    for long, short in (("ae", "a"), ("oe", "o"), ("ue", "u"), ("ss", "s")):
        folded = folded.replace(long, short)
    return folded


@dataclass(frozen=True)
class Hit:
    """A label found on a page. `weight` in (0, 1]: how surely it announces the field `name`, as it stands there."""

    name: str
    weight: float
    span: Span

    @property
    def row(self) -> Row:
        return self.span.row

    @property
    def box(self) -> Box:
        return self.span.box


@dataclass(frozen=True)
class Lexicon:
    """Phrases by field. Build it with `lexicon_of`, once."""

    exact: Mapping[str, tuple[tuple[str, float], ...]]
    near: Mapping[str, str] = field(repr=False)

    def lookup(self, key: str, fuzzy: bool) -> tuple[tuple[str, float], ...]:
        """The fields that a key announces, with weights; `fuzzy` forgives one wrong letter in a long label."""
        found = self.exact.get(key, ())
        if found or not fuzzy or len(key) < _FUZZY_LENGTH:
            return found
        for part in (key, *_shorter(key)):
            whole = self.near.get(part)
            if whole is not None:
                return tuple((name, weight * 0.85) for name, weight in self.exact[whole])
        return ()


def lexicon_of(fields: Mapping[str, Mapping[float, str]]) -> Lexicon:
    """A lexicon from field -> weight -> phrases parted by "|"."""
    exact: dict[str, list[tuple[str, float]]] = {}
    for name, groups in fields.items():
        for weight, phrases in groups.items():
            for phrase in phrases.split("|"):
                entry = exact.setdefault(key_of(phrase), [])
                if name not in (known for known, _ in entry):
                    entry.append((name, weight))
    exact.pop("", None)
    near: dict[str, str] = {}
    for key in exact:
        if len(key) >= _FUZZY_LENGTH:
            for part in (key, *_shorter(key)):
                near.setdefault(part, key)
    return Lexicon({key: tuple(entry) for key, entry in exact.items()}, near)


def _shorter(key: str) -> set[str]:
    """The key with one letter left out, in every way: two keys one edit apart share one of these."""
    return {key[:index] + key[index + 1 :] for index in range(len(key))}


@dataclass(frozen=True)
class _Letters:
    key: str
    start: int
    end: int
    head: bool
    tail: bool


def hits_in(sheets: Iterable[Sheet], lexicon: Lexicon) -> list[Hit]:
    """Every label on the pages, in reading order; the longest phrase wins, and one phrase may name several fields."""
    return [hit for sheet in sheets for row in sheet.rows for hit in _row_hits(row, lexicon, sheet.scanned)]


def _row_hits(row: Row, lexicon: Lexicon, fuzzy: bool) -> list[Hit]:
    found: list[Hit] = []
    for run in _runs(row.text):
        at = 0
        while at < len(run):
            length, entry = _longest(run[at : at + _LONGEST], lexicon, fuzzy)
            if entry:
                span = Span(row, run[at].start, run[at + length - 1].end)
                factor = standing(span)
                found += [Hit(name, weight * factor, span) for name, weight in entry]
            at += max(1, length)
    return found


def _longest(run: Sequence[_Letters], lexicon: Lexicon, fuzzy: bool) -> tuple[int, tuple[tuple[str, float], ...]]:
    """The longest label that starts with a run's first word: its words and its fields; (0, ()) for none."""
    if not run[0].head:
        return 0, ()
    for length in range(len(run), 0, -1):
        if run[length - 1].tail:
            # A short last word is as likely the value's beginning ("Facture FA-12" is no "facture à").
            forgiving = fuzzy and len(run[length - 1].key) >= 4
            entry = lexicon.lookup("".join(token.key for token in run[:length]), forgiving)
            if entry:
                return length, entry
    return 0, ()


def _runs(text: str) -> list[list[_Letters]]:
    """Words that may form labels together: unbroken by digits, colons, brackets or a cell's edge."""
    runs: list[list[_Letters]] = [[]]
    before = 0
    for match in _TOKEN.finditer(text):
        token = match.group()
        key = _token_key(token)
        if GAP in text[before : match.start()] or not (key or token in _INSIDE or token.lower() in _SILENT):
            runs.append([])
        if key:
            runs[-1].append(_Letters(key, match.start(), match.end(), *_open_ends(text, match.start(), match.end())))
        before = match.end()
    return [run for run in runs if run]


def _open_ends(text: str, start: int, end: int) -> tuple[bool, bool]:
    """Whether a label may start and end with these letters: not inside "Lieferschein-Datum"."""
    head = start < 2 or text[start - 1] != "-" or not text[start - 2].isalnum()
    tail = end + 1 >= len(text) or text[end] != "-" or not text[end + 1].isalpha()
    return head, tail


def standing(span: Span) -> float:
    """How like a label a phrase looks where it stands, in (0, 1]: first in its cell or before a colon, not in prose."""
    text = span.row.text
    cell_start = text.rfind(GAP, 0, span.start) + 1
    cell_end = text.find(GAP, span.end)
    before, after = text[cell_start : span.start], text[span.end : cell_end if cell_end >= 0 else len(text)]
    if before[-1:] in _QUOTES or after[:1] in _QUOTES:
        return 0.3  # somebody's words about the field
    words_before, words_after = len(before.split()), len(after.split())
    if after.lstrip()[:1] in (":", "=") and words_before <= 4:
        return 1.0
    if not before.strip(" -–•*|/(#.:0123456789"):
        return 1.0 if words_after <= 6 else 0.6
    if before.rstrip()[-1:] in ",;|/-–•.:(" or words_before + words_after <= 5:
        return 0.8
    return 0.55 if words_before + words_after <= 8 else 0.35


def phrases_lexicon(names: Mapping[str, Sequence[str]], weight: float = 1.0) -> Lexicon:
    """A lexicon whose phrases all have one weight."""
    return lexicon_of({name: {weight: "|".join(phrases)} for name, phrases in names.items()})
