"""The words that announce an invoice's parties and their tax numbers; see `lexicon`."""

from __future__ import annotations

VAT = {
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

BUYER_VAT = {
    1.0: "ihre ust idnr|ihre ust id|ihre ust id nr|kunden ust idnr|ust idnr kunde|ust idnr des kunden|ihre uid|"
    "customer vat|customer vat no|customer vat number|your vat number|your vat no|buyer vat|client vat|bill to vat|"
    "no tva client|tva client|votre tva|votre no tva|no tva du client|votre no de tva|tva intracommunautaire client|"
    "uw btw nummer|uw btw|btw nummer klant|btw klant|nif cliente|cif cliente|p iva cliente|nif del cliente|"
    "ust id kunde|ihre umsatzsteuer id|ihre ustid|customer tax id|vat id client|ust id des empfangers|kunden ust id",
}

SELLER = {
    1.0: "seller|vendor|supplier|sold by|service provider|from|bill from|invoice from|issued by|issuer|merchant|"
    "remit to|"
    "verkaufer|lieferant|rechnungssteller|leistungserbringer|absender|auftragnehmer|rechnung von|rechnungsaussteller|"
    "vendeur|fournisseur|emetteur|prestataire|expediteur|emis par|emetteur de la facture|"
    "vendedor|emisor|proveedor|cedente|fornitore|cedente prestatore|venditore|prestador|emittente|mittente|"
    "verkoper|leverancier|afzender|fornecedor|emitente|de",
}

BUYER = {
    1.0: "bill to|billed to|invoice to|sold to|buyer|customer|client|billing address|invoice address|to|"
    "bill to address|"
    "customer name|client name|purchaser|recipient|bill to party|customer details|invoiced to|billing to|"
    "issued to|customer address|guest name|billing details|invoice recipient|customer billing address|"
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

THIRD_PARTY = {
    1.0: "ship to|shipping address|deliver to|delivery address|delivered to|ship to address|service address|consignee|"
    "lieferanschrift|lieferadresse|warenempfanger|abweichender warenempfanger|abweichender zahlungsempfanger|"
    "zahlungsempfanger|payee|leistungsort|lieferung an|versandadresse|"
    "adresse de livraison|livre a|lieu de livraison|livraison a|adresse de l'installation|adresse d'installation|"
    "direccion de entrega|direccion de envio|enviar a|indirizzo di consegna|destinazione|luogo di consegna|"
    "destinazione merce|afleveradres|leveradres|bezorgadres|verzendadres|morada de entrega|local de descarga|"
    "hotel details|lieferung von|contact commercial|warenlieferant hersteller|vertreter|steuerbevollmachtigter",
}
