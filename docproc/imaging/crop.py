"""Stored page images, opened with a guard, and pieces of them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from docproc.core.boxes import Box
from docproc.core.errors import PageFailed
from docproc.imaging.store import ImageStore

if TYPE_CHECKING:
    from PIL import Image

LARGEST = 250_000_000  # pixels: several times the largest page image that settings should allow


def open_image(store: ImageStore, name: str) -> Image.Image:
    """The stored image of that name, decoded; its mode is L, RGB, or 1 where a bilevel PNG came in.

    Raises NotFound where the file is gone, PageFailed where it is damaged or would not fit into memory.
    """
    from PIL import Image  # noqa: PLC0415 - a heavy library, loaded where it is used

    path = store.path(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit is judged here
            image = Image.open(path, formats=("JPEG", "PNG"))
        if image.width * image.height > LARGEST:
            image.close()
            size = f"{image.width} x {image.height} pixels"
            raise PageFailed(f"{path}: {size} are more than the limit of {LARGEST} pixels", "render_error")
        image.load()
    except Image.DecompressionBombError as error:
        raise PageFailed(f"{path}: more pixels than the limit of {LARGEST}: {error}", "render_error") from error
    except (OSError, SyntaxError) as error:
        raise PageFailed(
            f"{path}: the page image is damaged: {error}; render the page again", "render_error"
        ) from error
    return image


def crop(image: Image.Image, box: Box) -> Image.Image:
    """The piece of an image within `box`, in fractions of the image; at least one pixel, whatever the box."""
    left = min(image.width - 1, max(0, int(box.x0 * image.width)))
    top = min(image.height - 1, max(0, int(box.y0 * image.height)))
    right = min(image.width, max(left + 1, round(box.x1 * image.width)))
    bottom = min(image.height, max(top + 1, round(box.y1 * image.height)))
    return image.crop((left, top, right, bottom))
