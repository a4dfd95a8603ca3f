"""What the labels of a receipt's amounts mean, in the languages of Latin script that receipts are printed in.

Labels are matched folded and without spaces and figures (`receipt_amounts.label_of`), because OCR loses and invents
spaces; short words that live inside others (VAT, SST) are matched in folded text, at word boundaries.
"""

from __future__ import annotations

import re


def _any(words: str) -> re.Pattern[str]:
    return re.compile("|".join(words.split()))


NOT_TOTAL = _any(
    r"""
    total(?:qty|quantity|q?item|itm|ltem|art|disc|saving|point|tax|gst|vat|sst|tva|iva|btw|mwst|ust|unit|weight|pax|no)
    (?:item|disc\w*|qty|gst|tax|rabatt|remise)total$ discount rabatt remise descuento sconto korting numberof
    nombre saved points?$ balance(?:point|b/?f) unitprice deposit mwst tva article includes?gst includes?tax
    """
)
SUBTOTAL = _any(
    r"""
    subt(?:o?ta?l|tl) subtl zwischensumme soustotal totalht horstax excl?ud excl exgst exvat beforetax
    taxable baseimponible imponibile subtotaal subtotale netto(?!tal) withoutgst amountbefore ^amountrm$
    """
)
#: The surest first: what is payable after all else, the total, something with "total" in it, an amount.
TOTALS = (
    (
        6.5,
        _any(
            r"""
    round(?:ed|dedtotal)$ totalround afterround roundedtotal nett?total nett?amount totalpayable
    amountpayable amountdue amtdue balancedue totaldue topay$ payableamount zuzahlen zahlbetrag endbetrag
    netapayer apayer montantdu totalapagar apagar importopagato tebetalen totaltopay jumlahbesar jumlahperlu
    amountpaid$
    """
        ),
    ),
    (
        6.0,
        _any(
            r"""
    grandtotal grandttl gesamtbetrag rechnungsbetrag totalttc ttc$ totale?complessivo billtotal totalbill
    finaltotal totalfinal
    """
        ),
    ),
    (
        5.0,
        _any(
            r"""
    ^t[o0]ta[l1i]\w{0,3}$ ^totale\w{0,4}$ totalamount totalamt ^summe\w{0,3}$ ^gesamt$ gesamtsumme ^totaal$
    ^importetotal$ ^importe$ total(?:incl?|with|gross|sales?) fueltotal saletotal salestotal ordertotal
    takeouttotal eatintotal jumlah inclusive inclgst total\w{0,3}$
    """
        ),
    ),
    (
        3.0,
        _any(
            r"""
    t[o0]ta[l1i] summe gesamt totaal
    """
        ),
    ),
    (
        1.5,
        _any(
            r"""
    ^amount$ ^betrag$ ^montant$ ^importo$ ^bedrag$ ^amt$ fee$ ^price$
    """
        ),
    ),
)
#: What is payable even after rounding: among `TOTALS`.
PAYABLE = TOTALS[0][1]
CHANGE = _any(
    r"""
    change chgdue ruckgeld wechselgeld rendu monnaie cambio vuelto resto wisselgeld ^retour terug baki zuruck
    """
)
CASH = _any(
    r"""
    cash tender gegeben bezahlt gegbar ^bar$ barzahlung especes entregado efectivo contant received paid
    payment tunai ^recu$ ontvangen
    """
)
CARD = _any(
    r"""
    visa master card amex debit credit ecard maestro ^cb$ girocard ^ec$ nets$ carte tarjeta ^pin$ bancomat
    eftpos paypal kreditkarte bancontact
    """
)
ROUNDING = _any(
    r"""
    round(?:ing|adj|ng)? rnding rndg pembundaran bulat arrondi rundung redondeo afronding arrotond
    """
)
NOT_TAX = _any(
    r"""
    taxinvoice totalincl inclusive incl(?:gst|tax|vat)$ excl total(?:with|sales) taxable gstno gstid gstreg
    regno netto(?!tal) brutto before vatno taxno ^totalht
    """
)
TAX = re.compile(
    r"(?<![a-z])(?:gst|vat|sst|tva|iva|btw|hst|pst|qst|ust|tax|taxes|taxe|moms|cgst|sgst|igst)(?![a-z])|mwst|"
    r"mehrwertst|"
    r"umsatzst|salestax|sales tax|servicetax|govtax|add ?gst|steuer"
)
