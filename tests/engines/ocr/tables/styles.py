"""Pages with tables of many styles, each with the grids that stand on it."""

from __future__ import annotations

from tests.engines.ocr.tables.made import PROSE, Grids, Sheet, Style, draw

STOCK = [
    ["Item", "Colour", "Stock", "Price"],
    ["Chair", "Oak", "14", "59.00"],
    ["Table", "White", "3", "249.90"],
    ["Shelf", "Black", "120", "18.50"],
    ["Lamp", "Brass", "7", "75.25"],
]
YEARS = [
    ["Region", "2015", "2016", "2017", "2018", "2019"],
    ["North", "1,204", "1,310", "1,275", "1,402", "1,455"],
    ["South", "980", "1,002", "1,041", "1,100", "1,187"],
    ["East", "455", "470", "462", "481", "512"],
    ["West", "2,310", "2,405", "2,511", "2,498", "2,602"],
    ["Total", "4,949", "5,187", "5,289", "5,481", "5,756"],
]


def full_grid() -> tuple[Sheet, Grids]:
    sheet = Sheet()
    y = sheet.prose(120)
    y = draw(sheet, STOCK, y, Style((120, 420, 700, 900, 1150), "llrr", "grid"))
    sheet.prose(y + 60)
    return sheet, [STOCK]


def booktabs() -> tuple[Sheet, Grids]:
    sheet = Sheet()
    y = sheet.prose(120)
    sheet.write("Table 1: Visitors by region", 120, y)
    y = draw(sheet, YEARS, y + 45, Style((120, 320, 480, 640, 800, 960, 1120), "lrrrrr", "book"))
    sheet.write("Source: own survey.", 120, y + 8, size=16)
    sheet.prose(y + 60)
    return sheet, [YEARS]


def borderless() -> tuple[Sheet, Grids]:
    sheet = Sheet()
    y = sheet.prose(120)
    y = draw(sheet, YEARS, y + 20, Style((120, 320, 480, 640, 800, 960, 1120), "lrrrrr"))
    sheet.prose(y + 40)
    return sheet, [YEARS]


def wrapped_in_grid() -> tuple[Sheet, Grids]:
    grid = [
        ["Measure", "What it means for the user", "Status"],
        ["Fast start", "The first page is shown in less than one second on a usual laptop computer", "Done"],
        ["Safe stop", "Nothing is lost when the program is ended at any moment, and it goes on from there", "Open"],
        ["Small", "The whole thing is no larger than one hundred megabytes", "Done"],
    ]
    sheet = Sheet()
    y = draw(sheet, grid, 200, Style((120, 330, 800, 1000), "llc", "grid"))
    sheet.prose(y + 60)
    return sheet, [grid]


def two_level_headings(rules: bool) -> tuple[Sheet, Grids]:
    heads = [["School", "Pupils", "", "Teachers", ""], ["", "2010", "2020", "2010", "2020"]]
    body = [
        ["Hillside", "412", "455", "31", "36"],
        ["Riverbank", "290", "301", "22", "25"],
        ["Old Town", "133", "120", "11", "10"],
        ["Lakeview", "587", "640", "44", "49"],
    ]
    sheet = Sheet()
    y = sheet.prose(120) + 20
    edges = (120, 400, 560, 720, 880, 1040)
    sheet.write("Pupils", 560, y + 3, "c")
    sheet.write("Teachers", 880, y + 3, "c")
    if rules:
        sheet.level(120, 1040, y)
        sheet.level(420, 710, y + 30)
        sheet.level(740, 1030, y + 30)
    sheet.write("School", 128, y + 36)
    for x, text in zip((552, 712, 872, 1032), heads[1][1:], strict=True):
        sheet.write(text, x, y + 36, "r")
    if rules:
        sheet.level(120, 1040, y + 66)
    y = draw(sheet, body, y + 68, Style(edges, "lrrrr", heads=0))
    if rules:
        sheet.level(120, 1040, y)
    sheet.prose(y + 40)
    return sheet, [heads + body]


