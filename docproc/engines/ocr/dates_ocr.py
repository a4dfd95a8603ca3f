"""Dates as OCR leaves them, mended so that they can be read."""

from __future__ import annotations

import re

_LETTER_ZERO = re.compile(r"(?<=[\d/.-])[oOQD](?=[\d/.-])|(?<=\d)[oO]\b|\b[oO](?=\d)")
_LETTER_ONE = re.compile(r"(?<=[\d/.-])[lI|!](?=[\d/.-])|\b[lI|](?=\d[/.-])|(?<=[/.-]\d)[lI|]\b")
# "2018- 10-19", "19 / 10 / 2018", "19/10 /2018"
_LOOSE_MARK = re.compile(r"(?<![\d/.-])(\d{1,4})\s?([/.-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{1,2})(?!\d)")
# "25/12/201 8", "25/12/20 18"
_LOOSE_YEAR = re.compile(r"(\d{1,2}[/.-]\d{1,2}[/.-])(?:(20\d) (\d)|(20) (\d{2})|(2) (0\d{2}))(?!\d)")
# "29/12/201711:41", "18/03/1815:17", "05AUG201702:11"
_FUSED_TIME = re.compile(r"([/.-]\d{1,2}[/.-](?:20\d{2}|\d{2}))(?=\d{1,2}:\d{2})")
_FUSED_NAME = re.compile(
    r"(?<=\d)(?=(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|okt|dez|dic|ago)[a-z]{0,6}\W?\d)"
)
_FUSED_YEAR = re.compile(
    r"((?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|okt|dez|dic|ago)[a-z]{0,6})\W?(20\d{2})(?=\d{1,2}:)"
)
_FUSED_LABEL = re.compile(r"(?i)(date|datum|fecha|tarikh|data)(?=\d)")
_FUSED_DAY = re.compile(r"(\d{1,2}[/.-]\d{1,2}[/.-]\d{4})(?=[A-Za-z(（])")


def mended(text: str) -> str:
    """The text with what OCR does to dates undone: letters for figures, lost and invented spaces."""
    text = text.translate(_MARKS)
    text = _LETTER_ONE.sub("1", _LETTER_ZERO.sub("0", text))
    text = _LOOSE_YEAR.sub(lambda m: m[1] + "".join(part or "" for part in m.groups()[1:]), text)
    text = _LOOSE_MARK.sub(r"\1\2\3\2\4", text)
    text = _FUSED_YEAR.sub(r"\1 \2 ", _FUSED_NAME.sub(" ", text))
    return _FUSED_DAY.sub(r"\1 ", _FUSED_LABEL.sub(r"\1 ", _FUSED_TIME.sub(r"\1 ", text)))


_MARKS = str.maketrans({"／": "/", "：": ":", "（": "(", "）": ")", "，": ","})
