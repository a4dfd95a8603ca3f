"""Invoices in several layouts and languages, with what they say."""

from __future__ import annotations

from typing import Any

from tests.engines.ocr.paper import Paper

Truth = dict[str, Any]


def german_window() -> tuple[list[Paper], Truth]:
    """Sender line over the address window, facts at the right, sums at the right edge, registers in the footer."""
    page = Paper()
    page.put(1140, 130, "Tischlerei Brandner GmbH", 34, "r")
    page.put(140, 280, "Tischlerei Brandner GmbH · Sägeweg 3 · 94032 Passau", 13)
    page.stack(140, 330, ["Café Morgenrot KG", "Frau Ina Hell", "Domplatz 7", "94032 Passau"])
    facts = [("Rechnungsnummer", "2024-0117"), ("Rechnungsdatum", "05.02.2024"), ("Leistungsdatum", "31.01.2024")]
    page.pairs(760, 330, 1140, [*facts, ("Zahlbar bis", "19.02.2024")])
    page.put(140, 560, "Rechnung", 30)
    stops = [(140, "l"), (210, "l"), (700, "r"), (900, "r"), (1140, "r")]
    rows = [
        ["Pos.", "Bezeichnung", "Menge", "Einzelpreis", "Gesamtpreis"],
        ["1", "Tresen aus Eiche", "1", "2.400,00", "2.400,00"],
        ["2", "Regalbretter geölt", "12", "38,50", "462,00"],
    ]
    page.table(640, stops, rows)
    sums = [("Nettobetrag", "2.862,00 €"), ("zzgl. 19 % MwSt.", "543,78 €"), ("Gesamtbetrag", "3.405,78 €")]
    page.pairs(760, 840, 1140, sums)
    page.stack(140, 1640, ["Tischlerei Brandner GmbH", "Sägeweg 3", "94032 Passau"], 13)
    page.stack(520, 1640, ["Sparkasse Passau", "IBAN DE89 3704 0044 0532 0130 00", "BIC COBADEFFXXX"], 13)
    page.stack(900, 1640, ["USt-IdNr. DE811907980", "Amtsgericht Passau HRB 77"], 13)
    return [page], {
        "invoice_number": "2024-0117", "issue_date": "2024-02-05", "delivery_date": "2024-01-31",
        "due_date": "2024-02-19", "seller_name": "Tischlerei Brandner GmbH", "seller_city": "Passau",
        "buyer_name": "Café Morgenrot KG",        "buyer_city": "Passau", "currency": "EUR", "net_total": "2862.00",
        "tax_total": "543.78",
        "grand_total": "3405.78", "line_total": "2862.00", "due_payable": "3405.78", "iban": "DE89370400440532013000",
        "seller_vat_id": "DE811907980", "lines": ["2400.00", "462.00"],
    }  # fmt: skip


def english_boxes() -> tuple[list[Paper], Truth]:
    """Labels over their values, month before day, something paid before."""
    page = Paper()
    page.put(80, 120, "Copperfield Tools Inc.", 36)
    page.stack(80, 160, ["900 Foundry Road", "Cleveland, OH 44113", "Phone (216) 555-0100"], 18)
    for x, label, value in [(700, "INVOICE #", "88123"), (860, "DATE", "07/28/2023"), (1020, "DUE DATE", "08/27/2023")]:
        page.put(x, 280, label, 15).put(x, 312, value, 18)
    page.put(80, 380, "BILL TO", 16).stack(80, 412, ["Lakeside Garage LLC", "14 Pier Street", "Erie, PA 16507"])
    page.put(700, 380, "SHIP TO", 16).stack(700, 412, ["Lakeside Garage LLC", "Dock 2", "Erie, PA 16508"])
    stops = [(80, "l"), (800, "r"), (980, "r"), (1160, "r")]
    rows = [
        ["DESCRIPTION", "QTY", "RATE", "AMOUNT"],
        ["Torque wrench", "4", "$85.00", "$340.00"],
        ["Impact sockets, set", "2", "$129.50", "$259.00"],
    ]
    page.table(600, stops, rows)
    sums = [("Subtotal", "$599.00"), ("Sales Tax (8%)", "$47.92"), ("Total", "$646.92"), ("Amount Paid", "$200.00")]
    page.pairs(800, 800, 1160, [*sums, ("Balance Due", "$446.92")])
    return [page], {
        "invoice_number": "88123", "issue_date": "2023-07-28", "due_date": "2023-08-27", "delivery_date": None,
        "seller_name": "Copperfield Tools Inc.", "seller_city": "Cleveland", "buyer_name": "Lakeside Garage LLC",
        "buyer_city": "Erie", "currency": "USD", "net_total": "599.00", "tax_total": "47.92", "grand_total": "646.92",
        "due_payable": "446.92", "iban": None, "lines": ["340.00", "259.00"],
    }  # fmt: skip


