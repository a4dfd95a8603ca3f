"""The conventions of a page or a document: decimal mark, order of day and month, language, currency."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from docproc.core.text.currencies import sure_currencies
from docproc.core.text.fold import fold, plain_marks
from docproc.core.text.numbers import find_amounts

# More text than this says nothing new about conventions.
_MOST_TEXT = 60_000


@dataclass(frozen=True)
class Locale:
    """`decimal` is "." or ","; `language` an ISO 639-1 code, `currency` an ISO 4217 code; None: unknown.

    `spaces`: whether plain spaces group thousands ("1 234,56").
    """

    decimal: str = "."
    day_first: bool = True
    language: str | None = None
    currency: str | None = None
    spaces: bool = False


# Frequent small words of documents, folded, that few of the other languages share.
_WORDS = """
    en: the of and to in for is on with this that from by invoice date are be total amount number page due not
        your you tax|
    de: der die das und in von zu mit den im fur auf ist des dem nicht ein eine rechnung datum betrag nummer
        gesamt wir sie bitte bei nach netto mwst ust zahlbar tage|
    fr: le la les de des et du en un une pour dans que est sur facture date montant total vous nous votre par
        tva ttc ht avec numero client au aux|
    es: el la los las de y en un una para que es con por factura fecha importe total su se del cliente iva
        numero|
    it: il la le di e in un una per che con del della fattura data importo totale si dei iva numero al da
        cliente|
    nl: de het een van en in voor met op is te dat factuur datum bedrag totaal niet uw wij bij btw aan nummer
        klant|
    pt: o a os as de e em um uma para que com do da dos fatura data valor total nao no na cliente iva numero|
    pl: i w z na do nie sie o faktura data kwota razem nr nip dla jest od sprzedawca nabywca netto brutto
        termin|
    sv: och i att av for med pa ar som den till faktura datum belopp summa moms kund en ett det inte fran|
    da: og i at af for med pa er som den til faktura dato belob moms kunde en et det ikke fra|
    no: og i at av for med pa er som den til faktura dato belop mva kunde en et det ikke fra|
    fi: ja on ei se lasku paiva summa yhteensa alv asiakas maksu viite era|
    cs: a v na je se do ze pro faktura datum celkem dph castka cislo dodavatel odberatel
"""


def _votes() -> dict[str, tuple[str, ...]]:
    votes: dict[str, tuple[str, ...]] = {}
    for line in _WORDS.split("|"):
        language, _, words = line.partition(":")
        for word in words.split():
            votes[word] = (*votes.get(word, ()), language.strip())
    return votes


_VOTES = _votes()
_TOKEN = re.compile(r"[a-z]+")
_COMMA = re.compile(r"(?<![\d.,])\d{1,3}(?:[.' ]?\d{3})*,\d{2}(?![\d.,])")
_POINT = re.compile(r"(?<![\d.,])\d{1,3}(?:[,' ]?\d{3})*\.\d{2}(?![\d.,])")
_COMMA_GROUP = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_POINT_GROUP = re.compile(r"(?<![\d.,])\d{1,3}(?:\.\d{3})+(?![\d.])")
_SPACE_GROUP = re.compile(r"(?<![\d.,] )(?<![\d.,])\d{1,3}(?: \d{3})+[.,]\d{2}(?![\d.,])")
_ANY_GROUP = re.compile(r"\d[.,']\d{3}(?!\d)|\d{4}[.,]\d{2}(?!\d)")
_NUMERIC_DATE = re.compile(r"(?<![\d./-])(\d{1,2})([./-])(\d{1,2})\2(?:\d{4}|\d{2})(?![\d./-])")
_STATES = (
    "A[KLRZ]|C[AOT]|DE|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]"
)
_AMERICAN = re.compile(rf"\b[A-Z][a-z]+,? (?:{_STATES}) \d{{5}}\b|\bUSA\b|\bUnited States\b")
_KRONE = re.compile(r"(?<![^\W\d_])kr\b", re.IGNORECASE)
_KRONES = {"sv": "SEK", "da": "DKK", "no": "NOK"}


def locale_of(text: str) -> Locale:
    """The conventions that a page's or document's text follows; where it does not tell, those of its language."""
    text = text[:_MOST_TEXT]
    language = _language_of(text)
    currency = _currency_of(text, language)
    plain = plain_marks(text)
    return Locale(
        decimal=_decimal_of(plain, language),
        day_first=_day_first(plain, language, currency),
        language=language,
        currency=currency,
        spaces=bool(_SPACE_GROUP.search(plain))
        and not _ANY_GROUP.search(plain)
        and language not in ("en", "de", "it", "nl"),
    )


def _language_of(text: str) -> str | None:
    """The language whose small words lead; None under three of them, or where two languages are level."""
    votes: dict[str, float] = {}
    for word, count in Counter(_TOKEN.findall(fold(text))).items():
        languages = _VOTES.get(word, ())
        for language in languages:
            # A repeated word counts, but a form that says "total" forty times is no essay.
            votes[language] = votes.get(language, 0.0) + min(count, 8) / len(languages)
    ranked = sorted(votes.items(), key=lambda vote: -vote[1])[:2]
    if not ranked or ranked[0][1] < 1.5:
        return None
    return ranked[0][0] if len(ranked) == 1 or ranked[0][1] > ranked[1][1] else None


def _decimal_of(plain: str, language: str | None) -> str:
    """The decimal mark that most amounts use; a thousands mark speaks for the other one."""
    commas = len(_COMMA.findall(plain)) * 2 + len(_POINT_GROUP.findall(plain))
    points = len(_POINT.findall(plain)) * 2 + len(_COMMA_GROUP.findall(plain))
    if commas != points:
        return "," if commas > points else "."
    return "." if language in (None, "en") else ","


def _day_first(plain: str, language: str | None, currency: str | None) -> bool:
    """By the dates that can be read in one way only; without any, month first in American documents alone."""
    days = months = 0
    for match in _NUMERIC_DATE.finditer(plain):
        first, second = int(match[1]), int(match[3])
        days += 12 < first <= 31 and 1 <= second <= 12
        months += 12 < second <= 31 and 1 <= first <= 12
    if days != months:
        return days > months
    american = currency == "USD" or bool(_AMERICAN.search(plain))
    return not (american and language in (None, "en"))


def _currency_of(text: str, language: str | None) -> str | None:
    """The currency that stands most often beside an amount, else most often at all."""
    beside = Counter(match.currency for match in find_amounts(text) if match.currency)
    if beside:
        return beside.most_common(1)[0][0]
    sure = Counter(sure_currencies(text))
    if sure:
        return sure.most_common(1)[0][0]
    return _KRONES.get(language or "") if _KRONE.search(text) else None
