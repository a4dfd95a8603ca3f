"""Currencies as people print them: symbols, ISO 4217 codes, abbreviations and words."""

from __future__ import annotations

import re


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split())


_CURRENT_CODES = """
    EUR USD GBP CHF JPY CNY AUD CAD NZD SGD HKD TWD INR MYR THB IDR PHP VND KRW SEK NOK DKK ISK PLN CZK HUF
    RON BGN HRK RSD UAH RUB ILS SAR AED QAR KWD BHD OMR JOD EGP MAD DZD TND NGN GHS KES TZS UGX ZAR BRL ARS
    CLP COP MXN PEN UYU PKR BDT LKR NPR KZT XOF XAF DEM FRF ITL ESP NLG BEF ATS
"""
# ISO 4217 codes in use (and the ones that the euro replaced).
_CODES = frozenset(_CURRENT_CODES.split())
# Codes that are also words: they count only beside a numeral.
_SHY_CODES = frozenset(("ALL", "TRY", "BAM", "GEL", "MDL", "AMD", "CRC", "DOP", "BOB", "MOP"))
_SIGNS = _pairs("""
    US$=USD A$=AUD AU$=AUD C$=CAD CA$=CAD NZ$=NZD HK$=HKD S$=SGD R$=BRL MX$=MXN NT$=TWD $=USD €=EUR £=GBP
    ¥=JPY ₹=INR ₽=RUB ₩=KRW ₺=TRY ฿=THB ₫=VND ₪=ILS ₴=UAH ₦=NGN ₱=PHP ₵=GHS ₡=CRC ₸=KZT Rs=INR
""")
# Words that mean nothing but a currency, in lower case.
_WORDS = _pairs("""
    euro=EUR euros=EUR ringgit=MYR rupees=INR sfr=CHF zł=PLN zloty=PLN złotych=PLN złoty=PLN kč=CZK rmb=CNY
    yuan=CNY yen=JPY kronor=SEK sterling=GBP руб=RUB грн=UAH ₨=INR
""")
# Words that mean something else too ("fr." Friday, "ft" feet, "rm" room): they count only beside a numeral. Nothing
# stands behind those that several countries share: no currency is invented.
_SHY_WORDS = _pairs("""
    rm=MYR rs=INR fr=CHF zl=PLN ft=HUF lei=RON лв=BGN rp=IDR tl=TRY dhs=AED dh= kr= kroner= dollar=USD
    dollars=USD pounds=GBP pesos= peso= rsd=RSD din= dinar= baht=THB won=KRW rand=ZAR francs= real= reais=BRL
""")
SIGN_CHARS = "".join(sorted({sign[-1] for sign in _SIGNS if not sign.isalpha()} | {"₨"}))
#: One printed currency, or any other word of its length: `is_currency` tells which.
TOKEN = rf"(?:[A-Za-z]{{0,2}}[{SIGN_CHARS}]|[^\W\d_]{{1,8}}\.?)"
_SURE = re.compile(
    rf"[A-Za-z]{{0,2}}[{SIGN_CHARS}]|(?<![^\W_])(?:[A-Z]{{3}}|RM|Rs)(?![^\W\d_])|(?<![^\W\d_])(?i:{'|'.join(_WORDS)})(?![^\W\d_])"
)


def code_of(word: str) -> str | None:
    """The ISO 4217 code of one printed currency beside a numeral.

    None for no currency, or for one that several countries share ("kr"); see `is_currency`.
    """
    word = word.rstrip(".")
    upper, lower = word.upper(), word.lower()
    if upper in _SIGNS:
        return _SIGNS[upper]
    if word[-1:] in SIGN_CHARS and word:
        return _SIGNS.get(word[-1]) or _WORDS.get(word[-1])
    if upper in _CODES or upper in _SHY_CODES:
        return upper
    return _WORDS.get(lower) or _SHY_WORDS.get(lower) or None


def is_currency(word: str) -> bool:
    """Whether a word beside a numeral is a currency: one that `code_of` knows, or one that several countries share."""
    return code_of(word) is not None or word.rstrip(".").lower() in _SHY_WORDS


def sure_currencies(text: str) -> list[str]:
    """The ISO codes of the currencies that stand in a text without doubt, in its order, with repetitions."""
    found: list[str] = []
    for match in _SURE.finditer(text):
        word = match.group()
        if word.isalpha() and word.isupper() and len(word) == 3 and word not in _CODES:
            continue
        code = code_of(word)
        if code:
            found.append(code)
    return found
