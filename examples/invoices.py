"""Three invoices of invented firms, each in the layout that is usual where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pymupdf

from examples.sheet import BLACK, GREY, WHITE, Colour, Column, Sheet, Style, pdf_bytes, table


@dataclass(frozen=True)
class Line:
    name: str
    quantity: Decimal
    unit: str
    price: Decimal

    @property
    def amount(self) -> Decimal:
        return (self.quantity * self.price).quantize(Decimal("0.01"))


@dataclass(frozen=True)
class Invoice:
    """What an invoice says. Dates are ISO; `vat` is the rate in per cent."""

    number: str
    issued: str
    due: str
    seller: tuple[str, ...]
    seller_city: str
    vat_id: str
    buyer: tuple[str, ...]
    buyer_city: str
    iban: str
    bic: str
    currency: str
    vat: Decimal
    lines: tuple[Line, ...]

    @property
    def net(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def tax(self) -> Decimal:
        return (self.net * self.vat / 100).quantize(Decimal("0.01"))

    @property
    def total(self) -> Decimal:
        return self.net + self.tax


def _line(name: str, quantity: str, unit: str, price: str) -> Line:
    return Line(name, Decimal(quantity), unit, Decimal(price))


ENGLISH = Invoice(
    number="TT-20418",
    issued="2025-03-07",
    due="2025-04-06",
    seller=("Tern & Tide Chandlery Ltd", "14 Quay Street", "Falmouth TR11 3LH", "United Kingdom"),
    seller_city="Falmouth",
    vat_id="GB123456782",
    buyer=("Polkerris Boatyard LLP", "The Old Slip", "Harbour Road", "Fowey PL23 1AT"),
    buyer_city="Fowey",
    iban="GB29 NWBK 6016 1331 9268 19",
    bic="NWBKGB2L",
    currency="GBP",
    vat=Decimal(20),
    lines=(
        _line("Mooring line, 14 mm, 12 m", "4", "pcs", "38.50"),
        _line("LED anchor light, 12 V", "2", "pcs", "64.95"),
        _line("Bilge pump, 2000 gph", "1", "pcs", "189.00"),
        _line("Antifouling paint, 2.5 l", "3", "tins", "96.40"),
        _line("Fitting and testing", "3.5", "hours", "58.00"),
    ),
)
GERMAN = Invoice(
    number="2025-00731",
    issued="2025-02-18",
    due="2025-03-04",
    seller=("Holzwerk Ammersee GmbH", "Uferweg 27", "86938 Schondorf", "Deutschland"),
    seller_city="Schondorf",
    vat_id="DE811907980",
    buyer=("Möbeltischlerei Brückner & Söhne", "Frau Anja Brückner", "Lindenstraße 112", "80469 München"),
    buyer_city="München",
    iban="DE89 3704 0044 0532 0130 00",
    bic="COBADEFFXXX",
    currency="EUR",
    vat=Decimal(19),
    lines=(
        _line("Eichenbohle 40 mm, gehobelt", "12", "Stk", "48.90"),
        _line("Leimholzplatte Buche, 27 mm", "6", "Stk", "74.50"),
        _line("Möbelöl farblos, Kanister 2,5 l", "4", "Stk", "36.25"),
        _line("Zuschnitt und Kantenbearbeitung", "5.5", "Std", "52.00"),
    ),
)
FRENCH = Invoice(
    number="F2025-118",
    issued="2025-01-29",
    due="2025-02-28",
    seller=("Domaine des Trois Noyers SARL", "8 route de la Vienne", "37500 Chinon", "France"),
    seller_city="Chinon",
    vat_id="FR40303265045",
    buyer=("Épicerie Le Panier Vert", "42 rue des Halles", "44000 Nantes"),
    buyer_city="Nantes",
    iban="FR14 2004 1010 0505 0001 3M02 606",
    bic="PSSTFRPPNTE",
    currency="EUR",
    vat=Decimal(20),
    lines=(
        _line("Chinon rouge 2023, caisse de 6", "8", "caisses", "54.60"),
        _line("Huile d'olive vierge, bidon de 5 l", "3", "bidons", "47.90"),
        _line("Livraison", "1", "forfait", "25.00"),
    ),
)


def english_money(value: Decimal) -> str:
    return f"£{value:,.2f}"


def german_number(value: Decimal, digits: int = 2) -> str:
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def french_money(value: Decimal) -> str:
    return f"{value:,.2f} €".replace(",", " ").replace(".", ",")


def english(invoice: Invoice = ENGLISH) -> bytes:
    """A coloured head, the particulars in a box on the right, a striped table."""
    document, navy, pale = pymupdf.open(), (0.09, 0.2, 0.36), (0.93, 0.95, 0.98)
    sheet = Sheet(document)
    sheet.fill(0, 0, 595, 96, navy)
    sheet.text(48, 50, invoice.seller[0], Style("hebo", 17, WHITE))
    sheet.text(48, 68, "Ropes, fittings and yard service since 1986", Style("helv", 9, (0.8, 0.86, 0.94)))
    sheet.text(547, 58, "INVOICE", Style("hebo", 24, WHITE), "right")
    sheet.lines(48, 124, [*invoice.seller[1:], f"VAT Reg. No. {invoice.vat_id}"], Style(size=9, colour=GREY))
    facts = [("Invoice number", invoice.number), ("Invoice date", "7 March 2025"), ("Due date", "6 April 2025")]
    for index, (label, fact) in enumerate([*facts, ("Your reference", "Slipway refit, Mrs D. Hale")]):
        sheet.text(330, 124 + index * 17, label, Style(colour=GREY))
        sheet.text(547, 124 + index * 17, fact, Style("hebo"), "right")
    sheet.text(48, 206, "BILL TO", Style("hebo", 8, GREY))
    sheet.lines(48, 221, invoice.buyer, Style(size=10))
    columns = [Column("Description", 56), Column("Qty", 330, "right"), Column("Unit", 345)]
    columns += [Column("Unit price", 460, "right"), Column("Amount", 539, "right")]
    y = _head(sheet, 300, columns, navy)
    for index, line in enumerate(invoice.lines):
        if index % 2:
            sheet.fill(48, y - 13, 547, y + 6, pale)
        row = (line.name, f"{line.quantity:g}", line.unit, f"{line.price:.2f}", f"{line.amount:.2f}")
        y = table(sheet, y, columns, [row])
    sheet.rule(48, y - 8, 547, y - 8, navy)
    totals = [("Subtotal", invoice.net), (f"VAT {invoice.vat}%", invoice.tax)]
    for label, value in totals:
        y += 14
        sheet.text(400, y, label)
        sheet.text(539, y, english_money(value), align="right")
    sheet.fill(388, y + 9, 547, y + 31, navy)
    sheet.text(400, y + 24, "Total due", Style("hebo", 11, WHITE))
    sheet.text(539, y + 24, english_money(invoice.total), Style("hebo", 11, WHITE), "right")
    sheet.text(48, 690, "Payment", Style("hebo", 10))
    bank = [f"Please pay by 6 April 2025, quoting {invoice.number}.", f"IBAN {invoice.iban}", f"BIC {invoice.bic}"]
    sheet.lines(48, 706, bank)
    sheet.rule(48, 790, 547, 790, GREY)
    sheet.text(
        297, 804, "Tern & Tide Chandlery Ltd · Registered in England 04417723", Style(size=8, colour=GREY), "centre"
    )
    return pdf_bytes(document, _metadata("Invoice " + invoice.number, invoice))


def german(invoice: Invoice = GERMAN) -> bytes:
    """A business letter after DIN 5008: sender's line, address window, information block, bank details at the foot."""
    document = pymupdf.open()
    sheet = Sheet(document)
    sheet.text(538, 62, "Holzwerk Ammersee", Style("tibo", 20, (0.36, 0.22, 0.1)), "right")
    sheet.text(538, 78, "Schnittholz · Zuschnitt · Oberflächen", Style("tiit", 10, GREY), "right")
    sheet.text(71, 128, " · ".join(invoice.seller[:3]), Style(size=7, colour=GREY))
    sheet.rule(71, 132, 290, 132, GREY, 0.4)
    sheet.lines(71, 150, invoice.buyer, Style(size=10.5))
    facts = [("Rechnungsnummer:", invoice.number), ("Rechnungsdatum:", "18.02.2025"), ("Lieferdatum:", "14.02.2025")]
    for index, (label, fact) in enumerate([*facts, ("Kundennummer:", "10482"), ("USt-IdNr.:", invoice.vat_id)]):
        sheet.text(370, 150 + index * 15, label)
        sheet.text(460, 150 + index * 15, fact)
    sheet.text(71, 290, f"Rechnung Nr. {invoice.number}", Style("hebo", 14))
    greeting = "Sehr geehrte Frau Brückner, für unsere Lieferung berechnen wir Ihnen wie vereinbart:"
    sheet.text(71, 312, greeting)
    columns = [Column("Pos.", 71), Column("Bezeichnung", 104), Column("Menge", 340, "right"), Column("Einh.", 352)]
    columns += [Column("Einzelpreis", 452, "right"), Column("Gesamtpreis", 530, "right")]
    y = _head(sheet, 345, columns, None)
    for number, line in enumerate(invoice.lines, 1):
        quantity = german_number(line.quantity, 0 if line.quantity == int(line.quantity) else 1)
        prices = (german_number(line.price), german_number(line.amount))
        y = table(sheet, y, columns, [(str(number), line.name, quantity, line.unit, *prices)])
        sheet.rule(71, y - 13, 538, y - 13, (0.8, 0.8, 0.8), 0.3)
    for label, value in (("Nettobetrag", invoice.net), (f"zzgl. {invoice.vat} % MwSt.", invoice.tax)):
        y += 6
        sheet.text(340, y, label)
        sheet.text(530, y, german_number(value) + " €", align="right")
        y += 10
    sheet.rule(335, y - 4, 538, y - 4)
    sheet.text(340, y + 12, "Rechnungsbetrag", Style("hebo", 10.5))
    sheet.text(530, y + 12, german_number(invoice.total) + " €", Style("hebo", 10.5), "right")
    sheet.rule(335, y + 17, 538, y + 17, BLACK, 1.1)
    sheet.text(71, y + 60, "Zahlbar ohne Abzug bis zum 04.03.2025. Vielen Dank für Ihren Auftrag!")
    sheet.rule(71, 768, 538, 768, GREY, 0.4)
    small = Style(size=7.5, colour=GREY)
    sheet.lines(71, 780, invoice.seller[:3], small)
    sheet.lines(235, 780, ("Sparkasse Ammersee", f"IBAN {invoice.iban}", f"BIC {invoice.bic}"), small)
    sheet.lines(420, 780, ("Geschäftsführer: Jörg Thalhammer", "HRB 20817, AG Augsburg"), small)
    return pdf_bytes(document, _metadata("Rechnung " + invoice.number, invoice))


