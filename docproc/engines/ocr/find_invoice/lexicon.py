"""The words that announce an invoice's fields, in English, German, French, Spanish, Italian, Dutch and Portuguese.

Field -> weight -> phrases. A phrase of `other` announces something that no question asks: it claims its words and ends
the reach of the label before it, so that "Order number" is not read as "number".
"""

from __future__ import annotations

from functools import cache

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
    1.0: "invoice date|date of invoice|date of issue|issue date|issued on|issued|date issued|invoice issue date|bill date|"
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
    1.0: "due date|date due|payment due|payment due date|pay by|due on|due by|due|payable by|please pay by|payment date due|"
    "total due by|payment due by|invoice due date|falligkeitsdatum|fallig am|fallig|falligkeit|zahlbar bis|"
    "zahlungsziel|zahlungsfrist|zu zahlen bis|zahlbar bis zum|fallig bis|fallig zum|zahltermin|zahlung bis|"
    "zahlbar ohne abschlag bis|zahlbar ohne abzug bis|falligkeitstag|bitte zahlen sie bis|netto bis|spatestens bis|"
    "date d'echeance|echeance|date limite de paiement|a payer avant le|a payer avant|payable le|date de paiement|"
    "date echeance|a regler avant le|date limite de reglement|a regler le|payable avant le|"
    "vencimiento|fecha de vencimiento|fecha vencimiento|vence|fecha limite de pago|pagar antes de|"
    "scadenza|data scadenza|data di scadenza|scadenze|scadenza pagamento|entro il|da pagare entro|"
    "vervaldatum|vervaldag|te betalen voor|uiterste betaaldatum|betalen voor|betaaldatum|uiterlijk|"
    "vencimento|data de vencimento|data vencimento|data limite de pagamento|pagar ate",
    0.6: "bis zum|bis spatestens|uberweisen sie bis|uberweisen sie bis zum|bis|due for payment on|avant le|prelevement le|"
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

_LINE_TOTAL = {
    1.0: "positionssumme|summe positionen|summe der positionen|summe der positionsbetrage|warenwert|summe artikel|"
    "total lines|line total|lines total|items total|items subtotal|merchandise total|goods total|total goods|"
    "total articles|total des lignes|total marchandises|importe bruto|total merce|totale merce|totale righe|"
    "totaal artikelen|goederenbedrag|goods value|total bruto",
    0.75: "zwischensumme|zwischensumme netto|subtotal|sub total|sous total|sous total ht|subtotaal|subtotale|suma|"
    "summe netto|total iliquido",
    0.4: "total ht|summe|nettosumme|net total|total net|base imponible|imponibile|subtotaal excl btw|total hors taxe",
}

_NET = {
    1.0: "net total|total net|net amount|total net amount|total excl vat|total excluding vat|total ex vat|amount excl vat|"
    "total before tax|taxable amount|total excl tax|total exclusive of vat|total net of vat|total excluding tax|"
    "total excluding gst|total charges excluding gst|total excl gst|total ex gst|subtotal excl vat|"
    "subtotal excluding tax|subtotal without vat|vat exclusive total|invoice net|invoice net total|net subtotal|"
    "nettobetrag|nettosumme|netto|summe netto|gesamt netto|netto gesamt|gesamtnetto|gesamtsumme netto|"
    "rechnungssumme ohne ust|nettogesamtbetrag|gesamtbetrag netto|warenwert netto|summe ohne mwst|"
    "nettorechnungsbetrag|rechnungsbetrag netto|nettowert|zwischensumme netto|netto summe|nettogesamt|"
    "summe ohne ust|summe ohne umsatzsteuer|gesamtsumme ohne ust|betrag netto|zwischensumme ohne mwst|"
    "total ht|montant ht|total hors taxe|total hors taxes|total net ht|montant total ht|total h t|net ht|"
    "montant hors taxe|sous total ht|total general ht|prix ht total|base ht|total ht net|montant net ht|"
    "base imponible|total sin iva|importe neto|total neto|neto|total base imponible|base imposable|"
    "imponibile|totale imponibile|totale netto|netto imponibile|totale senza iva|importo netto|"
    "totaal excl btw|totaal exclusief btw|subtotaal excl btw|bedrag excl btw|totaal ex btw|netto bedrag|"
    "subtotaal exclusief btw|totaal netto|grondslag|exclusief btw|excl btw|"
    "total sem iva|valor liquido|total liquido|total iliquido|base tributavel|incidencia|total sin impuestos",
    0.7: "subtotal|sub total|zwischensumme|sous total|subtotaal|subtotale|net|basisbetrag|steuerbasisbetrag|"
    "charges|summe|total before vat|amount before tax|base|imponible|bemessungsgrundlage|suma",
}