def french_headings() -> tuple[list[Paper], Truth]:
    """Headed blocks side by side, sums of all kinds in one row under their headers, a legal line at the foot."""
    page = Paper()
    page.put(100, 110, "FACTURE FA-2021-077", 32).put(1140, 110, "Date : 14 juin 2021", 20, "r")
    page.put(100, 190, "Fournisseur", 16).stack(
        100, 222, ["Les Ruches du Sud", "8 chemin des Pins", "13100 Aix-en-Provence"]
    )
    page.put(660, 190, "Facturé à", 16).stack(660, 222, ["Épicerie Lambert", "22 rue Neuve", "69002 Lyon"])
    page.put(100, 380, "Date d'échéance : 14/07/2021")
    stops = [(100, "l"), (660, "r"), (900, "r"), (1140, "r")]
    rows = [
        ["Désignation", "Quantité", "Prix unitaire HT", "Montant HT"],
        ["Miel de lavande 500 g", "60", "7,25", "435,00"],
        ["Miel de châtaignier 500 g", "40", "6,80", "272,00"],
    ]
    page.table(460, stops, rows)
    ends = [(300, "r"), (580, "r"), (860, "r"), (1140, "r")]
    page.row(1300, ends, ["Base HT", "Montant TVA", "Total TTC", "Net à payer"])
    page.row(1334, ends, ["707,00", "38,89", "745,89", "745,89 €"])
    page.put(100, 1420, "IBAN : FR76 3000 6000 0112 3456 7890 189")
    page.put(620, 1690, "Les Ruches du Sud SARL au capital de 5 000 € - TVA FR40303265045", 14, "c")
    return [page], {
        "invoice_number": "FA-2021-077", "issue_date": "2021-06-14", "due_date": "2021-07-14",
        "seller_name": "Les Ruches du Sud", "seller_city": "Aix-en-Provence", "seller_vat_id": "FR40303265045",
        "buyer_name": "Épicerie Lambert", "buyer_city": "Lyon", "currency": "EUR", "net_total": "707.00",
        "tax_total": "38.89", "grand_total": "745.89", "due_payable": "745.89", "iban": "FR7630006000011234567890189",
        "lines": ["435.00", "272.00"],
    }  # fmt: skip


def spanish_tax_number() -> tuple[list[Paper], Truth]:
    """Tax numbers of both sides, the customer's under the customer."""
    page = Paper()
    page.put(100, 120, "Cerámicas Levante S.L.", 32).stack(
        100, 160, ["C/ Colón 15", "46004 Valencia", "CIF: B96123456"]
    )
    page.put(1140, 120, "Factura", 30, "r").put(1140, 170, "Nº de factura: 22/318", 20, "r")
    page.put(1140, 200, "Fecha: 03/05/2022", 20, "r").put(1140, 230, "Vencimiento: 02/06/2022", 20, "r")
    page.put(100, 330, "Cliente").stack(
        100, 362, ["Bodegas Roble S.A.", "Calle Mayor 1", "26001 Logroño", "NIF: A26000001"]
    )
    stops = [(100, "l"), (760, "r"), (940, "r"), (1140, "r")]
    rows = [["Descripción", "Cantidad", "Precio", "Importe"], ["Tinaja 100 l", "6", "210,00", "1.260,00"]]
    page.table(560, stops, rows)
    page.pairs(760, 760, 1140, [("Base imponible", "1.260,00"), ("IVA 21%", "264,60"), ("Total factura", "1.524,60 €")])
    return [page], {
        "invoice_number": "22/318", "issue_date": "2022-05-03", "due_date": "2022-06-02", "seller_vat_id": "B96123456",
        "seller_name": "Cerámicas Levante S.L.", "buyer_name": "Bodegas Roble S.A.", "buyer_city": "Logroño",
        "net_total": "1260.00", "tax_total": "264.60", "grand_total": "1524.60", "lines": ["1260.00"],
    }  # fmt: skip


