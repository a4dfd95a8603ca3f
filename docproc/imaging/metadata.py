"""What a file says of itself, cleaned at the border: databases and JSON writers fail on NUL and lone surrogates."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

LONGEST = 2000  # characters of a value
NAMES = {
    "title": "title",
    "author": "author",
    "subject": "subject",
    "keywords": "keywords",
    "creator": "creator",
    "producer": "producer",
    "creationdate": "created",
    "moddate": "modified",
}
# PDF 32000-1, 7.9.4: (D:YYYYMMDDHHmmSSOHH'mm')
DATE = re.compile(r"^(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(Z)|([+-])(\d\d)'?(\d\d)?'?)?")


def cleaned(raw: Mapping[str, object]) -> dict[str, str]:
    """The known entries of a PDF's information dictionary, by docproc's names; dates in ISO 8601. Empty ones go."""
    found: dict[str, str] = {}
    for key, value in raw.items():
        name = NAMES.get(key.lower())
        text = clean(value) if name and isinstance(value, str) else ""
        if name and text:
            found[name] = iso(text) if name in ("created", "modified") else text
    return found


def clean(text: str) -> str:
    """One line of text without control characters and surrogates, NFC, at most `LONGEST` characters."""
    whole = text[: 4 * LONGEST].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    spaced = "".join(" " if unicodedata.category(character) == "Cc" else character for character in whole)
    return unicodedata.normalize("NFC", " ".join(spaced.split()))[:LONGEST]


def iso(text: str) -> str:
    """A PDF date as ISO 8601; a text that is none comes back as it is."""
    match = DATE.match(text)
    if not match:
        return text
    year, month, day, hour, minute, second, utc, sign, zone_hour, zone_minute = match.groups()
    told = "-".join(part for part in (year, month, day) if part)
    if day and hour and minute:
        told += f"T{hour}:{minute}:{second or '00'}"
        told += "Z" if utc else f"{sign}{zone_hour}:{zone_minute or '00'}" if sign else ""
    return told
