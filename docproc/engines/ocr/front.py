"""The front matter of a document: the blocks of text on its first pages, and what kind of text each is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from docproc.core.boxes import Box
from docproc.core.text.dates import find_dates
from docproc.core.text.fold import fold
from docproc.core.types import Reading
from docproc.engines.ocr.lines import Line, compact, segments
from docproc.engines.ocr.view import View

# Pages that may carry a title, and pages whose letters say what body text looks like.
FRONT_PAGES = 3
SAMPLE_PAGES = 6
MOST_LINES = 400
MOST_CHARS = 300


@dataclass(frozen=True, slots=True)
class Block:
    """Lines (at least one, from top to bottom) that belong together.

    `y` is its top as a fraction of the page; `worded`: it is more than a date, a code, an address or a common heading.
    """

    lines: tuple[Line, ...]
    text: str
    folded: str
    size: float
    bold: bool
    box: Box
    page: int
    y: float
    worded: bool

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.text.split())


@dataclass(frozen=True, slots=True)
class Front:
    """The first pages: their lines, top to bottom, their blocks, and the size of body text in pixels.

    `heights` are those of all pages; `masthead` is where a periodical's masthead on the first page ends, 0 without
    one. `exact`: sizes come from a text layer, not from OCR's boxes.
    """

    lines: tuple[Line, ...]
    blocks: tuple[Block, ...]
    body: float
    heights: tuple[float, ...]
    masthead: float = 0.0
    exact: bool = True

    def y_of(self, line: Line) -> float:
        """The top of a line as a fraction of its page."""
        return line.box.y0 / self.heights[line.page]


def front_of(view: View) -> Front:
    """Lines and blocks of the first pages."""
    exact = all(reading.source == "layer" for reading in view.readings[:FRONT_PAGES])
    lines: list[Line] = []
    for page, reading in enumerate(view.readings[:FRONT_PAGES]):
        lines += sorted(segments(reading, page), key=lambda line: (line.box.y0, line.box.x0))[:MOST_LINES]
    lines = [line for line in lines if any(char.isalnum() for char in line.text)]
    heights = tuple(max(1.0, reading.height) for reading in view.readings)
    body = body_size(view.readings)
    blocks = [
        block
        for page in range(min(FRONT_PAGES, len(heights)))
        for block in _blocks([line for line in lines if line.page == page], heights[page], exact)
    ]
    return Front(tuple(lines), tuple(blocks), body, heights, _masthead(lines, heights), exact)


def _masthead(lines: Sequence[Line], heights: Sequence[float]) -> float:
    ends = [
        line.box.y1
        for line in lines
        if line.page == 0 and line.box.y0 < 0.25 * heights[0] and MASTHEAD.search(line.text[:MOST_CHARS].lower())
    ]
    return max(ends, default=0.0)


def body_size(readings: Sequence[Reading]) -> float:
    """The size of most of the first pages' letters, in pixels."""
    sizes: Counter[float] = Counter()
    for reading in readings[:SAMPLE_PAGES]:
        for word in reading.words:
            sizes[round((word.size or word.box.height) * 2) / 2] += len(word.text)
    total, seen = sum(sizes.values()), 0
    for size, count in sorted(sizes.items()):
        seen += count
        if seen * 2 >= total:
            return max(1.0, size)
    return 1.0


def _blocks(lines: Sequence[Line], height: float, exact: bool) -> list[Block]:
    groups: list[list[Line]] = []
    for line in lines:
        for group in reversed(groups[-12:]):
            if _joins(group, line, exact):
                group.append(line)
                break
        else:
            groups.append([line])
    return [_block(group, height) for group in groups]