def italian_title() -> tuple[list[Paper], Truth]:
    """Number and date in the title line, the letterhead in the middle."""
    page = Paper()
    page.put(620, 100, "Tipografia Bianchi S.r.l.", 32, "c")
    page.put(620, 140, "Via Dante 40 - 35121 Padova (PD) - P.IVA IT01234567890", 16, "c")
    page.put(100, 260, "FATTURA n. 57/2020 del 18/09/2020", 26)
    page.put(680, 340, "Spett.le", 16).stack(680, 372, ["Teatro Comunale", "Piazza Grande 2", "36100 Vicenza"])
    stops = [(100, "l"), (700, "r"), (900, "r"), (1140, "r")]
    rows = [["Descrizione", "Quantità", "Prezzo", "Importo"], ["Locandine A3", "500", "0,42", "210,00"]]
    page.table(560, stops, rows)
    page.pairs(
        760, 760, 1140, [("Totale imponibile", "210,00"), ("Totale IVA", "46,20"), ("Totale documento", "€ 256,20")]
    )
    page.put(100, 900, "Scadenza: 18/10/2020")
    return [page], {
        "invoice_number": "57/2020", "issue_date": "2020-09-18", "due_date": "2020-10-18",
        "seller_vat_id": "IT01234567890", "seller_name": "Tipografia Bianchi S.r.l.", "seller_city": "Padova",
        "buyer_name": "Teatro Comunale", "buyer_city": "Vicenza", "net_total": "210.00", "tax_total": "46.20",
        "grand_total": "256.20",
        "lines": ["210.00"],
    }  # fmt: skip


def dutch_rates() -> tuple[list[Paper], Truth]:
    """Facts under a row of labels, two rates of tax, terms in days."""
    page = Paper()
    page.put(100, 110, "FACTUUR", 34)
    page.stack(800, 100, ["Kwekerij Zonneveld B.V.", "Tulpenlaan 9", "2161 AB Lisse", "BTW NL801234567B01"], 18)
    page.stack(100, 270, ["Gemeente Haarlem", "Grote Markt 2", "2011 RD Haarlem"])
    stops = [(100, "l"), (420, "l"), (740, "l")]
    page.row(460, stops, ["Factuurnummer", "Factuurdatum", "Klantnummer"]).row(
        492, stops, ["F2019-55", "01-04-2019", "K77"]
    )
    stops = [(100, "l"), (200, "l"), (900, "r"), (1140, "r")]
    rows = [
        ["Aantal", "Omschrijving", "Prijs", "Bedrag"],
        ["400", "Tulpenbollen", "0,30", "120,00"],
        ["3", "Plantschoppen", "15,00", "45,00"],
    ]
    page.table(580, stops, rows)
    sums = [
        ("Subtotaal excl. btw", "165,00"),
        ("BTW 9%", "10,80"),
        ("BTW 21%", "9,45"),
        ("Totaal te betalen", "€ 185,25"),
    ]
    page.pairs(760, 800, 1140, sums)
    page.put(100, 1000, "Betaling binnen 14 dagen op IBAN NL91 ABNA 0417 1643 00")
    return [page], {
        "invoice_number": "F2019-55", "issue_date": "2019-04-01", "due_date": "2019-04-15", "seller_city": "Lisse",
        "seller_name": "Kwekerij Zonneveld B.V.", "seller_vat_id": "NL801234567B01", "buyer_name": "Gemeente Haarlem",
        "buyer_city": "Haarlem", "net_total": "165.00", "tax_total": "20.25", "grand_total": "185.25",
        "iban": "NL91ABNA0417164300", "lines": ["120.00", "45.00"],
    }  # fmt: skip


def two_pages() -> tuple[list[Paper], Truth]:
    """Items that go on over a page, each on two lines; the sums on the last page."""
    stops = [(100, "l"), (780, "r"), (960, "r"), (1140, "r")]
    header = ["Description of services", "Hours", "Rate", "Net amount"]
    first, second = Paper(), Paper()
    first.put(100, 110, "Harrow Surveying Ltd", 34).stack(1140, 100, ["3 Mill Lane", "York YO1 7HH"], 16, "r")
    first.put(100, 240, "To:").stack(100, 272, ["Oakfield Estates plc", "9 Park Row", "Leeds", "LS1 5HD"])
    first.pairs(760, 240, 1140, [("Invoice No:", "HS/2020/9"), ("Invoice Date:", "2nd March 2020")])
    first.row(500, stops, header)
    second.row(120, stops, header)
    for page, y in ((first, 534), (second, 154)):
        for number in range(3):
            page.row(y + 70 * number, stops, [f"Survey of plot {number + 1}", "2.0", "80.00", "160.00"])
            page.put(100, y + 70 * number + 26, "with boundary plan", 18)
    second.pairs(760, 420, 1140, [("Total net", "960.00"), ("VAT @ 20%", "192.00"), ("Total GBP", "1,152.00")])
    return [first, second], {
        "invoice_number": "HS/2020/9", "issue_date": "2020-03-02", "seller_name": "Harrow Surveying Ltd",
        "seller_city": "York", "buyer_name": "Oakfield Estates plc", "buyer_city": "Leeds", "currency": "GBP",
        "net_total": "960.00", "tax_total": "192.00", "grand_total": "1152.00", "lines": ["160.00"] * 6,
    }  # fmt: skip


LAYOUTS = (german_window, english_boxes, french_headings, spanish_tax_number, italian_title, dutch_rates, two_pages)
