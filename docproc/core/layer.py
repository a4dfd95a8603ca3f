"""Whether the text layer of a PDF page can stand for what is printed on it.

A wrong "no" costs seconds of OCR, a wrong "yes" wrong answers. The tests know no language: they look for characters
that no text has, for letters in frequencies that no language has (fonts whose characters are shifted or shuffled), and
for layers that cover only the margin of a scan.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from math import log

from docproc.core.types import Reading, Word

# Letters per thousand, folded to a-z: the mean of English, German, French, Spanish, Polish and Turkish (each after the
# usual published tables); never under 2, since a name may hold any letter.
FREQUENCY = "a96 b17 c33 d45 e131 f11 g18 h24 i82 j6 k17 l46 m29 n72 o62 p19 q4 r63 s66 t57 u43 v9 w15 x2 y17 z16"
# Mean log frequency of a letter: the six languages lie between -2.85 and -3.11; each of them shifted by any number of
# places lies below -3.35, evenly mixed letters at -3.66.
STRANGE = -3.27
LETTERS = 60  # letters of one font that are needed to judge its frequencies
SURE = 120  # letters from which `STRANGE` holds; a mean over fewer strays by 0.9 / sqrt(letters)
STRICTER = 0.004  # by which it must be lower for each letter that is missing
GARBLED_SHARE = 0.1  # of the page's letters that may stand in fonts with strange frequencies
JUNK_SHARE = 0.05  # of the characters that may be no text at all
SYMBOL_SHARE = 0.4  # of the characters that may be neither letters, digits nor common punctuation
COMMON = ".,:;-_–—·•…'\"’“”„«»()/&%€$£#*+=|<>"
RUN = re.compile(r"(.)\1+")
UNCOMMON = re.compile(rf"[^\w\n{re.escape(COMMON)}]")  # \w: letters, digits, and the underscore, which is common
LATIN_RUN = re.compile("[a-z]{3,}")

SCAN = 0.5  # share of a page covered by pictures from which it may be a scan
FULL = 0.85  # and from which it is one unless text stands on its middle
FEW = 40  # words: a stamped header and footer have fewer
MARGIN = 0.12  # of the page's height, at the top and at the bottom


def trusted(layer: Reading, picture: float) -> bool:
    """Whether the visible text layer is the page's text. `picture`: the share of the page that raster images cover."""
    words = layer.words
    if not words or _junk(words) > JUNK_SHARE or _symbols(words) > SYMBOL_SHARE:
        return False
    if picture >= SCAN and len(words) < FEW:
        return False
    if picture >= FULL and _in_margin(layer) > 0.9:
        return False
    return _garbled(words) <= GARBLED_SHARE


def _junk(words: Iterable[Word]) -> float:
    """The share of characters that stand for nothing: undefined, private, control, or PyMuPDF's and others' (cid:…).

    A private character alone in its word is a bullet or a dingbat, and harms nobody.
    """
    texts = [word.text for word in words]
    long = "".join([text for text in texts if len(text) > 1])
    junk = texts.count("\ufffd") + 6 * long.count("(cid:")
    if "\ufffd" in long or not long.isprintable():  # a page of text is told sound without looking at each character
        junk += sum(map(_is_junk, long))
    return junk / max(1, sum(map(len, texts)))


def _is_junk(char: str) -> bool:
    return char == "\ufffd" or (not char.isprintable() and unicodedata.category(char) in ("Co", "Cn", "Cc", "Cs"))


def _symbols(words: Iterable[Word]) -> float:
    """The share of characters that text is not made of; runs of one character (rules, leaders) count once."""
    text = RUN.sub(r"\1", "\n".join([word.text for word in words]))
    total = len(text) - text.count("\n")
    strange = sum(unicodedata.category(char)[0] != "M" for char in UNCOMMON.findall(text))
    return strange / total if total >= 20 else 0.0


def _in_margin(layer: Reading) -> float:
    """The share of words that stand wholly in the top or bottom margin."""
    top, bottom = layer.height * MARGIN, layer.height * (1 - MARGIN)
    return sum(word.box.y1 <= top or word.box.y0 >= bottom for word in layer.words) / len(layer.words)


def _garbled(words: Iterable[Word]) -> float:
    """The share of Latin letters whose font, told by size and weight, spells no language.

    A run of letters counts once a font, or a table of repeated part numbers would pass for garbled text.
    """
    fonts: dict[tuple[int, bool], list[str]] = defaultdict(list)
    for word in words:
        fonts[round(word.size), word.bold].append(word.text)
    weight = {entry[0]: log(int(entry[1:]) / 1000) for entry in FREQUENCY.split()}
    total = strange = 0
    for texts in fonts.values():
        counts = Counter("".join(set(_letter_runs(" ".join(texts)))))
        letters = counts.total()
        score = sum(weight[letter] * count for letter, count in counts.items())
        total += letters
        if letters >= LETTERS and score / letters < STRANGE - max(0, SURE - letters) * STRICTER:
            strange += letters
    return strange / max(1, total)


def _letter_runs(text: str) -> list[str]:
    """Runs of three and more Latin letters, lower case, without accents; other scripts give none."""
    if not text.isascii():
        text = "".join(char for char in unicodedata.normalize("NFD", text) if unicodedata.category(char) != "Mn")
    return LATIN_RUN.findall(text.lower())
