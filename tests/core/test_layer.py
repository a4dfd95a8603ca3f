from __future__ import annotations

import pytest

from docproc.core.boxes import Box
from docproc.core.layer import trusted
from docproc.core.types import Reading, Word

ENGLISH = """The committee met on Thursday to discuss the annual report and agreed that the figures for the second
quarter should be published before the end of the month. Several members asked for more time to study the proposal."""
GERMAN = """Wir danken Ihnen für Ihren Auftrag und berechnen Ihnen die folgenden Leistungen. Bitte überweisen Sie den
Rechnungsbetrag innerhalb von vierzehn Tagen ohne Abzug auf das unten genannte Konto der Gesellschaft."""
FRENCH = """Nous vous prions de bien vouloir trouver ci-joint la facture relative à la commande passée au mois de juin.
Le règlement doit être effectué dans un délai de trente jours à compter de la date d'émission."""
POLISH = """Sprzedawca zobowiązuje się dostarczyć zamówione towary w terminie czternastu dni od dnia otrzymania zapłaty.
Wszystkie ceny podane w niniejszej fakturze zawierają należny podatek od towarów i usług."""
TURKISH = """Sayın müşterimiz, siparişiniz için teşekkür ederiz. Ödemenizi fatura tarihinden itibaren otuz gün içinde
aşağıda belirtilen banka hesabına yapmanızı rica ederiz. Ürünlerimiz iki yıl garanti kapsamındadır."""
CZECH = """Děkujeme Vám za Vaši objednávku a dovolujeme si Vám účtovat následující položky. Splatnost této faktury je
čtrnáct dnů ode dne vystavení. Při platbě prosím uveďte číslo faktury jako variabilní symbol."""
FINNISH = """Kiitämme tilauksestanne ja laskutamme teiltä seuraavat tuotteet. Pyydämme maksamaan laskun neljäntoista
päivän kuluessa laskun päivämäärästä alla mainitulle pankkitilille viitenumeroa käyttäen."""
RUSSIAN = "Настоящим подтверждаем получение вашего заказа и просим оплатить счёт в течение десяти дней. " * 2
CODE = """def frames(sock, buf): for ptr in range(len(buf)): hdr = struct.unpack('<HHI', buf[ptr:ptr + 8])
if hdr[0] != MAGIC: raise ProtoErr('bad hdr'); self._queue.put_nowait((hdr[1], buf[ptr + 8:hdr[2]])) return None"""
NUMBERS = " ".join(f"{n * 37 % 1000}.{n % 90 + 10} {n * 7919 % 10000} -{n}% PX{n * 13}-K" for n in range(60))
FORM = "Name Anna Kovács IBAN DE02 1203 0000 0000 2020 51 BIC BYLADEM1001"
PARTS = " ".join(f"QX{n}ZT WKV-{n * 31} M{n}x{n + 4} DIN{n * 7} galv." for n in range(10, 50))
BULLETS = " ".join(f"\uf0b7 {word}" for word in ENGLISH.split())


def page(text: str, size: float = 20, top: float = 100, bottom: float = 2000) -> Reading:
    words = text.split()
    step = (bottom - top) / len(words)
    return Reading(
        "layer",
        tuple(
            Word(word, Box(100, top + i * step, 300, top + i * step + 10), 1.0, size) for i, word in enumerate(words)
        ),
        1600,
        2200,
    )


def shifted(text: str, by: int) -> str:
    """Every character but the spaces moved by `by` code points, as a font without its map of characters gives them."""
    return "".join(char if char.isspace() else chr(max(33, ord(char) + by)) for char in text)


def rotated(text: str, by: int) -> str:
    """Every plain letter moved by `by` places in the alphabet."""
    low = "abcdefghijklmnopqrstuvwxyz"
    moved = low[by:] + low[:by]
    return text.translate(str.maketrans(low + low.upper(), moved + moved.upper()))


@pytest.mark.parametrize(
    "text",
    [ENGLISH, GERMAN, FRENCH, POLISH, TURKISH, CZECH, FINNISH, RUSSIAN, CODE, NUMBERS, FORM, PARTS, BULLETS,
     ENGLISH.upper(), "Total .......................... 12.50", "发票号码 12345 合计金额 100.00"],
)  # fmt: skip
def test_text_of_any_language_and_lists_of_figures_are_trusted(text: str) -> None:
    assert trusted(page(text), 0.0)


@pytest.mark.parametrize("text", [ENGLISH, GERMAN, FRENCH, POLISH, TURKISH, CZECH, FINNISH])
@pytest.mark.parametrize("by", [-29, -3, 1, 3, 5])
def test_characters_shifted_by_their_font_are_not_trusted(text: str, by: int) -> None:
    assert not trusted(page(shifted(text, by)), 0.0)


@pytest.mark.parametrize("by", range(1, 26))
def test_letters_rotated_by_any_number_of_places_are_not_trusted(by: int) -> None:
    assert not trusted(page(rotated(ENGLISH, by)), 0.0)


def test_one_garbled_font_among_good_ones_spoils_the_page() -> None:
    good, bad = page(ENGLISH * 3, size=20), page(rotated(ENGLISH, 3), size=33)
    assert trusted(good, 0.0)
    assert not trusted(Reading("layer", good.words + bad.words, 1600, 2200), 0.0)


@pytest.mark.parametrize(
    "junk", ["(cid:41)(cid:7)(cid:12)", "\ue02a\ue013\ue044\ue001", "\ufffd\ufffd\ufffd", "\x03\x0f\x11"]
)
def test_characters_that_mean_nothing_are_not_trusted(junk: str) -> None:
    assert not trusted(page(f"{ENGLISH} " + f"{junk} " * 20), 0.0)


def test_an_empty_layer_is_not_trusted() -> None:
    assert not trusted(Reading("layer", (), 1600, 2200), 0.0)


def test_a_stamp_on_a_scan_is_not_the_text_of_the_page() -> None:
    stamp = page("Case 1:20-cv-00123 Document 5 Filed 05/06/20 Page 3 of 10", top=20, bottom=60)
    assert not trusted(stamp, 1.0)
    assert trusted(stamp, 0.0)


def test_long_headers_and_footers_on_a_scan_are_not_the_text_of_the_page() -> None:
    assert not trusted(page(ENGLISH * 3, top=10, bottom=200), 1.0)
    assert trusted(page(ENGLISH * 3), 1.0)