def _joins(group: Sequence[Line], line: Line, exact: bool) -> bool:
    """Whether a line goes on with the block above it: same type, next line, over or under it."""
    last = group[-1]
    low, high = sorted((last.size, line.size))
    pitch = line.box.y0 - last.box.y0
    if low < (0.92 if exact else 0.8) * high or (exact and last.bold != line.bold):
        return False
    # OCR's boxes are tight around the letters.
    if not 0.4 * low < pitch <= (1.75 if exact else 2.0) * high or len(group) > 60:
        return False
    shared = min(last.box.x1, line.box.x1) - max(last.box.x0, line.box.x0)
    if shared <= 0.3 * min(last.box.width, line.box.width):
        return False
    if len(group) > 1 and pitch > 1.35 * (last.box.y0 - group[-2].box.y0):
        return False
    if is_upper(last.text) != is_upper(line.text) and min(len(last.words), len(line.words)) > 1:
        return False
    return not _stands_alone(line.text) and (not _stands_alone(last.text) or SUBJECT.match(last.text) is not None)


def _stands_alone(text: str) -> bool:
    """Whether a line is a label with its value, a date, or an order to a reader of the page: no part of a block."""
    folded = fold(text[:MOST_CHARS])
    return bool(LABEL.match(folded) or ORDERS.search(folded)) or is_date_line(text)


def is_upper(text: str) -> bool:
    """Whether a text is in capitals."""
    letters = [char for char in text[:MOST_CHARS] if char.isalpha()]
    return len(letters) > 3 and sum(char.isupper() for char in letters) > 0.85 * len(letters)


def _block(lines: Sequence[Line], height: float) -> Block:
    box = lines[0].box
    for line in lines[1:]:
        box = box.union(line.box)
    text = joined(line.text for line in lines)[: MOST_CHARS * 4]
    bold = sum(line.bold for line in lines) * 2 > len(lines)
    size = median(line.size for line in lines)
    return Block(tuple(lines), text, fold(text), size, bold, box, lines[0].page, box.y0 / height, _is_worded(text))


def _is_worded(text: str) -> bool:
    folded = fold(text[:200])
    if sum(char.isalpha() for char in text) < 4 or CODE.search(folded) or CONTACT.search(folded):
        return False
    return not is_generic(text) and not is_date_line(text)


def joined(texts: Iterable[str]) -> str:
    """Lines as one text: a word that was parted at a line's end is whole again."""
    out = ""
    for text in texts:
        if out.endswith("-") and len(out) > 2 and out[-2].islower() and text[:1].islower():
            out = out[:-1] + text
        else:
            out = f"{out} {text}" if out else text
    return out