def groups_and_total() -> tuple[Sheet, Grids]:
    grid = [
        ["Account", "Plan", "Actual", "Difference"],
        ["Income", "", "", ""],
        ["Membership fees", "12,000.00", "12,450.00", "450.00"],
        ["Donations", "3,500.00", "2,980.00", "(520.00)"],
        ["Expenses", "", "", ""],
        ["Rent", "6,000.00", "6,000.00", "–"],
        ["Salaries and wages", "7,200.00", "7,350.00", "150.00"],
        ["Total", "2,300.00", "2,080.00", "(220.00)"],
    ]
    sheet = Sheet()
    y = sheet.prose(120)
    bottom = draw(sheet, grid, y, Style((120, 520, 720, 920, 1120), "lrrr", "book"))
    sheet.level(560, 1120, bottom - 31)
    return sheet, [grid]


def stacked() -> tuple[Sheet, Grids]:
    sheet = Sheet()
    sheet.write("Table 1. Stock at the end of the year", 120, 160, bold=True)
    y = draw(sheet, STOCK, 200, Style((120, 420, 700, 900, 1150), "llrr", "book"))
    y = sheet.prose(y + 40)
    sheet.write("Table 2. Visitors", 120, y, bold=True)
    draw(sheet, YEARS, y + 40, Style((120, 320, 480, 640, 800, 960, 1120), "lrrrrr", "book"))
    return sheet, [STOCK, YEARS]


def side_by_side() -> tuple[Sheet, Grids]:
    left = [["Size", "Count"], ["S", "14"], ["M", "33"], ["L", "21"], ["XL", "9"]]
    right = [["Month", "Rain", "Sun"], ["May", "61", "180"], ["June", "55", "210"], ["July", "70", "221"]]
    sheet = Sheet()
    draw(sheet, left, 300, Style((120, 300, 460), "lr", "grid"))
    draw(sheet, right, 300, Style((640, 820, 960, 1100), "lrr", "grid"))
    return sheet, [left, right]


def wrapped_book() -> tuple[Sheet, Grids]:
    grid = [
        ["Term", "Meaning", "Seen in"],
        ["Lease", "A claim on a row that ends by itself after some time", "Queue"],
        ["Fence", "A number that keeps a late worker from writing over a newer result", "Store"],
        ["Grounding", "Finding the place on the page where a value stands", "Engine"],
    ]
    sheet = Sheet()
    y = sheet.prose(120)
    sheet.write("Table 4: Terms", 120, y)
    draw(sheet, grid, y + 40, Style((120, 330, 760, 950), "lll", "book", pitch=1.9))
    return sheet, [grid]


def ruled_rows() -> tuple[Sheet, Grids]:
    grid = [
        ["Description", "Qty", "Unit price", "Amount"],
        ["Consulting on site, two days in March", "2", "980.00", "1,960.00"],
        ["Travel", "1", "145.20", "145.20"],
        ["Licence for the report generator, one year, up to five users", "5", "49.00", "245.00"],
    ]
    sheet = Sheet()
    sheet.write("Invoice 4711", 120, 120, size=30, bold=True)
    draw(sheet, grid, 300, Style((120, 520, 640, 860, 1100), "lrrr", "rows"))
    return sheet, [grid]


def beside_prose() -> tuple[Sheet, Grids]:
    sheet = Sheet()
    sheet.paragraph(PROSE * 3, 90, 120, 500)
    grid = [["Month", "Rain", "Sun"], ["May", "61", "180"], ["June", "55", "210"], ["July", "70", "221"]]
    grid += [["August", "66", "205"], ["September", "80", "160"]]
    sheet.write("Table 2: Weather", 680, 200)
    y = draw(sheet, grid, 240, Style((680, 880, 1000, 1140), "lrr", "book"))
    sheet.paragraph(PROSE * 2, 680, y + 50, 500)
    return sheet, [grid]


def wrapped_labels() -> tuple[Sheet, Grids]:
    grid = [
        ["Branch", "Firms", "Staff", "Sales"],
        ["Mining", "120", "4,300", "812"],
        ["Manufacture of food products and beverages", "2,410", "61,200", "9,340"],
        ["Trade", "8,870", "90,120", "15,008"],
        ["Transport, storage and communication services", "1,330", "40,800", "5,112"],
        ["Other", "77", "910", "130"],
    ]
    sheet = Sheet()
    y = sheet.prose(120)
    draw(sheet, grid, y, Style((120, 420, 580, 740, 900), "lrrr", "book", pitch=1.7, leading=1.15))
    return sheet, [grid]


