"""Names of persons in text."""

from __future__ import annotations

import re

from docproc.core.text.fold import fold
from docproc.engines.ocr.front import ISSUER
from docproc.engines.ocr.lines import words_of

_PARTICLES = words_of(
    """
    van von de der den del della di da du la le dos das zu zum bin binti al el ter ten y e
    """
)
_TITLES = re.compile(
    r"\b(?:prof|dr|mr|mrs|ms|sir|dipl|ing|med|phil|phd|ph\.d|m\.d|msc|m\.sc|bsc|b\.sc|ba|ma|jr|sr|hon|univ)\b\.?",
    re.IGNORECASE,
)
_SPLIT = re.compile(r"\s*(?:,|;|&|\band\b|\bund\b|\bet\b|\by\b|\be\b|\ben\b|\|)\s*")
_MARKS = re.compile(r"[*†‡§¹²³⁴]+|(?<=[a-zß-ÿ])\d(?:,?\d)*(?![\w-])|\([^)]*\)")
_TOKEN = re.compile(r"(?:[A-ZÀ-ÖØ-Þ][\w'’.-]*|[A-Z]\.)")
# Capitalised words of titles and firms that persons are not called.
_NOT_NAMES = words_of(
    """
    the a an of in on for to with at from by as and or report annual review plan guide manual notes front cover
    table contents department university office ministry page chapter part section volume edition version data model
    paper system systems service services group company limited ltd inc gmbh bank city street road certified repair
    information customer vehicle summary abstract introduction national federal state rules register proposed notice
    invoice receipt estimate total date document analysis research institute school college press journal series
    application form policy program project final draft quarterly working technical white executive financial
    statement minutes meeting board committee council commission agency authority society association center centre
    einführung bericht masterarbeit bachelorarbeit dissertation stadt amt universität fakultät rapport ministère
    informe plan resumen redpaper solution brief overview strategy management security control access support
    international world global new united states north south east west january february march april may june july
    dear sehr geehrte geehrter chere cher estimado government gouvernement gobierno august september october
    november december contact email phone note notes subject insured parts labor supplies
    """
)


def is_name(text: str) -> bool:
    """Whether a text looks like the name of one person: two to five capitalised words, initials and particles."""
    bare = _MARKS.sub("", _TITLES.sub("", text)).strip(" .,")
    if ISSUER.search(fold(bare)):
        return False
    tokens = bare.split()
    if not 2 <= len(tokens) <= 5 or len(bare) > 45:
        return False
    full = 0
    for token in tokens:
        if fold(token) in _NOT_NAMES:
            return False
        if token.lower() in _PARTICLES:
            continue
        if not _TOKEN.fullmatch(token) or any(char.isdigit() for char in token):
            return False
        full += len(token.strip(".")) > 1 and not (len(token) > 3 and token.isupper() and len(tokens) < 2)
    return full >= 1 and tokens[-1].lower() not in _PARTICLES


def names_in(text: str) -> list[str]:
    """The names in a list of persons ("A. Cole, B. Diaz and F. Nwosu"); empty where some part is no name."""
    bare = _MARKS.sub("", text)
    parts = [part.strip(" .,;") for part in _SPLIT.split(bare) if part.strip(" .,;")]
    parts = [part for part in parts if not _TITLES.fullmatch(part)]
    return parts if parts and all(is_name(part) for part in parts) else []


def is_names(text: str) -> bool:
    """Whether a text is a list of one or more persons and nothing else."""
    return len(text) < 400 and bool(names_in(text))