_TAX = {
    1.0: "total vat|vat total|total tax|tax total|vat amount|tax amount|sales tax|total gst|gst amount|total taxes|"
    "total sales tax|amount of tax|total amount of vat|gst total|estimated tax|tax|vat|gst|hst|vat due|"
    "steuerbetrag|mehrwertsteuer|umsatzsteuer|mwst betrag|ust betrag|summe mwst|gesamt mwst|ust gesamt|"
    "mwst gesamt|steuer|zzgl mwst|zzgl ust|zzgl umsatzsteuer|zzgl mehrwertsteuer|zuzuglich mwst|mwst|ust|"
    "zuzuglich umsatzsteuer|umsatzsteuerbetrag|mehrwertsteuerbetrag|summe ust|summe umsatzsteuer|plus mwst|"
    "enthaltene mwst|enthaltene mehrwertsteuer|summe steuern|steuersumme|gesamtsteuer|enthaltene umsatzsteuer|"
    "gesamtsteuerbetrag|darin enthaltene mwst|enth mwst|inkl mwst betrag|"
    "total tva|montant tva|tva|total taxes|montant de la tva|total de la tva|total t v a|taxes|montant total tva|"
    "total taxe|tva collectee|iva|total iva|cuota iva|importe iva|cuota|total impuestos|impuestos|impuesto|"
    "totale iva|imposta|importo iva|totale imposta|di cui iva|totale imposte|"
    "btw|btw bedrag|totaal btw|bedrag btw|btw totaal|valor iva|montante iva|valor do iva|imposto|total imposto",
    0.6: "incl vat|including vat|inkl mwst|inkl ust|dont tva|iva incluido|incl btw|vat included|sales tax rate|"
    "inklusive mehrwertsteuer|enthalten",
}

_GRAND = {
    1.0: "grand total|total amount|invoice total|total incl vat|total including vat|total inc vat|total inc gst|"
    "total amount incl vat|invoice amount|total invoice amount|total invoice value|total invoice|gross total|"
    "total gross|gross amount|total for this invoice|total gbp|total eur|total usd|total in eur|total incl tax|"
    "total including tax|total inclusive of vat|total new charges|amount including tax|total including gst|"
    "total incl gst|order total|total charges|invoice value|total price|total value|final total|"
    "gesamtbetrag|rechnungsbetrag|gesamtsumme|endbetrag|bruttobetrag|bruttosumme|rechnungssumme|endsumme|"
    "gesamt brutto|brutto gesamt|gesamtpreis brutto|summe brutto|gesamtbetrag brutto|gesamtbetrag eur|"
    "gesamtbetrag inkl mwst|gesamt|brutto|rechnungsbetrag brutto|bruttogesamtbetrag|gesamtsumme brutto|"
    "summe inkl mwst|total brutto|rechnungsendbetrag|bruttorechnungsbetrag|rechnungsgesamtbetrag|gesamt eur|"
    "gesamtsumme inkl mwst|rechnungssumme eur|rechnungssumme mit ust|summe inkl ust|brutto summe|"
    "rechnungsbetrag inkl mwst|rechnungsgesamtsumme|endbetrag inkl mwst|"
    "total ttc|montant ttc|montant total ttc|total facture|total general|net ttc|total t t c|montant total|"
    "total toutes taxes comprises|total general ttc|montant facture|montant de la facture|prix total ttc|"
    "total factura|importe total|total con iva|total general|total iva incluido|importe total factura|total a facturar|"
    "totale fattura|totale documento|totale generale|totale complessivo|totale ivato|totale iva inclusa|"
    "importo totale|totale eur|totale euro|totale lordo|"
    "totaal incl btw|totaal inclusief btw|factuur totaal|factuurbedrag|totaalbedrag|eindtotaal|factuurtotaal|"
    "totaal factuur|factuur totaal eur|totaal bedrag|totaal eur|"
    "total da fatura|total geral|valor total|total com iva|total documento|total do documento|total eur",
    0.85: "total|totale|totaal|gesamtpreis|summe eur|montant|total general",
    0.6: "amount due|total due|total amount due|balance due|zahlbetrag|zu zahlen|zu zahlender betrag|total payable|"
    "total amount payable|amount payable|net a payer|somme a payer|montant a payer|total a pagar|totale da pagare|"
    "totaal te betalen|te betalen|a pagar|netto a pagare|summe|suma|totaal|total a payer|importe a pagar|"
    "te betalen bedrag|falliger betrag|montant du prelevement|valor a pagar|amount charged|total paid",
}

