"""The words that announce an invoice's fields, in English, German, French, Spanish, Italian, Dutch and Portuguese.

Field -> weight -> phrases. A phrase of `other` announces something that no question asks: it claims its words and ends
the reach of the label before it, so that "Order number" is not read as "number".
"""

from __future__ import annotations

from functools import cache

from docproc.engines.ocr.find_invoice import lexicon_parties as parties
from docproc.engines.ocr.find_invoice import lexicon_sums as sums
from docproc.engines.ocr.labels import Lexicon, lexicon_of

_TITLES = {
    0.85: "invoice|tax invoice|vat invoice|sales invoice|commercial invoice|proforma invoice|invoice no|bill no|"
    "rechnung|rechnung nr|handelsrechnung|rechnung no|gutschrift|schlussrechnung|abschlagsrechnung|baurechnung|"
    "teilrechnung|sammelrechnung|rechnungskorrektur|stornorechnung|proformarechnung|kostenrechnung|warenrechnung|"
    "facture|facture no|factura|factura no|factura n|fattura|fattura n|fattura no|factuur|factuur nr|creditnota|"
    "fatura|fatura no|fatura recibo|credit note|avoir|nota de credito|nota di credito|factura simplificada",
    0.5: "receipt|quittung|beleg|bill|note|ricevuta|recibo|ticket|statement",
}

_NUMBERS = {
    1.0: "invoice number|invoice no|invoice num|invoice nr|invoice id|invoice ref|invoice reference|inv no|inv number|"
    "tax invoice number|tax invoice no|bill number|bill no|credit note number|credit note no|document number|"
    "rechnungsnummer|rechnungsnr|rechnung nr|rechnung nummer|rechn nr|rechnungs no|re nr|rg nr|belegnummer|beleg nr|"
    "gutschriftsnummer|gutschrift nr|rechnungs id|invoice|fakturanummer|faktura nr|dokumentnummer|vorgangsnummer|"
    "numero de facture|no de facture|no facture|facture no|facture numero|num facture|ref facture|reference facture|"
    "numero facture|numero de factura|no de factura|no factura|numero factura|n factura|factura no|factura numero|"
    "num factura|numero fattura|no fattura|n fattura|fattura no|fattura n|fattura numero|numero documento|no documento|"
    "factuurnummer|factuur nr|factuurnr|factuur nummer|factuur|numero da fatura|no da fatura|fatura no|"
    "numero da factura|n de factura|n de facture",
    0.6: "document no|doc no|beleg no|rechnung|facture|fattura|factura|fatura|piece no|receipt no|receipt number|"
    "quittungsnummer|numero|booking id|bon nr|invoice nbr|voucher no",
    0.35: "no|nr|number|nummer|n|num|reference|referenz|id",
}

_ISSUE = {
    1.0: "invoice date|date of invoice|date of issue|issue date|issued on|issued|date issued|invoice issue date|"
    "bill date|"
    "billing date|tax point|tax point date|document date|invoice dated|rechnungsdatum|rechnung vom|belegdatum|"
    "ausstellungsdatum|datum der rechnung|rechn datum|fakturadatum|datum rechnung|rechnungs datum|gutschriftsdatum|"
    "date de facture|date de la facture|date facture|date d'emission|date de facturation|facture du|emise le|emis le|"
    "fecha de factura|fecha factura|fecha de emision|fecha de expedicion|fecha emision|fecha de la factura|"
    "data fattura|data emissione|data di emissione|data documento|data della fattura|"
    "factuurdatum|factuur datum|datum factuur|data da fatura|data de emissao|data da factura|data emissao",
    0.8: "date|datum|fecha|data|dated|den",
    0.45: "vom|von|du|del|van|le|of|on|da|de|receipt date|bon datum|order date|auftragsdatum|bestelldatum|payment date",
}

_DUE = {
    1.0: "due date|date due|payment due|payment due date|pay by|due on|due by|due|payable by|please pay by|"
    "payment date due|"
    "total due by|payment due by|invoice due date|falligkeitsdatum|fallig am|fallig|falligkeit|zahlbar bis|"
    "zahlungsziel|zahlungsfrist|zu zahlen bis|zahlbar bis zum|fallig bis|fallig zum|zahltermin|zahlung bis|"
    "zahlbar ohne abschlag bis|zahlbar ohne abzug bis|falligkeitstag|bitte zahlen sie bis|netto bis|spatestens bis|"
    "date d'echeance|echeance|date limite de paiement|a payer avant le|a payer avant|payable le|date de paiement|"
    "date echeance|a regler avant le|date limite de reglement|a regler le|payable avant le|"
    "vencimiento|fecha de vencimiento|fecha vencimiento|vence|fecha limite de pago|pagar antes de|"
    "scadenza|data scadenza|data di scadenza|scadenze|scadenza pagamento|entro il|da pagare entro|"
    "vervaldatum|vervaldag|te betalen voor|uiterste betaaldatum|betalen voor|betaaldatum|uiterlijk|"
    "vencimento|data de vencimento|data vencimento|data limite de pagamento|pagar ate",
    0.6: "bis zum|bis spatestens|uberweisen sie bis|uberweisen sie bis zum|bis|due for payment on|avant le|"
    "prelevement le|"
    "prelevement a partir du|abgebucht am|debited on|valuta|payable|zahlbar|solde a",
}