def dollars() -> tuple[Sheet, Grids]:
    grid = [
        ["", "2019", "2018"],
        ["Cash and equivalents", "$ 1,204", "$ 980"],
        ["Receivables", "310", "455"],
        ["Inventories", "2,311", "1,870"],
        ["Total assets", "$ 3,825", "$ 3,305"],
    ]
    sheet = Sheet()
    y = sheet.prose(120)
    for row in grid:
        sheet.write(row[0], 120, y)
        for text, right in ((row[1], 820), (row[2], 1050)):
            number = text.removeprefix("$ ")
            sheet.write(number, right, y, "r")
            if text.startswith("$"):
                sheet.write("$", right - 110, y)
        y += 32
    sheet.level(700, 1060, y - 66)
    return sheet, [grid]


def tight_numbers() -> tuple[Sheet, Grids]:
    grid = [["State", *(str(year) for year in range(2001, 2010))]]
    for k, name in enumerate(["Alabama", "Florida", "Georgia", "Iowa", "New York", "Ohio", "Texas", "Utah"]):
        grid.append([name, *(f"{(k * 7 + j * 13) % 9 + 1},{(k * 311 + j * 97) % 900 + 100}" for j in range(9))])
    sheet = Sheet()
    edges = (120, 260, *(260 + 64 * (j + 1) for j in range(9)))
    sheet.write("Table 7", 120, 200)
    draw(sheet, grid, 240, Style(edges, "lrrrrrrrrr", "book", size=18))
    return sheet, [grid]


def three_text_columns() -> tuple[Sheet, Grids]:
    grid = [
        ["Country", "Capital", "Language", "Currency"],
        ["Austria", "Vienna", "German", "Euro"],
        ["Denmark", "Copenhagen", "Danish", "Krone"],
        ["Poland", "Warsaw", "Polish", "Zloty"],
        ["Portugal", "Lisbon", "Portuguese", "Euro"],
        ["Sweden", "Stockholm", "Swedish", "Krona"],
    ]
    sheet = Sheet()
    y = sheet.prose(120)
    draw(sheet, grid, y, Style((120, 380, 640, 860, 1100), "llll"))
    return sheet, [grid]


def two_columns_book() -> tuple[Sheet, Grids]:
    grid = [["Component", "Share (%)"], ["Wood", "41.2"], ["Paper", "22.0"], ["Glass", "19.5"], ["Metal", "17.3"]]
    sheet = Sheet()
    y = sheet.prose(120)
    sheet.write("Table 3: What is collected", 120, y)
    y = draw(sheet, grid, y + 40, Style((120, 420, 620), "lr", "book"))
    sheet.prose(y + 50)
    return sheet, [grid]


def headings_in_grid() -> tuple[Sheet, Grids]:
    grid = [
        ["Test", "Before", "", "After", ""],
        ["", "Mean", "SD", "Mean", "SD"],
        ["Speed", "12.1", "0.8", "14.4", "0.9"],
        ["Recall", "0.71", "0.04", "0.80", "0.03"],
        ["Effort", "5.5", "1.1", "4.2", "1.0"],
    ]
    sheet = Sheet()
    edges = (200, 400, 520, 640, 760, 880)
    y = 300.0
    tops = [y + 36 * k for k in range(6)]
    sheet.write("Test", 300, tops[0] + 24, "c")
    sheet.write("Before", 520, tops[0] + 6, "c")
    sheet.write("After", 760, tops[0] + 6, "c")
    for r in range(1, 5):
        for c in range(5):
            if grid[r][c]:
                sheet.write(grid[r][c], (edges[c] + edges[c + 1]) / 2, tops[r] + 6, "c")
    for k, at in enumerate(tops):
        sheet.level(400 if k == 1 else 200, 880, at)
    for k, edge in enumerate(edges):
        sheet.upright(edge, tops[1] if k in (2, 4) else tops[0], tops[-1])
    return sheet, [grid]
