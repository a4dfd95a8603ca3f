"""The words that announce an invoice's sums; see `lexicon`."""

from __future__ import annotations

from itertools import product


def _phrases(heads: str, tails: str) -> str:
    """Every head with every tail."""
    return "|".join(f"{head} {tail}" for head, tail in product(heads.split("|"), tails.split("|")))


_SUM = (
    "total|totale|totaal|gesamt|gesamtbetrag|summe|betrag|rechnungsbetrag|gesamtsumme|endbetrag|amount|subtotal|"
    "montant|total amount"
)
_GROSS = (
    "inkl mwst|inkl ust|inkl mehrwertsteuer|inkl umsatzsteuer|incl vat|inc vat|including vat|incl tax|incl gst|inc gst|"
    "including tax|ttc|brutto|gross|incl btw|inclusief btw|iva inclusa|iva incluido|con iva|mit mwst|com iva"
)
_BARE = (
    "exkl mwst|exkl ust|ohne mwst|ohne ust|ohne umsatzsteuer|netto|excl vat|ex vat|excluding vat|before tax|before vat|"
    "excl tax|ex gst|excl gst|excluding gst|ht|hors taxe|hors taxes|net|excl btw|exclusief btw|ex btw|sin iva|"
    "iva esclusa|sem iva|without tax|without vat|exclusive of vat"
)

LINE_TOTAL = {
    1.0: "positionssumme|summe positionen|summe der positionen|summe der positionsbetrage|warenwert|summe artikel|"
    "total lines|line total|lines total|items total|items subtotal|merchandise total|goods total|total goods|"
    "total articles|total des lignes|total marchandises|importe bruto|total merce|totale merce|totale righe|"
    "totaal artikelen|goederenbedrag|goods value|total bruto",
    0.75: "zwischensumme|zwischensumme netto|zwischentotal|subtotal|sub total|sous total|sous total ht|subtotaal|"
    "subtotale|suma|"
    "summe netto|total iliquido",
    0.4: "total ht|summe|nettosumme|net total|total net|base imponible|imponibile|subtotaal excl btw|total hors taxe",
}

NET = {
    1.0: _phrases(_SUM, _BARE) + "|"
    "net total|total net|net amount|total net amount|total excl vat|total excluding vat|total ex vat|"
    "amount excl vat|"
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

TAX = {
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

GRAND = {
    1.0: _phrases(_SUM, _GROSS) + "|"
    "grand total|total amount|invoice total|total incl vat|total including vat|total inc vat|total inc gst|"
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

PAYABLE = {
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

PREPAID = {
    1.0: "amount paid|paid|payment received|less payment|prepaid|deposit|less deposit|deposit paid|advance payment|"
    "paid amount|payments received|payment made|already paid|down payment|prepayment|"
    "erhaltene anzahlungen|anzahlung|anzahlungen|abzuglich anzahlung|bereits gezahlt|bereits bezahlt|"
    "geleistete anzahlung|vorauszahlung|abschlagszahlung|abzgl anzahlung|erhaltene anzahlung|"
    "acompte|acompte verse|acomptes verses|deja regle|deja paye|montant regle|acompte recu|acompte paye|"
    "anticipo|pagado|a cuenta|acconto|acconto versato|gia pagato|aanbetaling|reeds betaald|voorschot|"
    "ya pagado|adiantamento|valor pago|sinal",
}

EXTRAS = {
    1.0: "shipping|shipping cost|shipping costs|shipping and handling|shipping handling|delivery charge|freight|"
    "postage|"
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
