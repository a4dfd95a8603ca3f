"""Numbers and times as people read them: the filters of the templates."""

from __future__ import annotations

from datetime import UTC, datetime


def count(number: float | None) -> str:
    """12 345 with a narrow space."""
    return "–" if number is None else f"{number:,.0f}".replace(",", " ")


def size(number: float | None) -> str:
    """Bytes as people say them."""
    if number is None:
        return "–"
    for unit in ("B", "KB", "MB", "GB"):
        if abs(number) < 1000 or unit == "GB":
            return f"{number:.0f} {unit}" if unit == "B" or number >= 10 else f"{number:.1f} {unit}"
        number /= 1000
    raise AssertionError("unreachable")


def duration(seconds: float | None) -> str:
    """Seconds as people say them: 4 s, 3 min, 2 h 10 min, 3 d 4 h."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s" if seconds >= 1 or not seconds else f"{seconds:.1f} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes < 10 and rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 24 else f"{hours // 24} d {hours % 24} h"


def moment(seconds: float | str | datetime | None) -> str:
    """A time (a datetime, seconds since 1970, or ISO 8601) as ISO 8601, for <time datetime>."""
    if seconds is None or isinstance(seconds, str):
        return seconds or ""
    told = seconds if isinstance(seconds, datetime) else datetime.fromtimestamp(seconds, UTC)
    return told.isoformat(timespec="seconds")


def percent(share: float | None) -> str:
    """0.934 → 93 %."""
    return "–" if share is None else f"{share * 100:.0f} %"


FILTERS = {"count": count, "size": size, "duration": duration, "moment": moment, "percent": percent}
