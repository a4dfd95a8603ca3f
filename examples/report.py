"""A report of three pages with a title, an author, a date and two tables, one ruled and one not."""

from __future__ import annotations

import pymupdf

from examples.sheet import BLACK, GREY, Column, Sheet, Style, pdf_bytes, table

TITLE = "Water Quality in the Lower Tamar"
AUTHOR = "Marta Lindqvist and Owen Pascoe"
STATIONS = (
    ("Station", "Samples", "Nitrate (mg/l)", "Phosphate (mg/l)", "Oxygen (%)"),
    ("Gunnislake Weir", "52", "2.31", "0.048", "97"),
    ("Calstock Quay", "52", "2.67", "0.061", "91"),
    ("Cotehele Pool", "49", "2.84", "0.072", "88"),
    ("Halton Bend", "51", "3.12", "0.085", "82"),
    ("Saltash Pier", "50", "1.95", "0.039", "94"),
)
YEARS = (
    ("Year", "Mean nitrate", "Mean phosphate", "Days below 80 % oxygen"),
    ("2021", "3.04", "0.079", "41"),
    ("2022", "2.88", "0.074", "37"),
    ("2023", "2.71", "0.066", "26"),
    ("2024", "2.58", "0.061", "19"),
)
SERIF, BODY = Style("tibo", 14), Style("tiro", 10.5)
TEXT = {
    "Summary": (
        "Nitrate and phosphate in the Lower Tamar fell for the third year running. Five stations were sampled weekly "
        "from 8 January 2024 to 30 December 2024, and 254 samples were analysed. The mean nitrate concentration was "
        "2.58 mg/l, five per cent below 2023. Oxygen fell below 80 per cent on 19 days, against 26 the year before.",
        "Halton Bend remains the station with the highest nutrient load. We recommend that the storm overflow above "
        "the bend be metered from June 2025, and that the buffer strips planted in 2022 be kept for five more years.",
    ),
    "Method": (
        "Samples were taken at mid-ebb from a depth of half a metre, cooled, and analysed within 24 hours. Nitrate was "
        "measured by ion chromatography and phosphate by the molybdenum blue method; both laboratories took part in a "
        "ring test on 12 September 2024. Values below the limit of detection were counted as half of that limit.",
    ),
    "Results by station": (
        "Table 1 gives the mean of all samples of 2024 for each station, from the tidal limit down to the sea.",
    ),
    "Change since 2021": (
        "Table 2 compares the means of all stations with those of the three years before. The fall in phosphate "
        "follows the new treatment stage at Gunnislake, which has run since 4 April 2022.",
    ),
    "Outlook": (
        "Sampling goes on at the same five stations in 2025. A sixth, at the mouth of the Lynher, opens in May 2025. "
        "The next report is due on 16 March 2026.",
    ),
}


def report() -> bytes:
    document = pymupdf.open()
    _first(Sheet(document))
    _second(Sheet(document))
    _third(Sheet(document))
    stamp = "D:20250314090000Z"
    return pdf_bytes(document, {"title": TITLE, "author": AUTHOR, "creationDate": stamp, "modDate": stamp})


def _first(sheet: Sheet) -> None:
    sheet.text(72, 96, "TAMAR RIVERS OBSERVATORY", Style("hebo", 10, (0.1, 0.42, 0.45)))
    sheet.rule(72, 104, 523, 104, (0.1, 0.42, 0.45), 1.2)
    sheet.text(72, 168, TITLE, Style("tibo", 26))
    sheet.text(72, 196, "Annual monitoring report 2024", Style("tiro", 15, GREY))
    sheet.text(72, 236, AUTHOR, Style("tiit", 12))
    sheet.text(72, 254, "14 March 2025", Style("tiro", 12))
    sheet.text(72, 272, "Report no. TRO-2025-07", Style("tiro", 12))
    y = _section(sheet, 330, "Summary")
    _section(sheet, y + 14, "Method")
    _foot(sheet, 1)


def _second(sheet: Sheet) -> None:
    y = _section(sheet, 96, "Results by station")
    sheet.text(72, y + 14, "Table 1: Mean concentrations by station, 2024", Style("tibo", 10))
    xs = (72, 190, 262, 352, 452, 523)
    top = y + 24
    for index, row in enumerate(STATIONS):
        baseline = top + 14 + index * 20
        sheet.rule(xs[0], baseline - 14, xs[-1], baseline - 14)
        style = Style("hebo" if index == 0 else "helv", 9)
        sheet.text(xs[0] + 6, baseline, row[0], style)
        for x, cell in zip(xs[2:], row[1:], strict=True):
            sheet.text(x - 6, baseline, cell, style, "right")
    bottom = top + len(STATIONS) * 20
    sheet.rule(xs[0], bottom, xs[-1], bottom)
    for x in xs:
        sheet.rule(x, top, x, bottom)
    _foot(sheet, 2)


def _third(sheet: Sheet) -> None:
    y = _section(sheet, 96, "Change since 2021")
    sheet.text(72, y + 14, "Table 2: All stations, 2021 to 2024 (mg/l)", Style("tibo", 10))
    columns = [Column("", 80), Column("", 240, "right"), Column("", 350, "right"), Column("", 510, "right")]
    sheet.rule(72, y + 22, 523, y + 22, BLACK, 1)
    for column, cell in zip(columns, YEARS[0], strict=True):
        sheet.text(column.x, y + 36, cell, Style("hebo"), column.align)
    sheet.rule(72, y + 42, 523, y + 42)
    y = table(sheet, y + 58, columns, YEARS[1:])
    sheet.rule(72, y - 11, 523, y - 11, BLACK, 1)
    _section(sheet, y + 26, "Outlook")
    _foot(sheet, 3)


def _section(sheet: Sheet, y: float, heading: str) -> float:
    sheet.text(72, y, heading, SERIF)
    y += 20
    for paragraph in TEXT[heading]:
        y = sheet.paragraph(72, y, 451, paragraph, BODY) + 6
    return y


def _foot(sheet: Sheet, number: int) -> None:
    style = Style("tiro", 9, GREY)
    sheet.text(72, 800, f"{TITLE} · TRO-2025-07", style)
    sheet.text(523, 800, f"Page {number} of 3", style, "right")