_PAYABLE = {
    1.0: "amount due|total due|total amount due|balance due|amount payable|total payable|total amount payable|balance|"
    "outstanding balance|remaining balance|amount outstanding|balance outstanding|please pay|payment due|"
    "zahlbetrag|zu zahlen|zu zahlender betrag|zahlungsbetrag|restbetrag|offener betrag|noch zu zahlen|"
    "falliger betrag|uberweisungsbetrag|zahllast|verbleibender betrag|fallig|auszahlungsbetrag|restzahlung|"
    "zu zahlender gesamtbetrag|forderungsbetrag|zu uberweisender betrag|"
    "net a payer|somme a payer|montant a payer|solde a payer|reste a payer|solde du|total a payer|solde|"
    "net a payer ttc|net a payer eur|montant du|reste du|montant net a payer|"
    "total a pagar|importe a pagar|saldo pendiente|a pagar|totale da pagare|netto a pagare|saldo|da pagare|"
    "importo da pagare|importo dovuto|totale dovuto|pendiente de pago|"
    "totaal te betalen|te betalen|openstaand bedrag|nog te betalen|te voldoen|te betalen bedrag|"
    "valor a pagar|total a liquidar|valor em divida",
}

_PREPAID = {
    1.0: "amount paid|paid|payment received|less payment|prepaid|deposit|less deposit|deposit paid|advance payment|"
    "paid amount|payments received|payment made|already paid|down payment|prepayment|"
    "erhaltene anzahlungen|anzahlung|anzahlungen|abzuglich anzahlung|bereits gezahlt|bereits bezahlt|"
    "geleistete anzahlung|vorauszahlung|abschlagszahlung|abzgl anzahlung|erhaltene anzahlung|"
    "acompte|acompte verse|acomptes verses|deja regle|deja paye|montant regle|acompte recu|acompte paye|"
    "anticipo|pagado|a cuenta|acconto|acconto versato|gia pagato|aanbetaling|reeds betaald|voorschot|"
    "ya pagado|adiantamento|valor pago|sinal",
}

