"""What a file is, and whether it can be processed: the first look at a document, in a child process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from docproc.core.errors import Rejected
from docproc.imaging import kind
from docproc.imaging.desk import Desk
from docproc.imaging.values import Limits, Probe

MEGABYTE = 1e6


def probe(desk: Desk, path: Path, renderer: str) -> Probe:
    """The facts of a file, by that renderer if it is a PDF.

    Raises Rejected: empty_file, not_a_pdf, corrupt, encrypted, zero_pages, too_large, too_many_pages, unreadable.
    """
    size = _size(path, desk.limits)
    media_type = desk.media_type(path)
    name = renderer if media_type == kind.PDF else "pictures"
    facts = desk.backend(name).facts(path, desk.settings.password)
    most = desk.limits.max_pages
    if most is not None and facts.page_count > most:
        raise Rejected(
            f"{path}: {facts.page_count} pages are more than the limit of {most}; "
            "split the document, or raise the limit with DOCPROC_MAX_PAGES",
            "too_many_pages",
        )
    return Probe(media_type, size, facts.page_count, facts.repaired, facts.warnings, facts.meta, name)


def mended(found: Probe, trouble: str) -> Probe:
    """What the second renderer found of a document that the first one could not open, for the reason `trouble`."""
    return replace(found, repaired=True, warnings=(trouble, *found.warnings))


def _size(path: Path, limits: Limits) -> int:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise Rejected(f"{path}: cannot be read: {error.strerror or error}", "unreadable") from error
    if size == 0:
        raise Rejected(f"{path}: the file is empty", "empty_file")
    if size > limits.max_bytes:
        raise Rejected(
            f"{path}: {size / MEGABYTE:.1f} MB are more than the limit of {limits.max_bytes / MEGABYTE:.1f} MB; "
            "raise it with DOCPROC_MAX_FILE_MB",
            "too_large",
        )
    return size


__all__ = ["Probe", "mended", "probe"]
