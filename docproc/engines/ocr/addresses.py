"""How much a line of text looks like a part of a postal address."""

from __future__ import annotations

import re

from docproc.core.text.fold import fold
from docproc.engines.ocr.lines import compact

# Kinds of streets, quarters and buildings. Long words count inside fused text too; short ones only by themselves.
_STREET = re.compile(r"j[ai1l][l1i]an|lorong|persiaran|lebuhraya|groundfloor|firstfloor|stras+e|avenida|piazza|straat")
_LONG = re.compile(
    r"lebuh|kampung|kampong|seksyen|perindustrian|secondfloor|street|avenue|boulevard|highway|terrace|crescent|parkway|"
    r"allee|gas+e|viale|gracht|industrialpark|industrialestate|businesspark|shoppingcent"
)
_SHORT = re.compile(
    r"\b(?:jln|jl|lrg|lor|tmn|taman|bdr|bandar|kg|sek|section|persn|st|road|rd|ave|av|blvd|lane|ln|drive|dr|hwy|"
    r"way|court|"
    r"ct|sq|square|pkwy|place|pl|close|str|weg|platz|ring|ufer|damm|rue|bd|chemin|route|quai|impasse|cours|place|cedex|"
    r"calle|avda|paseo|carrer|ctra|plaza|via|corso|vicolo|laan|plein|kade|rua|praca|travessa|medan|pusat|kompleks|"
    r"wisma|menara|bangunan|building|bldg|tower|towers|mall|complex|centre|center|arcade|town|city|village|district|"
    r"cross|main|nagar|marg|industrial|industri|bukit|desa|sungai)\b|c/ ?[a-z]|\w{3,}str\b|\w{3,}weg\b|\w{4,}platz\b"
)
_UNIT = re.compile(
    r"^\W*[a-z]{1,2}\d{0,2}-\d{1,3}(?:-\d{1,3}[a-z]?)?[ ,]|"
    r"^\W*(?:no|lot|unit|suite|ste|blk|block|level|lvl|lv|floor|flr|shop|plot|house|km|batu|g\.?f|ug|lg|pt|ptd|"
    r"p\.?o\.? ?box)\b\W{0,3}\w{0,3}\d|^\W*(?:lot|level|floor|unit)\b|"
    r"\b(?:ground|first|second|third|upper|lower|\d(?:st|nd|rd|th)) (?:floor|level)\b"
    r"|^\W*(?:no|lot)\W{0,2}\d|#\d{1,2}-\d{1,3}"
)
_NUMBER_FIRST = re.compile(
    r"^\W*\d{1,5}\w?(?: ?[-/&,] ?\d{1,4}\w?){0,4}[, ] ?[a-z]{2}|^\W*[a-z]{1,2}[-. ]?\d{1,4}[-./ &,]"
)
_NUMBER_LAST = re.compile(r"[a-z]{3}[.,]? ?\d{1,4}(?: ?[a-z]|[-/]\d+\w?)?\W*$")
_POSTCODE = re.compile(
    r"\b\d{5}\b[, ]*[a-z]{2}|\b\d{5}[a-z]{2,}|[a-z]{2}[,. -]+\d{5}(?:-\d{4})?\W*$|\b[a-z]{2}[ .,]+\d{5}\b|"
    r"\b\d{4} ?[a-z]{2}\b [a-z]{3}|\b[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}\b|\b[a-z]\d[a-z] ?\d[a-z]\d\b|"
    r"^\W*(?:[a-z]{1,2}-)?\d{4,5} [a-z]{3}|[a-z]{3}\W{0,3}\d{6}\b|\b\d{2}-\d{3} [a-z]{3}"
)
_PLACE = re.compile(
    r"malaysia|singapore|deutschland|germany|france|espana|italia|schweiz|osterreich|nederland|england|unitedkingdom|"
    r"australia|canada|india|indonesia|selangor|kualalumpur|johor|pulaupinang|penang|perak|pahang|melaka|kelantan|"
    r"terengganu|sabah|sarawak|negerisembilan|kedah|perlis|putrajaya|petalingjaya|shahalam|darulehsan|darulmakmur"
)
# Where OCR lost a space: between figures and words, after a comma, before a capital inside a word.
_FUSED = re.compile(
    r"(?<=\d)(?=[A-Za-z]{3})|(?<=[a-z]{2})(?=[A-Z])|(?<=[A-Za-z]{3})(?=\d)|(?<=\b[A-Z]{2})(?=\d{5}\b)|(?<=,)(?=\w)"
)
_STOP = re.compile(
    r"\b(?:tel|telephone|telefon|phone|fax|hp|mobile|ph|gst|vat|tva|iva|mwst|ust|tax|reg|roc|email|e-mail|www|"
    r"invoice|receipt|cashier|date)\b"
)


# OCR's letters for figures inside a number.
_FIGURES = str.maketrans("lIO", "110")
_NUMERAL = re.compile(r"(?<=\d)[lIO](?=\d)")


def spaced(text: str) -> str:
    """The text with lost spaces put back, where figures and capitals show them, and letters in numbers made figures."""
    return _FUSED.sub(" ", _NUMERAL.sub(lambda match: match.group().translate(_FIGURES), text))


def _parted(text: str) -> str:
    return fold(spaced(text))


def address_score(text: str) -> float:
    """0 for a line without any sign of an address; from 1 on it most likely is a part of one."""
    folded = _parted(text)
    packed = compact(text)
    score = 1.0 if _STREET.search(packed) else 0.7 if _LONG.search(packed) or _SHORT.search(folded) else 0.0
    score += 1.0 if _UNIT.search(folded) else 0.0
    score += 0.7 if _POSTCODE.search(folded) else 0.0
    score += 0.5 if _PLACE.search(packed) else 0.0
    score += 0.5 if _NUMBER_FIRST.search(folded) else 0.4 if _NUMBER_LAST.search(folded) else 0.0
    if score and text.rstrip().endswith(","):
        score += 0.3
    if _STOP.search(folded):
        score -= 1.0
    return max(0.0, score)


def is_town_line(text: str) -> bool:
    """Whether the text is a postcode and its town without a street: something must stand before it."""
    folded = _parted(text)
    street = _STREET.search(compact(text)) or _SHORT.search(folded) or _LONG.search(folded) or _UNIT.search(folded)
    return _POSTCODE.search(folded) is not None and not street


def is_postcode_line(text: str) -> bool:
    """Whether a postcode with its town stands in the text."""
    return _POSTCODE.search(_parted(text)) is not None


def is_place(text: str) -> bool:
    """Whether the text is little more than the name of a country or a state."""
    packed = compact(text)
    found = _PLACE.search(packed)
    return found is not None and len(packed) <= len(found.group()) + 10