def french(invoice: Invoice = FRENCH) -> bytes:
    """The seller on the left, the customer boxed on the right, a ruled table."""
    document, wine = pymupdf.open(), (0.45, 0.08, 0.18)
    sheet = Sheet(document)
    sheet.text(50, 66, invoice.seller[0], Style("tibo", 15, wine))
    seller = [*invoice.seller[1:3], "Tél. 02 47 00 00 00", f"N° TVA : {invoice.vat_id}", "SIRET 303 265 045 00017"]
    sheet.lines(50, 84, seller, Style("tiro", 10))
    sheet.page.draw_rect(pymupdf.Rect(320, 128, 545, 200), color=GREY, width=0.6)
    sheet.text(330, 144, "Client", Style("tibo", 9, GREY))
    sheet.lines(330, 160, invoice.buyer, Style("tiro", 10.5))
    sheet.text(50, 236, f"FACTURE N° {invoice.number}", Style("tibo", 16, wine))
    sheet.text(50, 256, "Date de facture : 29/01/2025", Style("tiro", 10))
    sheet.text(50, 271, "Date d'échéance : 28/02/2025", Style("tiro", 10))
    columns = [Column("Désignation", 56), Column("Quantité", 305, "right"), Column("Unité", 318)]
    columns += [Column("Prix unitaire HT", 450, "right"), Column("Montant HT", 539, "right")]
    top, y = 300, _head(sheet, 314, columns, wine)
    rows = [
        (li.name, f"{li.quantity:g}", li.unit, french_money(li.price), french_money(li.amount)) for li in invoice.lines
    ]
    y = table(sheet, y, columns, rows)
    for x in (50, 250, 311, 360, 458, 545):
        sheet.rule(x, top, x, y - 8, GREY, 0.5)
    sheet.rule(50, y - 8, 545, y - 8, GREY, 0.5)
    for label, value in (("Total HT", invoice.net), (f"TVA {invoice.vat} %", invoice.tax)):
        y += 15
        sheet.text(400, y, label)
        sheet.text(539, y, french_money(value), align="right")
    sheet.text(400, y + 20, "Total TTC", Style("hebo", 11, wine))
    sheet.text(539, y + 20, french_money(invoice.total), Style("hebo", 11, wine), "right")
    bank = (
        f"Règlement par virement : IBAN {invoice.iban} - BIC {invoice.bic}",
        "Pas d'escompte pour paiement anticipé.",
    )
    sheet.lines(50, 740, bank, Style("tiro", 9.5))
    return pdf_bytes(document, _metadata("Facture " + invoice.number, invoice))


def _head(sheet: Sheet, y: float, columns: list[Column], colour: Colour | None) -> float:
    """The row of headings, on a band of `colour` or between two rules; returns the first row's baseline."""
    left, right = columns[0].x - 8, columns[-1].x + 8
    if colour is None:
        left += 8
        sheet.rule(left, y - 12, right, y - 12)
        sheet.rule(left, y + 6, right, y + 6)
    else:
        sheet.fill(left, y - 13, right, y + 7, colour)
    for column in columns:
        sheet.text(column.x, y, column.heading, Style("hebo", 9, WHITE if colour else BLACK), column.align)
    return y + 22


def _metadata(title: str, invoice: Invoice) -> dict[str, str]:
    stamp = f"D:{invoice.issued.replace('-', '')}090000Z"
    return {"title": title, "author": invoice.seller[0], "creationDate": stamp, "modDate": stamp}
