"""Charts drawn in code, each with the words that stand on it, as an OCR reading would give them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from docproc.core.boxes import Affine, Box
from docproc.core.types import Reading, Word

WIDTH, HEIGHT = 900, 600
LEFT, RIGHT, TOP, BOTTOM = 110, 840, 80, 500
COLOURS = ("#d1495b", "#00798c", "#edae49", "#30638e", "#5b8c5a")
YEARS = ("2015", "2016", "2017", "2018", "2019", "2020")
RISING = (12.0, 19.0, 26.0, 31.0, 44.0, 52.0)


class Drawing:
    """A white (or dark) sheet with a y axis from 0 to `high`."""

    def __init__(self, high: float = 60.0, paper: str = "white", pen: str = "black") -> None:
        self.image = Image.new("RGB", (WIDTH, HEIGHT), paper)
        self.draw: Any = ImageDraw.Draw(self.image)
        self.words: list[Word] = []
        self.high, self.pen = high, pen

    def write(self, text: str, x: float, y: float) -> None:
        """A text with its middle at (x, y)."""
        font = ImageFont.load_default(16)
        wide = sum(font.getlength(word) for word in text.split()) + 5 * text.count(" ")
        left = x - wide / 2
        for word in text.split():
            length = font.getlength(word)
            self.draw.text((left, y - 9), word, fill=self.pen, font=font)
            self.words.append(Word(word, Box(left, y - 9, left + length, y + 9), 0.98, 15))
            left += length + 5

    def y(self, value: float) -> float:
        """The height of a value."""
        return BOTTOM - (BOTTOM - TOP) * value / self.high

    def axes(self, labels: Sequence[str], grid: bool = False, ticks: bool = True) -> list[float]:
        """Draws frame, ticks and names; returns the x positions of the labels."""
        self.write("Revenue of the company", 470, 30)
        self.draw.line((LEFT, TOP, LEFT, BOTTOM), fill=self.pen, width=2)
        self.draw.line((LEFT, BOTTOM, RIGHT, BOTTOM), fill=self.pen, width=2)
        for k in range(7 if ticks else 0):
            value = self.high * k / 6
            self.write(f"{value:g}", LEFT - 30, self.y(value))
            if grid:
                self.draw.line((LEFT, self.y(value), RIGHT, self.y(value)), fill="#dddddd", width=1)
        step = (RIGHT - LEFT) / len(labels)
        places = [LEFT + step * (k + 0.5) for k in range(len(labels))]
        for place, label in zip(places, labels, strict=True):
            self.write(label, place, BOTTOM + 20)
        self.write("Year", 470, BOTTOM + 50)
        return places

    def pixels(self) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """RGB pixels."""
        return np.array(self.image, np.uint8)

    def reading(self) -> Reading:
        """What OCR would read."""
        return Reading("ocr", tuple(self.words), WIDTH, HEIGHT)


def standing_bars(values: Sequence[float] = RISING, numbers: bool = False, grid: bool = False) -> Drawing:
    drawing = Drawing()
    for k, (x, value) in enumerate(zip(drawing.axes(YEARS, grid), values, strict=True)):
        drawing.draw.rectangle((x - 35, drawing.y(value), x + 35, BOTTOM), fill=COLOURS[1 if not numbers else k % 5])
        if numbers:
            drawing.write(f"{value:g}", x, drawing.y(value) - 14)
    return drawing


def lying_bars() -> Drawing:
    drawing = Drawing(paper="#f4f4f4")
    drawing.draw.line((LEFT, TOP, LEFT, BOTTOM), fill="black", width=2)
    for k, (name, value) in enumerate(zip(("Oslo", "Rome", "Bern", "Kiev", "Riga"), RISING, strict=False)):
        y = TOP + 40 + 80 * k
        drawing.draw.rectangle((LEFT, y - 22, LEFT + 12 * value, y + 22), fill=COLOURS[3])
        drawing.write(name, LEFT - 40, y)
    for k in range(6):
        drawing.write(str(10 * k), LEFT + 120 * k, BOTTOM + 22)
    return drawing


def stacked_bars() -> Drawing:
    drawing = Drawing()
    for x, value in zip(drawing.axes(YEARS), RISING, strict=True):
        bottom = 0.0
        for part, colour in ((0.5, COLOURS[0]), (0.3, COLOURS[1]), (0.2, COLOURS[2])):
            top = bottom + part * value
            drawing.draw.rectangle((x - 30, drawing.y(top), x + 30, drawing.y(bottom)), fill=colour)
            bottom = top
    return drawing


def lines(both_ways: bool = False) -> Drawing:
    drawing = Drawing()
    places = drawing.axes(YEARS, grid=True)
    rows = [RISING, tuple(reversed(RISING)) if both_ways else tuple(0.5 * value for value in RISING)]
    for row, colour in zip(rows, COLOURS, strict=False):
        points = [(x, drawing.y(value)) for x, value in zip(places, row, strict=True)]
        drawing.draw.line(points, fill=colour, width=3)
        for x, y in points:
            drawing.draw.ellipse((x - 5, y - 5, x + 5, y + 5), fill=colour)
    return drawing


def area(paper: str = "white", pen: str = "black") -> Drawing:
    drawing = Drawing(paper=paper, pen=pen)
    places = drawing.axes(YEARS)
    edge = [(x, drawing.y(value)) for x, value in zip(places, RISING, strict=True)]
    drawing.draw.polygon([(places[0], BOTTOM), *edge, (places[-1], BOTTOM)], fill=COLOURS[4])
    return drawing


def bars_and_line() -> Drawing:
    drawing = standing_bars()
    step = (RIGHT - LEFT) / len(YEARS)
    points = [(LEFT + step * (k + 0.5), drawing.y(v)) for k, v in enumerate((50, 38, 41, 22, 18, 9))]
    drawing.draw.line(points, fill=COLOURS[0], width=4)
    return drawing


def pie(hole: bool = False, numbers: bool = True) -> Drawing:
    drawing = Drawing()
    drawing.write("Shares", 450, 30)
    start, shares = -90.0, (40, 25, 20, 15)
    for share, colour in zip(shares, COLOURS, strict=False):
        end = start + 3.6 * share
        drawing.draw.pieslice((270, 110, 630, 470), start, end, fill=colour)
        middle = math.radians((start + end) / 2)
        if numbers:
            drawing.write(f"{share}%", 450 + 215 * math.cos(middle), 290 + 215 * math.sin(middle))
        start = end
    if hole:
        drawing.draw.ellipse((360, 200, 540, 380), fill="white")
    return drawing


def radar() -> Drawing:
    drawing = Drawing()
    corners = [(math.sin(2 * math.pi * k / 5), -math.cos(2 * math.pi * k / 5)) for k in range(5)]
    for ring in (60, 120, 180):
        drawing.draw.polygon([(450 + ring * x, 300 + ring * y) for x, y in corners], outline="#999999")
    for (x, y), name in zip(corners, ("Speed", "Power", "Skill", "Reach", "Luck"), strict=True):
        drawing.draw.line((450, 300, 450 + 180 * x, 300 + 180 * y), fill="#999999", width=1)
        drawing.write(name, 450 + 215 * x, 300 + 215 * y)
    shape = [(450 + r * x, 300 + r * y) for r, (x, y) in zip((150, 90, 170, 120, 100), corners, strict=True)]
    drawing.draw.polygon(shape, outline=COLOURS[0], width=3)
    return drawing


def boxes(filled: bool) -> Drawing:
    drawing = Drawing()
    spread = ((8, 14, 22, 30, 41), (15, 25, 33, 40, 52), (5, 11, 16, 24, 30), (20, 28, 35, 47, 56))
    for k, (x, (low, q1, middle, q3, high)) in enumerate(
        zip(drawing.axes(("A1", "B2", "C3", "D4")), spread, strict=True)
    ):
        for value in (low, high):
            drawing.draw.line((x - 20, drawing.y(value), x + 20, drawing.y(value)), fill="black", width=2)
        drawing.draw.line((x, drawing.y(low), x, drawing.y(q1)), fill="black", width=2)
        drawing.draw.line((x, drawing.y(q3), x, drawing.y(high)), fill="black", width=2)
        frame = (x - 40, drawing.y(q3), x + 40, drawing.y(q1))
        drawing.draw.rectangle(frame, fill=COLOURS[k] if filled else None, outline="black", width=2)
        drawing.draw.line((x - 40, drawing.y(middle), x + 40, drawing.y(middle)), fill="black", width=2)
    return drawing


def dots(rising: bool = True) -> Drawing:
    drawing = Drawing()
    drawing.axes(("0", "10", "20", "30", "40"))
    for k in range(24):
        x = LEFT + 40 + 28 * k
        value = (6 + 2 * k if rising else 30) + 7 * math.sin(5.0 * k)
        drawing.draw.ellipse((x - 5, drawing.y(value) - 5, x + 5, drawing.y(value) + 5), fill=COLOURS[0])
    return drawing


def histogram() -> Drawing:
    drawing = Drawing()
    drawing.axes(("10", "20", "30", "40", "50"))
    for k, value in enumerate((4, 9, 17, 31, 44, 52, 39, 22, 12, 5)):
        x = LEFT + 30 + 66 * k
        drawing.draw.rectangle((x, drawing.y(value), x + 65, BOTTOM), fill=COLOURS[1], outline="black")
    return drawing


def nodes() -> Drawing:
    drawing = Drawing()
    places = [(200, 150), (450, 110), (700, 200), (620, 430), (330, 460), (450, 290)]
    for a, b in ((0, 1), (1, 2), (2, 3), (3, 4), (4, 0), (5, 1), (5, 3)):
        drawing.draw.line((*places[a], *places[b]), fill="#555555", width=2)
    for (x, y), name in zip(places, "ABCDEF", strict=True):
        drawing.draw.ellipse((x - 28, y - 28, x + 28, y + 28), fill=COLOURS[2])
        drawing.write(name, x, y)
    return drawing


def text_page() -> Drawing:
    drawing = Drawing()
    for k in range(16):
        drawing.write("the committee met in the spring and discussed the results", 450, 60 + 30 * k)
    return drawing


def quarter_turned(drawing: Drawing) -> tuple[np.ndarray[Any, np.dtype[np.uint8]], Reading]:
    """The drawing on a page that was turned clockwise by 90 degrees, read upright."""
    pixels = np.ascontiguousarray(np.rot90(drawing.pixels(), -1))
    to_page = Affine(0.0, -1.0, float(HEIGHT), 1.0, 0.0, 0.0)
    return pixels, Reading("ocr", tuple(drawing.words), WIDTH, HEIGHT, 90, to_page)


KINDS: dict[str, tuple[str, Callable[[], Drawing]]] = {
    "standing bars": ("bar", standing_bars),
    "bars with numbers and colours": ("bar", lambda: standing_bars(numbers=True, grid=True)),
    "lying bars": ("bar", lying_bars),
    "stacked bars": ("bar", stacked_bars),
    "two lines": ("line", lines),
    "an area": ("area", area),
    "an area on dark paper": ("area", lambda: area("#101820", "white")),
    "bars and a line": ("combination", bars_and_line),
    "a pie": ("pie", pie),
    "a ring": ("pie", lambda: pie(hole=True)),
    "a radar": ("radar", radar),
    "filled boxes with whiskers": ("box", lambda: boxes(True)),
    "outlined boxes with whiskers": ("box", lambda: boxes(False)),
    "dots": ("scatter", dots),
    "a histogram": ("histogram", histogram),
    "nodes and links": ("node_link", nodes),
}