_DELIVERY = {
    1.0: "delivery date|date of delivery|date of supply|supply date|service date|date of service|leistungsdatum|"
    "lieferdatum|liefertermin|liefer und leistungsdatum|lieferungs und leistungsdatum|leistungs und lieferdatum|"
    "datum der lieferung|datum der leistung|leistungszeitpunkt|lieferung am|liefer leistungsdatum|leistung vom|"
    "lieferung vom|lieferzeitpunkt|geliefert am|lieferscheindatum|tag der lieferung|leistungstag|leistungs datum|"
    "liefer datum|lieferschein datum|ausgefuhrt am|date de livraison|date livraison|date de la prestation|livre le|"
    "date de prestation|date d'execution|fecha de entrega|fecha entrega|fecha de operacion|"
    "fecha de servicio|data consegna|data di consegna|data prestazione|leverdatum|datum levering|"
    "leveringsdatum|data de entrega|data da entrega|data de carga",
    0.6: "leistungszeitraum|service period|lieferzeitraum|periode|delivered on|delivered|shipped on|ship date|"
    "versanddatum|leistung am|date d'expedition|despatch date|dispatch date",
}

_CURRENCY = {
    1.0: "currency|invoice currency|currency code|wahrung|rechnungswahrung|belegwahrung|devise|monnaie|moneda|divisa|"
    "valuta|munt|moeda|devise de facturation|wahrung der rechnung",
    0.6: "alle betrage in|all amounts in|prices in|amounts in|montants en|betrage in|all prices are in|preise in|"
    "charges and prices are in|all charges and prices are in|importes en|importi in|bedragen in|valores em",
}

_IBAN = {
    1.0: "iban|iban no|iban nr|iban code|iban nummer|verkaufer iban|bank iban|code iban|iban eur",
    0.7: "bank account|account number|account no|kontonummer|konto nr|konto|compte|cuenta|conto|rekening|"
    "rekeningnummer|bankverbindung|numero de compte|bankkonto|bankrekening|numero de cuenta|conto corrente|conta",
}

_OTHER = {
    1.0: "order number|order no|order id|order|po number|po no|purchase order|your po|customer number|customer no|"
    "customer id|"
    "account|account number|reference|your reference|our reference|delivery note|delivery note no|terms|payment terms|"
    "contract number|project|page|phone|tel|fax|email|e mail|website|bic|swift|swift bic|sort code|bank|bank name|"
    "payment mode|check in|check out|rooms|payment reference|shipment number|statement number|registration no|"
    "company number|company no|siret|siren|ape|rcs|naf|capital|invoice summary|invoice period|billing period|"
    "kundennummer|kunden nr|kd nr|kundennr|auftragsnummer|auftrag nr|auftragsnr|bestellnummer|bestell nr|bestellung|"
    "lieferschein|lieferscheinnummer|lieferschein nr|vertrags nr|vertragsnummer|steuernummer|steuer nr|"
    "ansprechpartner|telefon|telefax|bearbeiter|sachbearbeiter|ihr zeichen|unser zeichen|ihre nachricht vom|"
    "bestelldatum|bestellung vom|auftrag vom|auftragsdatum|vertrags datum|hrb|handelsregister|amtsgericht|blz|"
    "geschaftsfuhrer|geschaftsfuhrung|seite|gln|glaubiger id|mandatsreferenz|referenz|projekt|zahlungsreferenz|"
    "buchungsreferenz|weitere referenz|zahlungstyp|kontoinhaber|kontoname|globale nummer|nummer|lief nr|"
    "referenz des kaufers|abrechnungszeitraum|zahlungsbedingungen|zahlungsart|verwendungszweck|"
    "numero de commande|no commande|commande|bon de commande|no client|numero client|code client|id client|"
    "votre reference|ref marche|reference client|bon de livraison|no de ligne|numero de ligne|conditions de paiement|"
    "mode de paiement|mode de reglement|telephone|courriel|page|siege social|contact|banque|reglement|"
    "numero de pedido|pedido|no pedido|codigo cliente|no cliente|numero de cliente|telefono|forma de pago|albaran|"
    "ordine|numero ordine|codice cliente|cod cliente|pagamento|modalita di pagamento|ddt|codice fiscale|telefono|banca|"
    "ordernummer|bestelnummer|klantnummer|debiteurnummer|uw referentie|onze referentie|kvk|telefoon|pagina|"
    "betalingskenmerk|betalingstermijn|encomenda|numero de encomenda|cliente no|telefone|formas de pagamento|"
    "invoice amount in words|total items|total quantity|total weight|total hours|gesamtgewicht|poids total|"
    "peso total|mit skonto|skonto|mit 2 skonto|total qty|total pages|incoterm|disc|taxes|payment method",
}


@cache
def lexicon() -> Lexicon:
    """The invoice lexicon, built once."""
    return lexicon_of(
        {
            "title": _TITLES,
            "invoice_number": _NUMBERS,
            "issue_date": _ISSUE,
            "due_date": _DUE,
            "delivery_date": _DELIVERY,
            "line_total": sums.LINE_TOTAL,
            "net_total": sums.NET,
            "tax_total": sums.TAX,
            "grand_total": sums.GRAND,
            "due_payable": sums.PAYABLE,
            "prepaid": sums.PREPAID,
            "extras": sums.EXTRAS,
            "currency": _CURRENCY,
            "iban": _IBAN,
            "vat_id": parties.VAT,
            "buyer_vat": parties.BUYER_VAT,
            "seller": parties.SELLER,
            "buyer": parties.BUYER,
            "third": parties.THIRD_PARTY,
            "other": _OTHER,
        }
    )
