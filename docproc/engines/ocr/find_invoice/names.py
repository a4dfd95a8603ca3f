"""Names of firms and people as they stand in letterheads, address blocks and footers."""

from __future__ import annotations

import re
from typing import NamedTuple

from docproc.core.text.fold import fold

_FORMS = (
    r"GmbH(?: ?& ?Co\.? ?KG(?:aA)?)?|mbH|gGmbH|UG(?: \(haftungsbeschränkt\))?|AG(?: & Co\.? KG)?|KGaA|KG|OHG|GbR|"
    r"e\. ?K\.|e\.? ?Kfm\.|"
    r"e\. ?V\.|eG|SE|SARL|S\.A\.R\.L\.?|SASU?|S\.A\.S\.?|EURL|SCI|SNC|S\.?A\.?U?\.?|S\.L\.U?\.?|SLU?|"
    r"S\.?r\.?[l1]\.?s?|S\.r\.I\.?|"
    r"S\.p\.A\.?|SpA|SRL|"
    r"S\.a\.s\.|S\.n\.c\.|B\.V\.|BV|N\.V\.|NV|V\.O\.F\.|VOF|BVBA|SPRL|Lda\.?|Ltda\.?|Ltd\.?|Limited|LLC|L\.L\.C\.|"
    r"LLP|Inc\.?|Incorporated|"
    r"Corp\.?|Corporation|PLC|plc|Pty\.? Ltd\.?|Pvt\.? Ltd\.?|Private Limited|Co\.|Company|ApS|A/S|AB|AS|Oy|Oyj|"
    r"Sp\. z o\.o\.|s\.r\.o\.|a\.s\.|d\.o\.o\.|Kft\.?|Zrt\.?|Unipessoal,? Lda\.?|Stiftung|Stichting"
)
#: A legal form at the end of a name.
LEGAL = re.compile(rf"(?:(?<=\s)|(?<=,))(?:{_FORMS})(?=[\s,;·•|●)\-–]|$)", re.IGNORECASE)
# French firms state their form beside their name ("SARL au capital de …"); it is no part of the name.
_FRENCH_FORM = re.compile(r"[,\s]+(?:SARL|SASU?|EURL|SNC|SCI|S\.A\.R\.L\.?|S\.A\.S\.?|SA)$")
_CAPITAL = re.compile(
    r"^(?P<name>[^\W\d_][^:;|•·]{1,50}?)[\s,–-]+(?:SARL|SASU?|EURL|SA|S\.A\.S?\.?(?:R\.L\.)?|"
    r"Société[^,]{0,30}) au capital"
)
_SEPARATOR = re.compile(r"\s+[-–—|·•●*⋅∙◦/]+\s+|\s*[|·•●∙⋅]\s*|,\s+|\t")
#: A word for a street or a building.
STREET_WORD = re.compile(
    r"(?i)(?:str(?:\.|asse|aße)|gasse\b|weg\b|allee\b|platz\b|ring\b|damm\b|ufer\b|\bstreet\b|\bst\b\.?|\broad\b|"
    r"\brd\b\.?|\bavenue\b|\bave\b\.?|\blane\b|"
    r"\bdrive\b|\bboulevard\b|\bblvd\b|\bsuite\b|\bfloor\b|\bhouse\b|\bunit\b|\bmills?\b|\bcourt\b|\bestate\b|"
    r"\bterrace\b|\bway\b|\bsquare\b|\bp\.? ?o\.? box\b|\bpostfach\b|\brue\b|\bchemin\b|\bquai\b|\bplace\b|\bimpasse\b|"
    r"\broute\b|\bcalle\b|\bc/|\bplaza\b|\bpaseo\b|\bvia\b|\bviale\b|\bpiazza\b|\bcorso\b|straat\b|laan\b|gracht\b|"
    r"plein\b|\brua\b|\bavenida\b|\bav\b\.?|\blargo\b)"
)
_CONTACT = re.compile(
    r"(?i)(?:\btel\b|telefon|phone|\bfax\b|\bfon\b|\bmobil|www\.|https?:|@|\biban\b|\bbic\b|\bust|\bvat\b|\btva\b|"
    r"\bbtw\b|\bcif\b|\bnif\b|p\.? ?iva|siret|"
    r"\bhrb\b|amtsgericht|\bkvk\b|handelsregister|steuernummer|\bgstin\b|\babn\b|\bcin\b|kd\.?-?nr|kunden-?n|\+\d{2})"
)
_NOISE = re.compile(
    r"(?i)^(?:\(.*\)|herrn?|frau|mr|mrs|ms|mme|m|sig|firma|fa|an|to|from|gln\b.*|duns\b.*|nummer\b.*|"
    r"globale nummer.*|\W*\d[\d\s./:-]*|page \d.*|seite \d.*|"
    r"original|kopie|copy|duplicate|duplikat|duplicata|exmo.*|spett.*|kontakt|contact|name|address|adresse|anschrift|"
    r"bank name|"
    r"bank|[\w .-]*(?:bank|sparkasse)|date|datum|tel|phone|from|bill to|account no|ifsc code|description|gstin|cin)\W*$"
)
_LEAD = re.compile(
    r"(?i)^(?:attn|attention|z\. ?hd\.?|t\.a\.v\.|c/o|firma|fa\.|herrn|name|messrs\.?|m/s|registered office|"
    r"corporate office|"
    r"head office|siège social|sede legale|geschäftssitz)\s*[.:]?\s+"
)
_TITLE_WORD = re.compile(
    r"(?i)^(?:(?:tax|vat|sales|commercial|pro ?forma|copy|kopie|original)\s+)?(?:invoice|rechnung|handelsrechnung|"
    r"facture|factura|fattura|factuur|"
    r"fatura|gutschrift|credit note|quittung|receipt|bill|statement|avoir|lieferschein|payment receipt|"
    r"purchase order)\b"
)