GENERIC = re.compile(
    r"frontcover|backcover|cover|contents|tableofcontents|inhalt|inhaltsverzeichnis|sommaire|tabledesmatieres|indice|"
    r"inhoud|inhoudsopgave|abstract|summary|zusammenfassung|kurzfassung|resume|resumen|foreword|vorwort|preface|"
    r"prefacio|"
    r"copyright|copyrightnotice|confidential|vertraulich|confidentiel|draft|entwurf|memorandum|memo|letter|notice|"
    r"notices|"
    r"forimmediaterelease|pressrelease|newsrelease|pressemitteilung|communiquedepresse|workingpaper(?:series)?|"
    r"discussionpaper(?:series)?|researcharticle|originalarticle|article|executivesummary|introduction|einleitung|"
    r"acknowledg\w+|danksagung\w*|references|bibliography|page\d*(?:of\d+)?|seite\d*(?:von\d+)?|keywords|articleinfo|"
    r"technicalreport|whitepaper|adressede\w+|billto|soldto|shipto|deliveryaddress|invoiceaddress|billingaddress|"
    r"lieferadresse|rechnungsadresse|rechnungsempfanger|(?:customer|vehicle|payment|contact)information|regionandstate|"
    r"(?:.{0,40}left(?:intentionally)?blank)|(?:.{0,40}enblanco.{0,20})|"
    r"(?:.{0,40}blanche.{0,10})|"
    r"(?:.{0,30}(?:absichtlich|bewusst)(?:leer|frei).{0,20})|openaccess|agenda|revisionhistory|listof\w+|part[ivx\d]+"
)
# Who publishes, not what is published.
ISSUER = re.compile(
    r"\b(?:department|ministry|ministere|ministerio|ministero|ministerium|bundesministerium|agency|agencia|agence|"
    r"agentur|"
    r"administration|university|universitat|universite|universidad|universita|universiteit|hochschule|college|institut|"
    r"institute|instituto|istituto|fakultat|faculty|faculte|facultad|lehrstuhl|school of|authority|committee|council|"
    r"government|gouvernement|gobierno|regierung|office|bureau|amt|landesamt|bundesamt|commission|kommission|"
    r"confederacion|association|foundation|stiftung|society|"
    r"gesellschaft|corporation|federation|verband|verein|board of|library|laboratory|centre for|center for|stadt|"
    r"gemeinde|"
    r"city of|state of|republic of|bank|press|verlag|editions|gmbh|llp|llc|inc|ltd|plc|e\.v\.|s\.a\.|ag)\b"
)
CODE = re.compile(
    r"\b(?:isbn|issn|doi|docket|rin|cfr|arxiv|e-?isbn|vol|volume|jahrgang|band|heft|ausgabe|edition|auflage|"
    r"version|rev|"
    r"revision|no|nr|number|form|document|doc|ref|aktenzeichen|az|report no|publication no|series)\b\W{0,3}\S*\d|"
    r"\b\d+ (?:cfr|usc|u\.s\.c)\b|^\W*\[|^[\w./-]*\d[\w./-]*$|\d{4,}[-/]\d"
)
CONTACT = re.compile(
    r"https?:|www\.|@\w|\b(?:tel|telephone|phone|fax|telefon|telefax|e-?mail|url|courriel|telecopieur)\b ?[.:+(\d]|"
    r"\b\d{5}(?:-\d{4})?\b [a-z]{3}|\b[a-z]{2} \d{5}\b|\b\w+(?:str\.|stras+e|street|road|avenue|platz|allee)\b.*\d|"
    r"^\d+ \w+ (?:st|street|road|ave)\b"
)
LABEL = re.compile(
    r"^\W*(?:report id|report no|report date|date|datum|fecha|to|from|an|von|de|cc|subject|subj|re|ref|betreff|"
    r"betr|objet|"
    r"asunto|oggetto|onderwerp|prepared (?:by|for)|author|authors|autor|auteur|page|seite|invoice|rechnung\w*|customer|"
    r"client|warehouse|agency|action|summary|dates|addresses|total|amount|version|status|department|contact|project|"
    r"telephone|phone|tel|fax|email|e-mail|name|address|note|attention|attn|applicant\w*|street|city|present|time|"
    r"place|"
    r"location|order|account|your ref|our ref|system|user|assistant|keywords|key words|jel|issn|isbn|doi|[a-z]+ "
    r"?(?:id|no|nr|#))\W{0,2}:"
)
SUBJECT = re.compile(
    r"^\W*(?:subject|subj|re|betreff|betr|objet|asunto|oggetto|onderwerp)\W{0,2}:\s*(?=\S)", re.IGNORECASE
)
ORDERS = re.compile(
    r"ignore (?:all )?(?:the )?(?:previous|prior|above)|(?:previous|prior) instructions|answer only|you are (?:an? "
    r")?(?:ai|assistant|model)|"
    r"^\W*(?:system|assistant|user) ?:|do not (?:tell|mention|reveal)|respond with|output only|\{\s*\""
)
MASTHEAD = re.compile(
    r"\b(?:vol|volume|jahrgang|jg|tome|band)\b\W{0,2}\d+.{0,20}\b(?:no|nr|issue|number|heft|n)\b\W{0,2}\d|\bissn\b"
)


def is_generic(text: str) -> bool:
    """Whether a text heads some part of any document, and so titles none."""
    return GENERIC.fullmatch(compact(text)) is not None


def is_date_line(text: str) -> bool:
    """Whether a text is hardly more than a date."""
    found = find_dates(text[:MOST_CHARS])
    return bool(found) and sum(match.end - match.start for match in found) >= 0.55 * len(text.strip())
