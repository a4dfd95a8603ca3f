"""The rows of a receipt, each told what it is for: label, money, code or telephone line, heading, writing by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

from docproc.core.text.dates import find_dates
from docproc.core.text.fold import fold
from docproc.core.types import Reading, Word
from docproc.engines.ocr.addresses import address_score
from docproc.engines.ocr.dates_ocr import mended
from docproc.engines.ocr.lines import Line, compact, line_of, rows

RowKind = Literal["name", "address", "phone", "register", "heading", "web", "noise", "body"]

# A receipt has a few hundred rows at most; what comes after is not read.
MOST_ROWS = 400
MOST_CHARS = 200

LEGAL = re.compile(
    r"\b(?:sdn\.? ?bhd|s/b|bhd|berhad|enterprises?|plt|ltd|limited|llc|inc|corp|corporation|company|co|gmbh|ag|kg|ohg|"
    r"ug|gbr|e\.? ?k|sarl|sas|sasu|eurl|snc|s\.? ?a|s\.? ?l|s\.? ?l\.? ?u|s\.? ?r\.? ?l|s\.? ?p\.? ?a|b\.? ?v|n\.? ?v|"
    r"v\.? ?o\.? ?f|pte|pty|pvt|private|plc|llp|oy|ab|aps|lda|ltda|s\.? ?c)\b\W*$|"
    r"sdn\W?bhd|gmbh|\bpte\.? ltd|\w{5}(?:ltd|bhd)\W*$"
)
BUSINESS = re.compile(
    r"enterprise|trading|restoran|restaurant|restauran|mart\b|market|store|shop|cafe|caffe|coffee|bakery|bakeries|"
    r"bistro|"
    r"hardware|pharmac|farmasi|kedai|stationer|books|marketing|supermar|hyper|niaga|perniagaan|syarikat|pasaraya|"
    r"pasarraya|"
    r"motor|auto|petrol|fuel|service|hotel|clinic|klinik|parking|cuisine|kitchen|kopitiam|electric|electronic|industr|"
    r"gift|decor|fashion|optic|salon|studio|centre|center|corner|catering|food|seafood|noodle|chicken|tailor|baeckerei|"
    r"backerei|metzgerei|apotheke|gasthaus|gasthof|hotel|kiosk|boulangerie|patisserie|brasserie|bistrot|epicerie|tabac|"
    r"librairie|pharmacie|boucherie|traiteur|auberge|bar\b|cerveceria|cafeteria|panaderia|farmacia|ferreteria|"
    r"hosteleria|"
    r"tienda|pasticceria|trattoria|pizzeria|ristorante|osteria|gelateria|winkel|bakkerij|slagerij|apotheek|diner|grill|"
    r"tavern|pub\b|inn\b|deli\b|sons\b|bros\b|brothers|holding|group|venture|resources|global|international|"
    r"maju|jaya\b|emporium|boutique|jewel|florist|laundry|garage|workshop|supplies|supply|wholesale|retail|house\b"
)
_REGISTER = re.compile(
    r"gst(?:id|reg|no|in)|vat(?:no|reg|id|num)|co(?:mpany)?reg|companyno|cono\d|regno|regist(?:er|ration)|"
    r"businessreg|^roc\W?\d|ssmno|"
    r"^ust|^stnr|uidnr|steuernr|steuernummer|mwstnr|^siret|^siren|^rcs|^tva|^nif|^cif|^piva|partitaiva|^abn\d|^acn\d|"
    r"^uen|brn\d|gst\d{6}|"
    r"kvk|btwnr|^hrb|taxid|taxno|sstno|sstid|servicetaxno|^gst\W?reg|naf\d|^ein\d|^tin\d|^crn\d|licen[cs]eno"
)
_REGISTER_FORM = re.compile(
    r"^\W*(?:[A-Z]{1,3} ?)?\d{5,12}(?: ?[-–~] ?[A-Z0-9])?\W*$|^\W*[A-Z]{1,3}\d{5,12}[- ]?[A-Z]?\W*$"
)
_PHONE_WORD = re.compile(
    r"^\W*(?:tel|te1|tei|telephone|telefon|telefoon|telefono|telp|phone|ph|fax|hp|h/p|mobile|mob|hotline|fon|call|"
    r"contact|tlf|t)\b[^a-z]{0,8}\d?"
)
_PHONE_FORM = re.compile(r"^[\W\d]*$")
_HEADING = re.compile(
    r"^\W*(?:simplified)?(?:tax|vat)?(?:inv[o0q]ice|involce)(?:copy|original)?$|^(?:official|cash|sales?|customer|"
    r"merchant)?(?:receipt|recelpt|receipi|bill|slip)(?:copy)?$|"
    r"^(?:original|duplicate|reprint|copy|customercopy|welcome|willkommen|bienvenue|bienvenidos|benvenuti|"
    r"guestcheck|checkclosed|salesreceipt)$|"
    r"^(?:kassenbon|kassenbeleg|bon|quittung|rechnung|beleg|ticket|ticketdecaisse|facture|recu|facturasimplificada|"
    r"factura|recibo|"
    r"documentocommerciale|scontrino|scontrinofiscale|ricevuta|kassabon|bonnetje|taxinvoicereceipt|cashsales?|"
    r"cashinvoice|"
    r"divenditaoprestazione|invoice|resit|resitrasmi|eatin|takeaway|takeout|dinein|welcometo|paidreceipt|"
    r"cashbilltaxinvoice)$|taxinvoice$|^taxinvo"
)
_WEB = re.compile(r"www\.|https?:|\.com\b|\.my\b|\.de\b|\.fr\b|[\w.]+@[\w-]+\.\w|e-?mail|facebook|instagram")
_BODY = re.compile(
    r"^(?:cashier|cash[il1]er|kassierer|caissier|cajero|date\b|datum|fecha|tarikh|data\b|time\b|uhrzeit|heure|"
    r"hora\b|table\b|tableno|tisch|mesa|"
    r"receiptno|rece[il]ptno|invoiceno|invno|inv#|billno|bill#|orderno|docno|check#|checkno|ticketno|terminal|"
    r"server\b|pos\b|till\b|kasse|bonnr|"
    r"slipno|trans|trx|ref|desc|item|qty|quantity|artikel|bezeichnung|designation|descrizione|salesperson|customer|"
    r"member|pax|guest|counter|"
    r"lane\d|reg\d|register#|pump|memb|thank|price|amount|menge|order|ord#|doc\b|documentno|attended|served|"
    r"serveur|camarero|bed\d|bediener|rechnungnr|"
    r"ouvert|opening|openinghours|offnung|horario|caisse|kassa|auth|suggest|entry|member)|cashier|invoiceno|"
    r"receiptno|billno|ticketno"
)
_MONEY = re.compile(r"(?<![\w.,/:-])-?(?:rm|s?\$|€|£)? ?\d{1,3}(?:[.,]\d{3})*[.,]\d{2}(?:\s?[a-z€$]{0,3})$")


@dataclass(frozen=True, slots=True)
class Row:
    """A row and what it is taken for; `packed` is its text folded, without spaces and marks."""

    line: Line
    packed: str
    folded: str
    kind: RowKind

    @property
    def text(self) -> str:
        """The text as read."""
        return self.line.text


def rows_of(readings: Sequence[Reading]) -> tuple[Row, ...]:
    """The rows of every page of a receipt, classified one by one."""
    found: list[Row] = []
    for page, reading in enumerate(readings):
        lines = rows(reading, page)[: MOST_ROWS - len(found)]
        sizes = [line.size for line in lines for _ in line.words]
        usual = median(sizes) if sizes else 1.0
        for whole in lines:
            line = _without_pen(_short(whole), usual)
            text = line.text
            folded, packed = fold(text), compact(text)
            found.append(Row(line, packed, folded, _kind(text, folded, packed, line)))
    return tuple(_settled(found, at) for at in range(len(found)))


def _settled(rows: Sequence[Row], at: int) -> Row:
    """Row `at`, an address where it looks a little like one, and so does its neighbour, below a name."""
    row = rows[at]
    above = {other.kind for other in rows[:at]}
    if row.kind != "name" or not _may_be_address(row) or "name" not in above or "body" in above:
        return row
    neighbours = [other for other in rows[max(0, at - 1) : at + 2] if other is not row]
    beside = any(other.kind == "address" or (other.kind == "name" and _may_be_address(other)) for other in neighbours)
    return replace(row, kind="address") if beside else row


def _may_be_address(row: Row) -> bool:
    return not LEGAL.search(row.folded) and not BUSINESS.search(row.folded) and address_score(row.text) >= 0.6


def _short(line: Line) -> Line:
    """The line's first words: what a hostile page has in one line would take rules for text minutes to read."""
    if len(line.text) <= MOST_CHARS:
        return line
    words: list[Word] = []
    count = 0
    for word in line.words:
        count += len(word.text) + 1
        if count > MOST_CHARS and words:
            break
        words.append(word._replace(text=word.text[:MOST_CHARS]))
    return line_of(words, line.page)