def has_form(text: str) -> bool:
    """Whether a text holds the legal form of a firm after at least one word."""
    match = LEGAL.search(text)
    return match is not None and match.start() > 1


def is_street(text: str) -> bool:
    """Whether a line looks like a street: a word for one, or a house number behind or before words."""
    plain = text.strip(" ,")
    numbered = re.search(r"[^\W\d_]{3,}[ .,]+\d{1,4} ?[a-zA-Z]?(?:[-/]\d+\w?)?,?$", plain) or re.match(
        r"^\d{1,5}[a-zA-Z]?,? [^\W\d_]{3,}", plain
    )
    return (bool(STREET_WORD.search(plain)) and any(c.isdigit() for c in plain)) or bool(numbered)


def is_contact(text: str) -> bool:
    """Whether a line tells how to reach or identify a firm: telephone, e-mail, registers, tax numbers, bank."""
    return bool(_CONTACT.search(text))


def is_noise(text: str) -> bool:
    """Whether a line of an address block cannot be the party's name."""
    plain = text.strip()
    return (
        len(plain) < 2
        or (len(plain.split()) > 7 and not has_form(plain))  # a sentence
        or bool(_NOISE.match(plain))
        or sum(c.isalpha() for c in plain) < 2
        or bool(_TITLE_WORD.match(plain))
    )


def tidy(text: str) -> tuple[int, int]:
    """Where in a line the name stands: without "Attn:", a closing mark, and a French form; as offsets."""
    start, end = 0, len(text)
    lead = _LEAD.match(text)
    if lead:
        start = lead.end()
    while end > start and text[end - 1] in " ,;:-–|·•":
        end -= 1
    form = _FRENCH_FORM.search(text[start:end])
    if form and form.start() > 1:
        end = start + form.start()
    return start, end


def name_in_capital_line(text: str) -> tuple[int, int] | None:
    """Where the name stands in a French footer ("Free SAS au capital de …"); None in other lines."""
    match = _CAPITAL.match(text)
    if match is None or len(match["name"].split()) > 6 or is_street(match["name"]):
        return None
    start, end = tidy(match["name"])
    return match.start("name") + start, match.start("name") + end


def segments(text: str) -> list[tuple[int, int]]:
    """The parts of a one-line address ("Name · Street 1 · 12345 City"), as offsets."""
    parts, start = [], 0
    for match in _SEPARATOR.finditer(text):
        parts.append((start, match.start()))
        start = match.end()
    parts.append((start, len(text)))
    return [(start, end) for start, end in parts if text[start:end].strip()]


def key_of_name(text: str) -> str:
    """What two writings of one name share: folded letters and digits, without the legal form."""
    match = LEGAL.search(text)
    base = text[: match.start()] if match and match.start() > 1 else text
    return re.sub(r"[^a-z0-9]", "", fold(base))


class Host(NamedTuple):
    """The telling part of a mail or web address: `text[start:end]` is "amazon" in "www.amazon.co.uk"."""

    start: int
    end: int
    key: str
    web: bool


def hosts_in(text: str) -> list[Host]:
    """The hosts of the addresses in a text, without those of big mail providers."""
    found = []
    for match in _ADDRESS.finditer(text):
        labels = list(re.finditer(r"[^.]+", match["host"]))
        if len(labels) > 1 and len(labels[-1].group()) <= 3:
            labels.pop()  # "co.uk"
        start, end = (match.start("host") + at for at in labels[-1].span())
        key = re.sub(r"[^a-z0-9]", "", fold(text[start:end]))
        if len(key) >= 3 and key not in _PROVIDERS:
            found.append(Host(start, end, key, "@" not in match.group()))
    return found


_ADDRESS = re.compile(r"(?i)(?:@|https?://(?:www\.)?|www\.)(?P<host>[\w-]+(?:\.[\w-]+)*)\.[a-z]{2,}")
_MAIL = "gmail gmx web outlook hotmail yahoo localhost example aol icloud t-online tonline wanadoo mail"
_PROVIDERS = frozenset(_MAIL.split())
