"""Further pages with tables: what once went wrong, each with the grids that stand on it."""

from __future__ import annotations

from tests.engines.ocr.tables.made import Grids, Sheet, Style, draw


def small_letters() -> tuple[Sheet, Grids]:
    grid = [["", "2018", "2019"], *([f"of which group {k}", f"{40 + k}.5", f"{44 + 2 * k}.1"] for k in range(1, 8))]
    sheet = Sheet()
    draw(sheet, grid, 200, Style((120, 420, 560, 700), "lrr", "grid"))
    return sheet, [grid]


def close_columns() -> tuple[Sheet, Grids]:
    grid = [
        ["Area", "Rate", "Main use", "Note"],
        ["North", "91%", "Energy", "stable"],
        ["South", "32%", "Trade", "new"],
        ["East", "45%", "Transport", "stable"],
        ["West", "77%", "Education", "stable"],
    ]
    sheet = Sheet()
    y = sheet.prose(120)
    draw(sheet, grid, y, Style((120, 300, 420, 600, 760), "lrll", "book"))
    return sheet, [grid]


def yes_and_no() -> tuple[Sheet, Grids]:
    grid = [["State", "Exam taken", "Exam passed", "Grant given"]]
    for k, name in enumerate(("Iowa", "Ohio", "Utah", "Texas", "Maine", "Idaho", "Nevada")):
        grid.append([name, "Yes", "No" if k % 3 else "Yes", "na" if k % 2 else "Yes"])
    sheet = Sheet()
    y = sheet.prose(120)
    draw(sheet, grid, y, Style((120, 320, 560, 800, 1040), "lccc"))
    return sheet, [grid]


def notes_in_the_frame() -> tuple[Sheet, Grids]:
    grid = [["Year", "Trees", "Cuts"], ["2001", "1,204", "33"], ["2002", "1,190", "41"], ["2003", "1,177", "29"]]
    sheet = Sheet()
    edges = (200.0, 400.0, 600.0, 800.0)
    bottom = draw(sheet, grid, 300, Style(edges, "lrr", "grid"))
    sheet.write("Note: trees of more than ten years of age, counted in the spring", 210, bottom + 6)
    for x in (edges[0], edges[-1]):
        sheet.upright(x, bottom, bottom + 40)
    sheet.level(edges[0], edges[-1], bottom + 40)
    return sheet, [grid]


def list_in_a_cell() -> tuple[Sheet, Grids]:
    grid = [
        ["Field", "Type", "Meaning"],
        ["user", "text", "Name of the user"],
        ["usage", "text", "One of these: • ALLOWED: may use it • DENIED: may not use it"],
        ["since", "date", "Day of the change"],
    ]
    sheet = Sheet()
    edges = (120.0, 320.0, 460.0, 900.0)
    y = draw(sheet, grid[:2], 300, Style(edges, "lll", "grid"))
    sheet.write("usage", 128, y + 3)
    sheet.write("text", 328, y + 3)
    sheet.write("One of these:", 468, y + 3)
    for k, text in enumerate(("ALLOWED: may use it", "DENIED: may not use it")):
        sheet.write("•", 468, y + 27 + 24 * k)
        sheet.write(text, 500, y + 27 + 24 * k)
    for edge in edges:
        sheet.upright(edge, y, y + 80)
    draw(sheet, grid[3:], y + 80, Style(edges, "lll", "grid", heads=0))
    return sheet, [grid]


def framed_letter() -> tuple[Sheet, Grids]:
    sheet = Sheet()
    for x in (60.0, 1200.0):
        sheet.upright(x, 60, 1500)
    for y in (60.0, 1500.0):
        sheet.level(60, 1200, y)
    for k, (left, right) in enumerate(
        (("Miller Ltd", "Invoice 4711"), ("12 High Street", "12 March 2021"), ("Oxford", "Page 1"))
    ):
        sheet.write(left, 120, 120 + 28 * k)
        sheet.write(right, 800, 120 + 28 * k)
    sheet.prose(400, 2)
    return sheet, []