def _without_pen(line: Line, usual: float) -> Line:
    """The line without the words that a pen or a stamp put over print: far taller than both the line and the page."""
    kept = [w for w in line.words if (w.size or w.box.height) < 1.9 * min(line.size, 1.6 * usual)]
    return line_of(kept, line.page) if kept and len(kept) < len(line.words) else line


def _kind(text: str, folded: str, packed: str, line: Line) -> RowKind:
    letters = sum(char.isalpha() for char in text)
    for kind, says in (
        ("heading", _HEADING.search(packed)),
        ("register", is_register(text, packed)),
        ("phone", is_phone(text, folded)),
        ("web", _WEB.search(folded)),
        ("noise", letters < 3 or line.confidence < 0.6),
        ("body", _BODY.search(packed) or _MONEY.search(folded) or find_dates(mended(text))),
    ):
        if says and not (kind == "noise" and address_score(text) >= 1):
            return kind  # type: ignore[return-value]  # the names above are all of RowKind
    return "address" if address_score(text) >= 1 and not LEGAL.search(folded) else "name"


_BRACKETS = re.compile(r"\s*[(\[<].*$")


def is_register(text: str, packed: str) -> bool:
    """Whether a line tells a number of a company or tax register and not the company's name before it."""
    bare = fold(_BRACKETS.sub("", text))
    if bare != fold(text) and LEGAL.search(bare) and not _REGISTER.search(compact(bare)):
        return False
    digits = sum(char.isdigit() for char in packed)
    return (digits >= 4 and _REGISTER.search(packed) is not None) or _REGISTER_FORM.match(text) is not None


def is_phone(text: str, folded: str) -> bool:
    """Whether a line is a telephone or fax number."""
    digits = sum(char.isdigit() for char in text)
    if _PHONE_WORD.match(folded) and (digits >= 5 or len(folded) < 12):
        return True
    return (
        7 <= digits <= 16
        and _PHONE_FORM.match(text) is not None
        and "-" in text + "-" * text.lstrip("(").startswith(("0", "+"))
    )
