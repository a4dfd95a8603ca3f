"""One page becomes a stored image and a text layer, in a child process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from docproc.core.errors import PageFailed, Rejected
from docproc.core.layer import trusted
from docproc.core.pack import pack
from docproc.imaging import kind
from docproc.imaging.desk import Desk
from docproc.imaging.drawn import Drawn
from docproc.imaging.ink import has_ink
from docproc.imaging.values import Rendered


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one renderer made of a page. `doubtful`: it came out empty, and something should perhaps be there.

    `broken`: the renderer warned about what it could not draw.
    """

    rendered: Rendered
    doubtful: bool = False
    broken: bool = False


def render_page(desk: Desk, path: Path, number: int, renderer: str) -> Attempt:
    """Draw page `number`, counted from 1, store it, and read its text layer. Raises PageFailed."""
    try:
        name = renderer if desk.media_type(path) == kind.PDF else "pictures"
    except Rejected as error:
        raise PageFailed(str(error), "render_error") from error
    drawn = desk.backend(name).draw(path, number, desk.settings)
    blank = drawn.layer is None and not has_ink(drawn.image)
    data, suffix = drawn.as_is or (_encoded(drawn, desk.settings.jpeg_quality), ".jpg")
    rendered = Rendered(
        image=desk.store.put(data, suffix),
        width=drawn.image.width,
        height=drawn.image.height,
        dpi=drawn.dpi,
        renderer=name,
        blank=blank,
        downscaled=drawn.downscaled,
        packed=None if drawn.layer is None else pack(drawn.layer),
        layer_trusted=drawn.layer is not None and trusted(drawn.layer, drawn.picture),
        picture=drawn.picture,
        warnings=drawn.warnings,
    )
    desk.tidy()
    doubtful = blank and name != "pictures" and (drawn.busy or bool(drawn.warnings))
    return Attempt(rendered, doubtful, broken=drawn.busy and bool(drawn.warnings))


def settled(first: Attempt, second: Attempt | None) -> Rendered:
    """The page, after both renderers had a look at one that the first drew empty (`second` None: it failed)."""
    if second is not None and not second.rendered.blank:
        told = "came out empty in the first renderer, and is drawn by the second"
        return replace(second.rendered, warnings=(told, *first.rendered.warnings, *second.rendered.warnings))
    if first.broken:  # it knows what it could not draw: the page is not blank
        return replace(first.rendered, blank=False, degraded=True)
    return first.rendered


def _encoded(drawn: Drawn, quality: int) -> bytes:
    buffer = BytesIO()
    drawn.image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


__all__ = ["Attempt", "Rendered", "render_page", "settled"]
