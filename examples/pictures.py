"""A scanned till receipt that lies on its side, and a bar chart: two pictures, with nothing to read but pixels."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pymupdf
from PIL import Image, ImageFilter

from examples.sheet import BLACK, GREY, Sheet, Style

ITEMS = (
    ("LAVENDER HIDCOTE 9CM", "3 @ 3.99", "11.97"),
    ("PEAT FREE COMPOST 50L", "2 @ 7.50", "15.00"),
    ("TERRACOTTA POT 30CM", "1 @ 18.95", "18.95"),
    ("TWINE JUTE 100M", "1 @ 4.25", "4.25"),
    ("BIRD SEED MIX 2KG", "1 @ 6.40", "6.40"),
)
SHOP = ("FERNHILL GARDEN CENTRE LTD", "UNIT 3, MILL LANE", "TOTNES, DEVON TQ9 5QJ")
QUARTERS = {"Spring": 412, "Summer": 655, "Autumn": 287, "Winter": 124}


def receipt() -> bytes:
    """A JPEG of 150 dpi in grey, turned by 90 degrees clockwise, 1.4 degrees askew, with a scanner's noise."""
    pixels = _receipt_page().get_pixmap(dpi=150, colorspace=pymupdf.csGRAY, alpha=False)
    paper = Image.frombytes("L", (pixels.width, pixels.height), pixels.samples)
    paper = paper.rotate(1.4, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=96)
    bed = Image.new("L", (paper.width + 60, paper.height + 60), 96)
    bed.paste(paper, (30, 30))
    grey = np.asarray(bed.filter(ImageFilter.GaussianBlur(0.6)), dtype=np.float32)
    shade = np.linspace(1.0, 0.88, grey.shape[1], dtype=np.float32)
    noise = np.random.default_rng(20250517).normal(0, 5, grey.shape).astype(np.float32)
    scanned = Image.fromarray(np.clip(grey * shade * 0.95 + 8 + noise, 0, 255).astype(np.uint8))
    return _saved(scanned.transpose(Image.Transpose.ROTATE_270), "JPEG", quality=72, dpi=(150, 150))


def _receipt_page() -> pymupdf.Page:
    sheet, mono, bold = Sheet(pymupdf.open(), 226, 470), Style("cour", 9), Style("cobo", 9.5)
    y = 30.0
    for index, line in enumerate((*SHOP, "TEL 01803 555 0142", "VAT NO 318 4420 67")):
        sheet.text(113, y, line, bold if index == 0 else mono, "centre")
        y += 13
    sheet.text(12, y + 12, "17/05/2025  14:32", mono)
    sheet.text(214, y + 12, "TILL 2  #004817", mono, "right")
    y += 24
    sheet.text(12, y, "-" * 37, mono)
    for name, quantity, amount in ITEMS:
        y += 15
        sheet.text(12, y, name, mono)
        sheet.text(24, y + 11, quantity, mono)
        sheet.text(214, y + 11, amount, mono, "right")
        y += 11
    sheet.text(12, y + 13, "-" * 37, mono)
    y += 28
    for label, amount in (("SUBTOTAL (8 ITEMS)", "56.57"), ("CLUB DISCOUNT", "-2.50")):
        sheet.text(12, y, label, mono)
        sheet.text(214, y, amount, mono, "right")
        y += 13
    sheet.text(12, y + 6, "TOTAL", Style("cobo", 14))
    sheet.text(214, y + 6, "GBP 54.07", Style("cobo", 14), "right")
    y += 24
    for label, amount in (("CARD VISA ****7731", "54.07"), ("VAT INCLUDED 20%", "9.01")):
        sheet.text(12, y, label, mono)
        sheet.text(214, y, amount, mono, "right")
        y += 13
    sheet.text(113, y + 16, "THANK YOU - PLANTS LIVE", mono, "centre")
    sheet.text(113, y + 28, "LONGER WITH A RECEIPT", mono, "centre")
    return sheet.page


def chart() -> bytes:
    """A PNG of a bar chart: one series, four bars, each with its number above it."""
    sheet, blue = Sheet(pymupdf.open(), 480, 330), (0.16, 0.45, 0.62)
    sheet.text(240, 32, "Rooftop solar yield by season, Plymouth 2024", Style("hebo", 13), "centre")
    base, left, height = 275.0, 70.0, 210.0
    for tick in range(0, 701, 100):
        y = base - height * tick / 700
        sheet.rule(left, y, 450, y, BLACK if tick == 0 else (0.86, 0.87, 0.89), 0.8 if tick == 0 else 0.5)
        sheet.text(left - 8, y + 3, str(tick), Style(size=9, colour=GREY), "right")
    for index, (name, value) in enumerate(QUARTERS.items()):
        x = left + 30 + index * 90
        top = base - height * value / 700
        sheet.fill(x, top, x + 52, base, blue)
        sheet.text(x + 26, top - 5, str(value), Style(size=10), "centre")
        sheet.text(x + 26, base + 17, name, Style(size=10), "centre")
    sheet.text(260, 318, "Season", Style(size=10), "centre")
    sheet.page.insert_text((26, 205), "Yield (kWh)", fontname="Fhelv", fontsize=10, rotate=90)
    pixels = sheet.page.get_pixmap(dpi=150, alpha=False)
    picture = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.samples)
    return _saved(picture.quantize(64), "PNG", optimize=True, dpi=(150, 150))


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
