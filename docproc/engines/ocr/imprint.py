"""Who published a document, what kind of document it is, and its number."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from docproc.core.text.fold import fold
from docproc.engines.ocr.front import CONTACT, ISSUER, Block, Front
from docproc.engines.ocr.lines import Line, compact, segments, union_of, words_of
from docproc.engines.ocr.view import Found, View

_SMALL = words_of(
    """
    of the and for de la le du des et und für fur y e del della zur van voor der die das dem den & i
    """
)


def _is_proper(text: str) -> bool:
    """Whether every word but the small ones is capitalised, as in an institution's name."""
    words = text.split()
    proper = all(word[:1].isupper() or word.lower() in _SMALL or not word[:1].isalpha() for word in words)
    return proper and words[0][:1].isupper() and words[-1].lower() not in _SMALL


_PUBLISHED = re.compile(
    r"^\W*(?:published by|publisher|a publication of|herausgeber(?:in)?|herausgegeben von|verlag|publie par|"
    r"editeur|edita|"
    r"editado por|uitgever|uitgegeven door|editore)\s*:?\s*(?P<name>.+)$",
    re.IGNORECASE,
)
_RIGHTS = re.compile(
    r"(?:©|\(c\)(?= ?\d)|(?i:copyright))\s*(?:©|\(c\)|(?i:copyright))?\s*(?:by\s+)?(?:(?:19|20)\d{2}(?:[-–, ]+(?:19|"
    r"20)\d{2})*)?,?\s*(?:by\s+)?(?P<name>[A-ZÀ-Þ][^.©\d]{1,70}?(?:\b(?:Inc|Corp|Ltd|Co|S\.A|e\.V)\.)?)"
    r"\s*(?:[.,]?\s*(?:19|20)\d{2}(?:[-–, ]+(?:19|20)\d{2})*|\.|,|$|All rights)",
)


# Parts of an institution: the whole is asked for.
_UNDER = re.compile(
    r"\b(?:fakultat|faculty|faculte|facultad|department of|lehrstuhl|school of|institut fur|abteilung|amt fur)\b"
)


def publisher(front: Front, titled: Sequence[Block], view: View) -> Found | None:
    """The institution or firm that published it: "Published by …", an institution on the first page, a copyright."""
    back = _back_lines(view)
    for line in [*front.lines, *back]:
        match = _PUBLISHED.match(line.text[:200])
        if match:
            return _institution(match["name"], line, 0.8, front, view)
    best: tuple[float, Line] | None = None
    taken = {line for block in titled for line in block.lines}
    home = titled[0].page if titled else 0
    for line in front.lines:
        if (
            line.page > home
            or line in taken
            or 0.3 < front.y_of(line) < 0.7
            or not ISSUER.search(fold(line.text))
            or len(line.text.split()) > 9
        ):
            continue
        if CONTACT.search(fold(line.text)) or re.search(r":\s*\S", line.text) or not _is_proper(line.text):
            continue
        score = 0.8 * math.log2(line.size / front.body) + (0.3 if line.bold else 0.0) - 0.8 * front.y_of(line)
        score -= 0.5 if _UNDER.search(fold(line.text)) else 0.0
        if best is None or score > best[0]:
            best = (score, line)
    if best:
        return _institution(best[1].text, best[1], 0.6, front, view)
    for line in [*front.lines, *back]:
        match = _RIGHTS.search(line.text[:200])
        if match and match["name"].strip().lower() not in ("notice", "all rights reserved"):
            return _institution(match["name"], line, 0.65, front, view)
    for line in back:
        office = re.match(r"^(?P<name>[^,:]{8,70}),", line.text)
        if office and ISSUER.search(fold(office["name"])) and line.text[:1].isupper():
            return _institution(office["name"], line, 0.5, front, view)
    return None


def _back_lines(view: View) -> list[Line]:
    last = len(view.readings) - 1
    return segments(view.readings[last], last) if last > 0 else []


def _institution(name: str, line: Line, sure: float, front: Front, view: View) -> Found:
    text = re.sub(r"\s+", " ", name).strip(" .,;:-–|")
    short = _acronym(text, [*front.lines, *_back_lines(view)])
    return Found(f"{text} ({short})" if short else text, line.text, sure, union_of([line]))


_CAPITALS = re.compile(r"(?<![\w-])[A-Z]{3,6}(?![\w])")


def _acronym(name: str, lines: Iterable[Line]) -> str:
    """The acronym that the document uses for a name, where its letters are the initials of the name's last words."""
    words = [word for word in name.replace("U.S.", "").split() if word.lower() not in _SMALL]
    initials = "".join(word[0] for word in words if word[0].isupper())
    if len(initials) < 3:
        return ""
    seen = {match.group() for line in lines for match in _CAPITALS.finditer(line.text[:300])}
    return max((short for short in seen if initials.endswith(short) and short not in name.split()), key=len, default="")


