"""The header row of a line-item table: which columns it names, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from docproc.core.boxes import Box
from docproc.engines.ocr.labels import Hit, Lexicon, hits_in, lexicon_of
from docproc.engines.ocr.rows import Row, Sheet

#: Columns whose cells are numbers.
NUMERIC = frozenset({"quantity", "unit_price", "discount", "tax", "amount", "gross", "packing"})

_COLUMNS = {
    "pos": "pos|position|pos nr|no|nr|line|line no|item no|ligne|lfd nr|lfd|riga|n|sr no|s no|sl no|linea|rang",
    "code": "article no|article number|art nr|artikelnummer|artikel nr|artnr|sku|code|ref|reference|item code|gtin|ean|"
    "art nr kunde|art nr lief|art nr lieferant|product code|codice|cod|codigo|referencia|art no|part no|"
    "part number|product no|bestellnummer|codice articolo|artikelcode|article code|artigo|item number|product id|hsn",
    "name": "description|bezeichnung|beschreibung|artikelbezeichnung|produkt|product|products|leistung|leistungen|"
    "designation|libelle|descripcion|concepto|descrizione|omschrijving|descricao|item|items|details|service|"
    "services|artikel|article|articles|articulo|text|particulars|leistungsbeschreibung|description of services|"
    "designacao|item description|produit|produits|prestation|prestations|denominazione|product name|item name|"
    "produktbezeichnung|beschreibung der leistung|description of goods|leistung artikel|product description|"
    "artikel bezeichnung|bezeichnung der leistung|activity|title|prodotto|producto|dienstleistung|gegenstand|"
    "articolo|natura e qualita dei beni|ware|warenbezeichnung|arbeiten|plan",
    "quantity": "qty|quantity|menge|anzahl|anz|stuck|stk|quantite|qte|cantidad|cant|uds|unidades|quantita|q ta|qta|"
    "aantal|hoeveelheid|qtd|quantidade|hours|stunden|std|hrs|units|nombre|nb|qtde|hrs qty|quant|liefermenge|"
    "qty shipped|units hours|days|heures|tage|q te|hours qty|menge einheit|anzahl einheit",
    "unit": "unit|einheit|me|unite|eenheid|ud|um|u m|uom|unidad|einh|unita|unidade|mengeneinheit|dim",
    "packing": "vke geb|preisbasis|preiseinheit|vpe|pe|basismenge|price basis",
    "unit_price": "unit price|price|rate|einzelpreis|preis|nettopreis|stuckpreis|e preis|ep|prix unitaire|p u|pu ht|"
    "pu|prix unitaire ht|precio|precio unitario|prezzo|prezzo unitario|prijs|stuksprijs|preco|pr unitario|vk preis|"
    "einzel|unit cost|price per unit|cost|net price|preis chf|preis eur|einzelpreis eur|einzelpreis netto|"
    "unit price net|p u ht|prix|prix u ht|preco unitario|precio ud|prix unit|prix unitaire eur|eenheidsprijs|prezzo un|"
    "pvp|listenpreis|tarif|preis netto|preis einheit|unitaire|rate gbp|price gbp|price eur|price usd|stundensatz|"
    "einheitspreis|preis pro einheit|preis stuck|price each|each|unit|p unit|precio unit|epreis|unit rate|net rate",
    "discount": "disc|discount|rabatt|rem|remise|dto|sconto|korting|desc|rab|descuento|desconto|nachlass",
    "tax": "vat|tax|taxes|mwst|ust|tva|iva|btw|steuersatz|steuer|gst|vat rate|tax rate|ust satz|mwst satz|taux tva|"
    "taux|tva taux|steuers|ust s|tax amount|vat amount|montant tva|mwst betrag|igst|cgst|sgst|tipo iva|btw tarief",
    "amount": "amount|line total|total|betrag|gesamt|gesamtpreis|summe|nettobetrag|nettowert|entgelt|montant|"
    "montant ht|"
    "total ht|prix ht|importe|importo|bedrag|valor|total price|net amount|gesamtbetrag|totale|totaal|prix total|net|"
    "net total|extended price|line amount|netto|betrag eur|gesamtpreis eur|valeur|total eur|total net|total line|"
    "gesamtpreis netto|betrag netto|prix total ht|total net price|amount eur|amount gbp|amount usd|betrag chf|"
    "gesamtwert|positionsbetrag|zeilensumme|pos betrag|item total|ext price|extended|price total|total excl vat|"
    "montant eur ht|total hors taxe|net value|nettosumme|gesamt eur|net price total|importe total|totaal excl btw|"
    "positionssumme|charge|charges|value|nettogesamt|gesamt netto|preis gesamt|total linea|subtotal|warenwert",
    "gross": "amount incl vat|montant ttc|brutto|total ttc|gross amount|bruttobetrag|montant eur ttc|prix ttc|"
    "gross|total incl vat|gesamt brutto|gross worth|totaal incl btw|total con iva|total incl gst",
}


@cache
def column_lexicon() -> Lexicon:
    """The words of line-item headers, built once."""
    return lexicon_of({name: {1.0: phrases} for name, phrases in _COLUMNS.items()})


@dataclass(frozen=True)
class Column:
    """A column: its name in the lexicon, the box of its header words, and which line of the header it is on."""

    name: str
    box: Box
    line: int


@dataclass(frozen=True)
class Header:
    """A line-item header: rows `first` to `last` of a sheet, and its columns from left to right."""

    sheet: int
    first: int
    last: int
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column | None:
        """The column of that name; of several amounts the rightmost, else the leftmost."""
        found = [column for column in self.columns if column.name == name]
        if not found:
            return None
        return found[-1] if name in ("amount", "gross") else found[0]


def headers_in(sheet: Sheet) -> list[Header]:
    """The line-item headers of a page, from top to bottom."""
    by_row: dict[int, list[Hit]] = {}
    for hit in hits_in([sheet], column_lexicon()):
        if hit.weight >= 0.8 and _short_cell(hit):
            by_row.setdefault(hit.row.number, []).append(hit)
    found: list[Header] = []
    for number in sorted(by_row):
        if (found and number <= found[-1].last) or not _core(by_row[number]):
            continue
        first, last = _stack(sheet, number, by_row)
        columns = _columns([by_row.get(line, []) for line in range(first, last + 1)])
        if _is_items(columns):
            found.append(Header(sheet.index, first, last, columns))
    return found


def _short_cell(hit: Hit) -> bool:
    cell = next(cell for cell in hit.row.cells if cell.start <= hit.span.start < cell.end)
    return (
        len(cell.text.split()) <= 7 and not cell.text.rstrip().endswith(":") and not any(c.isdigit() for c in cell.text)
    )


def _core(hits: Sequence[Hit]) -> bool:
    names = {hit.name for hit in hits}
    return len({hit.span.start for hit in hits}) >= 2 and bool(names & {"amount", "gross", "unit_price", "quantity"})


def _stack(sheet: Sheet, number: int, by_row: dict[int, list[Hit]]) -> tuple[int, int]:
    """The rows around a header row that belong to it: headers may be broken over up to four lines."""
    first = last = number
    height = sheet.rows[number].height
    while (
        first > 0
        and number - first < 2
        and first - 1 in by_row
        and _near(sheet.rows[first - 1], sheet.rows[first], height)
    ):
        first -= 1
    while last + 1 < len(sheet.rows) and last - number < 3 and _near(sheet.rows[last], sheet.rows[last + 1], height):
        if last + 1 not in by_row and not _words_only(sheet.rows[last + 1]):
            break
        if any(char.isdigit() for char in sheet.rows[last + 1].text) or not _headerish(sheet.rows[last + 1], by_row):
            break
        last += 1
    return first, last


def _near(upper: Row, lower: Row, height: float) -> bool:
    return lower.box.cy - upper.box.cy < 1.5 * height


def _words_only(row: Row) -> bool:
    return len(row.text) <= 30 and not any(char.isdigit() for char in row.text)


def _headerish(row: Row, by_row: dict[int, list[Hit]]) -> bool:
    return row.number in by_row or row.text.startswith("(")


def _columns(lines: Sequence[Sequence[Hit]]) -> tuple[Column, ...]:
    """One column per place: words over each other are one header, and the more telling word names it."""
    places: list[list[tuple[int, Hit]]] = []
    for line, hits in enumerate(lines):
        for hit in hits:
            for place in places:
                if any(_over(hit.box, other.box) for _, other in place):
                    place.append((line, hit))
                    break
            else:
                places.append([(line, hit)])
    columns = []
    for place in places:
        box = place[0][1].box
        for _, hit in place[1:]:
            box = box.union(hit.box)
        line, best = min(place, key=lambda item: (_RANK.index(item[1].name), item[0]))
        columns.append(Column(best.name, box, line))
    columns.sort(key=lambda column: column.box.cx)
    return _single_amount(columns)


# Of the readings of a header word ("Total", "Unit", "Artikel") the one first in this list is taken.
_RANK = ("name", "unit_price", "amount", "gross", "quantity", "tax", "discount", "packing", "unit", "code", "pos")


def _over(one: Box, other: Box) -> bool:
    return min(one.x1, other.x1) - max(one.x0, other.x0) > 0.3 * min(one.width, other.width)


def _single_amount(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Two price columns and no amount: the right one is the amount. Of two names the left one is a code."""
    names = [column.name for column in columns]
    prices = [index for index, name in enumerate(names) if name == "unit_price"]
    if "amount" not in names and len(prices) >= 2:
        names[prices[-1]] = "amount"
    called = [index for index, name in enumerate(names) if name == "name"]
    for index in called[:-1]:
        names[index] = "code"
    return tuple(Column(name, column.box, column.line) for name, column in zip(names, columns, strict=True))


def _is_items(columns: Sequence[Column]) -> bool:
    names = {column.name for column in columns}
    if not names & {"amount", "gross"}:
        return False
    if "name" in names:
        return bool(names & {"quantity", "unit_price"}) or columns[0].name in ("name", "pos", "code")
    return len(names & {"quantity", "unit_price", "code", "pos"}) >= 2
