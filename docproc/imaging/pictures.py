"""Pages that are images already: PNG, JPEG, multi-page TIFF. In child processes only, like everything that decodes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, cast

from docproc.core.errors import PageFailed, Rejected
from docproc.imaging.drawn import JPEG_SIDE, Drawn, Facts
from docproc.imaging.values import RenderSettings

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG", "TIFF")  # Pillow opens an MPO, a JPEG with more pictures in it, as a JPEG
FAULTS = (OSError, SyntaxError, ValueError, LookupError, TypeError, EOFError, OverflowError)
ORIENTATION = 0x0112  # EXIF
PLAUSIBLE = (50.0, 1300.0)  # dots per inch: cameras and screenshots write 1 or 72 or nothing
PAGE_INCHES = 8.27  # width of A4, taken where a file does not tell its resolution
DECODED = 4  # bytes a pixel that Pillow may need
JPEG_REDUCES = 8  # times a side that a JPEG decoder can make smaller on the way
BUDGET = 1_200_000_000  # bytes of pixels decoded at a time, within a child's 2 GiB


class Pictures:
    """Image files; see `Backend`."""

    def facts(self, path: Path, password: str | None) -> Facts:  # noqa: ARG002 - images know no password
        with _faults(path, 1, Rejected, "corrupt"), _opened(path) as image:
            count = int(getattr(image, "n_frames", 1)) if image.format == "TIFF" else 1
            told = _too_large(image)
            if told and count == 1:
                raise Rejected(f"{path}: {told}", "too_large")
        return Facts(count)

    def draw(self, path: Path, number: int, settings: RenderSettings) -> Drawn:
        with _faults(path, number, PageFailed, "render_error"), _opened(path) as image:
            if number > 1:
                image.seek(number - 1)
            told = _too_large(image)
            if told:
                raise PageFailed(f"{path}, page {number}: {told}", "render_error")
            return _draw(image, path, settings)

    def close(self) -> None:
        """Nothing is kept open."""


def _draw(image: Image.Image, path: Path, settings: RenderSettings) -> Drawn:
    from PIL import ImageOps  # noqa: PLC0415 - a heavy library, loaded where it is used

    full = image.size
    dpi = _resolution(image)
    target = _fitting(full, settings)
    shape, mode = image.format, image.mode
    if target != full and shape in ("JPEG", "MPO"):
        image.draft(None, target)
    upright = image.getexif().get(ORIENTATION, 1) in (0, 1)
    as_is = upright and target == full and shape in ("JPEG", "PNG") and mode in ("1", "L", "RGB")
    as_is = as_is and "transparency" not in image.info
    image.load()
    plain = _plain(image)
    if not upright:
        plain.getexif()[ORIENTATION] = image.getexif()[ORIENTATION]
        plain = ImageOps.exif_transpose(plain)
        target = target if plain.width >= plain.height == (target[0] >= target[1]) else target[::-1]
    if target != full:
        plain = plain.resize(target, reducing_gap=2.0)
        dpi *= max(target) / max(full)
    drawn = Drawn(plain, dpi, downscaled=target != full, picture=1.0, busy=True)
    if as_is:
        drawn.as_is = (path.read_bytes(), ".png" if shape == "PNG" else ".jpg")
    return drawn


def _plain(image: Image.Image) -> Image.Image:
    """The image in mode L or RGB, transparent parts on white."""
    from PIL import Image  # noqa: PLC0415

    if image.mode in ("L", "RGB"):
        return image.copy()
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith(("I", "F")):
        levels = image.convert("F")
        highest = cast(tuple[float, float], levels.getextrema())[1]
        scale = 255.0 / (max(1.0, highest) if image.mode == "F" or highest > 0xFFFF else 0xFFFF)
        return levels.point(lambda level: level * scale + 0.0).convert("L")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image.convert("RGB")


def _fitting(size: tuple[int, int], settings: RenderSettings) -> tuple[int, int]:
    width, height = size
    factor = min(1.0, sqrt(settings.max_pixels / (width * height)), JPEG_SIDE / max(size))
    return size if factor == 1.0 else (max(1, int(width * factor)), max(1, int(height * factor)))


def _too_large(image: Image.Image) -> str | None:
    """Why the image cannot be decoded within a child's memory, read from its header alone."""
    width, height = image.size
    pixels = width * height
    if image.format in ("JPEG", "MPO"):
        pixels //= JPEG_REDUCES**2
    needed = pixels * (1 if image.mode in ("1", "L", "P") else DECODED)
    if needed <= BUDGET:
        return None
    return (
        f"an image of {width} x {height} pixels needs {needed / 1e9:.1f} GB to be decoded, more than the limit of "
        f"{BUDGET / 1e9:.1f} GB; make it smaller first, or cut it into pages"
    )


def _resolution(image: Image.Image) -> float:
    told = image.info.get("dpi", (0.0, 0.0))
    across = float(told[0]) if isinstance(told, tuple) else 0.0
    low, high = PLAUSIBLE
    return across if low <= across <= high and across != 72 else min(image.size) / PAGE_INCHES


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    from PIL import Image  # noqa: PLC0415

    # The limit is our own, by the memory that decoding takes; Pillow's would refuse posters that we make smaller.
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path, formats=FORMATS) as image:
        yield image


@contextmanager
def _faults(path: Path, number: int, kind: type[Rejected | PageFailed], code: str) -> Iterator[None]:
    try:
        yield
    except FAULTS as error:
        raise kind(f"{path}, page {number}: the image cannot be decoded: {error}", code) from error