_KIND = re.compile(
    r"(?i)\b(?:(?:preliminary|final|annual|interim|quarterly|technical|progress|feasibility|inspection|audit|"
    r"research|working|"
    r"white|policy|discussion|position|cost|price|purchase|delivery|credit|pro ?forma|tax)[ -]){0,2}"
    r"(?:report|estimate|quotation|quote|invoice|receipt|memorandum|memo|thesis|dissertation|manual|user guide|"
    r"handbook|"
    r"specification|standard|agreement|contract|minutes|proposal|white ?paper|working paper|discussion paper|"
    r"briefing|brief|"
    r"guideline|policy|press release|newsletter|application|statement|order|certificate|proposed rules?|final rule|"
    r"solution brief|survey|redpaper|data sheet|datasheet|fact ?sheet|notice of proposed rulemaking|"
    r"masterarbeit|bachelorarbeit|diplomarbeit|dissertation|bericht|jahresbericht|abschlussbericht|gutachten|"
    r"rechnung|angebot|bescheid|"
    r"genehmigungsbescheid|protokoll|handbuch|skript|vertrag|lieferschein|gutschrift|pressemitteilung|"
    r"rapport|memoire|these|facture|devis|note|contrat|guide|compte rendu|communique de presse|"
    r"informe|factura|presupuesto|contrato|manual|tesis|memoria|relazione|fattura|contratto|verslag|factuur|"
    r"offerte|rapportage)s?\b"
)


def document_type(front: Front, titled: Sequence[Block]) -> Found | None:
    """What kind of document it says it is: in a heading of its own, else in the title."""
    top = {line for block in titled for line in block.lines}
    for line in front.lines:
        if line.page > 0 or line in top or front.y_of(line) > 0.6 or len(line.text.split()) > 7:
            continue
        stands_out = line.bold or line.size > 1.1 * front.body or line.text.isupper()
        bare = re.sub(r"\s*[(\[].*$|\s+(?:No|Nr|#).*$", "", line.text).strip(" :.-*")
        match = _KIND.search(bare)
        if match and stands_out and len(bare.split()) <= 5 and ":" not in bare:
            return Found(bare, line.text, 0.7, union_of([line]))
    for block in titled:
        match = _KIND.search(block.text)
        if match:
            return Found(match.group(), block.text, 0.65, union_of(block.lines))
    return None


_NUMBER = re.compile(
    r"(?i)\b(?:(?:report|document|doc|estimate|docket|publication|file|case|reference|ref|form|invoice|order|paper|"
    r"series|"
    r"rapport|bericht|dokument|dokumenten|berichts?|informe|aktenzeichen|geschaftszeichen|az)[ -]?(?:id|no|nr|"
    r"number|nummer|num|n°|#)?\.?|"
    r"id|no|nr|n°)\s*[:#.]?\s*(?P<id>(?=[\w./–-]*\d)[A-Z0-9][\w./–-]{1,30})"
)
_CODE = re.compile(r"(?<![\w/-])(?P<id>[A-Z]{2,8}[-–/](?:[A-Z0-9]{2,10}[-–/])?\d{2,8}(?:[-–/]\w{1,10})?)(?![\w/])")
_NOT_ID = re.compile(
    r"(?i)isbn|issn|page|seite|vol|phone|tel|fax|claim|policy|customer|account|table|figure|section|chapter|\d+ of \d+"
)


def report_id(front: Front) -> Found | None:
    """The number that the document goes by: labelled on the first page, else a code in its margins."""
    best: tuple[float, str, Line] | None = None
    for line in front.lines:
        if line.page > 1:
            break
        text = line.text[:160]
        for pattern, base in ((_NUMBER, 1.0), (_CODE, 0.5)):
            match = pattern.search(text)
            if match is None or _NOT_ID.search(text[: match.start("id")]) or len(text.split()) > 14:
                continue
            score = base + _id_score(match, line, front)
            if best is None or score > best[0]:
                best = (score, match["id"].rstrip(".,;/-–"), line)
    if best is None or best[0] < 1.0:
        return None
    return Found(best[1], best[2].text, min(0.85, 0.35 + 0.2 * best[0]), union_of([best[2]]))


def _id_score(match: re.Match[str], line: Line, front: Front) -> float:
    word = compact(match.group()[: match.start("id") - match.start()])
    value = (
        1.0
        if re.match(r"report|document|estimate|docket|aktenzeichen|publication|form|bericht|rapport|informe", word)
        else 0.0
    )
    value += 0.5 if "id" in word or "no" in word or "nr" in word else 0.0
    value -= 0.4 * line.page + 0.3 * front.y_of(line)
    value += 0.3 if re.search(r"[A-Z]", match["id"]) else 0.0
    return value - (0.8 if re.fullmatch(r"(?:19|20)\d{2}", match["id"]) else 0.0)
