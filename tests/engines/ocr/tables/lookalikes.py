"""Pages that look like tables and hold none."""

from __future__ import annotations

from tests.engines.ocr.tables.made import PROSE, Grids, Sheet, wrapped


def columns_of_prose(count: int) -> tuple[Sheet, Grids]:
    sheet = Sheet()
    width = (1275 - 2 * 90 - (count - 1) * 40) / count
    for k in range(count):
        sheet.paragraph(PROSE * 4, 90 + k * (width + 40), 150, width)
    return sheet, []


def contents() -> tuple[Sheet, Grids]:
    sheet = Sheet()
    sheet.write("Contents", 120, 120, size=30)
    for k, name in enumerate(["Introduction", "The survey", "Results by region", "Costs and benefits", "Outlook"] * 3):
        y = 200 + 36 * k
        sheet.write(f"{k + 1}", 120, y)
        sheet.write(name, 180, y)
        sheet.write(" ".join("." * (60 - len(name))), 600, y)
        sheet.write(str(4 + 3 * k), 1150, y, "r")
    return sheet, []


def letter() -> tuple[Sheet, Grids]:
    sheet = Sheet()
    for k, text in enumerate(["Miller & Sons Ltd", "12 High Street", "Oxford OX1 4AB", "United Kingdom"]):
        sheet.write(text, 120, 120 + 28 * k)
    for k, (name, text) in enumerate(
        [
            ("Date:", "12 March 2021"),
            ("Our reference:", "MS/4711"),
            ("Your reference:", "none"),
            ("Phone:", "0123 4567"),
        ]
    ):
        sheet.write(name, 760, 120 + 28 * k)
        sheet.write(text, 940, 120 + 28 * k)
    sheet.prose(400, 2)
    sheet.write("Yours faithfully", 120, 900)
    return sheet, []


def bullets() -> tuple[Sheet, Grids]:
    sheet = Sheet()
    y = sheet.prose(120)
    for k, text in enumerate(
        ["open the cover", "take the old filter out", "put the new filter in", "close the cover"] * 2
    ):
        sheet.write(f"{k + 1}.", 150, y)
        sheet.write(text, 200, y)
        y += 30
    return sheet, []


def chart() -> tuple[Sheet, Grids]:
    sheet = Sheet()
    sheet.write("Figure 3: Sales by quarter", 300, 200)
    for k in range(6):
        sheet.write(str(100 - 20 * k), 240, 260 + 80 * k, "r")
        sheet.level(250, 1050, 272 + 80 * k)
    sheet.upright(250, 260, 672)
    for k in range(5):
        sheet.write(f"Q{k + 1}", 330 + 160 * k, 690, "c")
        sheet.write(str(40 + 11 * k), 330 + 160 * k, 480 - 30 * k, "c")
    sheet.prose(800)
    return sheet, []


def references() -> tuple[Sheet, Grids]:
    sheet = Sheet()
    y = 150.0
    for k in range(9):
        sheet.write(f"[{k + 1}]", 120, y)
        for part in wrapped(PROSE[k * 20 : k * 20 + 230], 900):
            sheet.write(part, 190, y)
            y += 27
        y += 8
    return sheet, []