_EXTRAS = {
    1.0: "shipping|shipping cost|shipping costs|shipping and handling|shipping handling|delivery charge|freight|postage|"
    "carriage|delivery costs|delivery fee|handling|surcharge|packaging|shipping charges|"
    "versand|versandkosten|porto|fracht|frachtkosten|verpackung|porto und verpackung|versandkostenpauschale|"
    "gesamtbetrag der zuschlage|summe zuschlage|zuschlag|zuschlage|zu abschlag|fracht verp vers|liefergebuhr|"
    "frais de port|port|frais d'expedition|frais de livraison|transport|frais|total des frais|charges et frais|"
    "portes|gastos de envio|envio|spese di spedizione|trasporto|spese|spese di trasporto|"
    "verzendkosten|portokosten|despesas de envio|"
    "discount|total discount|less discount|rabatt|gesamtbetrag der abschlage|abschlag|abschlage|nachlass|"
    "summe abschlage|skonto sofort|remise|remise totale|total remise|descuento|sconto|korting|desconto|rabais|"
    "trade discount|gesamtrabatt|rabatte|dto|sconto totale",
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

_VAT = {
    1.0: "vat no|vat number|vat reg no|vat registration|vat registration number|vat id|vat reg|vat|tax id|gstin|gst no|"
    "vat registration no|gst number|abn|vat identification number|vat id no|tax number|gst reg no|"
    "ust idnr|ust id|ust id nr|umsatzsteuer id|umsatzsteuer identifikationsnummer|ust identnr|ust ident nr|"
    "umsatzsteuer id nr|ustid|ustidnr|umsatzsteueridentifikationsnummer|uid|uid nr|mwst nr|mwst|ust nr|steuer id|"
    "umst id|uid nummer|umsatzsteueridentnr|mehrwertsteuernummer|ihre ust idnr lieferant|"
    "tva|no tva|numero tva|numero de tva|no de tva|tva intracommunautaire|no tva intracommunautaire|"
    "no de tva intracommunautaire|numero de tva intracommunautaire|no tva intra|tva intra|id tva|identifiant tva|"
    "no de tva intra communautaire|tva no|code tva|id cee|no identification tva|"
    "nif|cif|nif cif|cif nif|n i f|c i f|nif iva|vat es|"
    "p iva|partita iva|p iva cod fisc|p i|piva|part iva|p iva c f|p iva e c f|p iva e codice fiscale|"
    "btw|btw nummer|btw nr|btw no|btw id|btw identificatienummer|btwnr|btw nummer nl|"
    "contribuinte|nipc|contribuinte no|no contribuinte|nuit|cvr",
}

_BUYER_VAT = {
    1.0: "ihre ust idnr|ihre ust id|ihre ust id nr|kunden ust idnr|ust idnr kunde|ust idnr des kunden|ihre uid|"
    "customer vat|customer vat no|customer vat number|your vat number|your vat no|buyer vat|client vat|bill to vat|"
    "no tva client|tva client|votre tva|votre no tva|no tva du client|votre no de tva|tva intracommunautaire client|"
    "uw btw nummer|uw btw|btw nummer klant|btw klant|nif cliente|cif cliente|p iva cliente|nif del cliente|"
    "ust id kunde|ihre umsatzsteuer id|ihre ustid|customer tax id|vat id client|ust id des empfangers|kunden ust id",
}

_SELLER = {
    1.0: "seller|vendor|supplier|sold by|service provider|from|bill from|invoice from|issued by|issuer|merchant|remit to|"
    "verkaufer|lieferant|rechnungssteller|leistungserbringer|absender|auftragnehmer|rechnung von|rechnungsaussteller|"
    "vendeur|fournisseur|emetteur|prestataire|expediteur|emis par|emetteur de la facture|"
    "vendedor|emisor|proveedor|cedente|fornitore|cedente prestatore|venditore|prestador|emittente|mittente|"
    "verkoper|leverancier|afzender|fornecedor|emitente|de",
}

_BUYER = {
    1.0: "bill to|billed to|invoice to|sold to|buyer|customer|client|billing address|invoice address|to|bill to address|"
    "customer name|client name|purchaser|recipient|bill to party|customer details|invoiced to|billing to|"
    "issued to|customer address|attn|guest name|billing details|invoice recipient|customer billing address|"
    "kaufer|kunde|rechnungsempfanger|rechnung an|rechnungsadresse|rechnungsanschrift|auftraggeber|empfanger|"
    "kaufer leistungsempfanger|leistungsempfanger|kundenanschrift|besteller|an|kundenadresse|an firma|debitor|"
    "client facture|facture a|facturer a|adresse de facturation|destinataire|acheteur|nom de l'abonne|client final|"
    "adresse facturation|factures a|abonne|titulaire|adresse client|"
    "cliente|facturar a|facturado a|comprador|destinatario|datos del cliente|datos de facturacion|receptor|"
    "direccion de facturacion|cessionario|committente|cessionario committente|spett le|spettabile|acquirente|"
    "intestatario|dati cliente|"
    "klant|factuuradres|koper|afnemer|factureren aan|factuur aan|gefactureerd aan|exmo s sr s|exmos srs|aan|"
    "exmo sr|adquirente|faturar a|dados do cliente",
}

_THIRD_PARTY = {
    1.0: "ship to|shipping address|deliver to|delivery address|delivered to|ship to address|service address|consignee|"
    "lieferanschrift|lieferadresse|warenempfanger|abweichender warenempfanger|abweichender zahlungsempfanger|"
    "zahlungsempfanger|payee|leistungsort|lieferung an|versandadresse|"
    "adresse de livraison|livre a|lieu de livraison|livraison a|adresse de l'installation|adresse d'installation|"
    "direccion de entrega|direccion de envio|enviar a|indirizzo di consegna|destinazione|luogo di consegna|"
    "destinazione merce|afleveradres|leveradres|bezorgadres|verzendadres|morada de entrega|local de descarga|"
    "hotel details|lieferung von|contact commercial|warenlieferant hersteller|vertreter|steuerbevollmachtigter",
}

_OTHER = {
    1.0: "order number|order no|order id|order|po number|po no|purchase order|your po|customer number|customer no|customer id|"
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
            "line_total": _LINE_TOTAL,
            "net_total": _NET,
            "tax_total": _TAX,
            "grand_total": _GRAND,
            "due_payable": _PAYABLE,
            "prepaid": _PREPAID,
            "extras": _EXTRAS,
            "currency": _CURRENCY,
            "iban": _IBAN,
            "vat_id": _VAT,
            "buyer_vat": _BUYER_VAT,
            "seller": _SELLER,
            "buyer": _BUYER,
            "third": _THIRD_PARTY,
            "other": _OTHER,
        }
    )
