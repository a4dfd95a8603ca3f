"""Bad copies of pages: what a poor scanner, a fax or a photographed screen makes of them, without a text layer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pymupdf
from PIL import Image, ImageFilter

LONGEST = 1600  # pixels of the longer side before anything is lost
# Per degree: the share of pixels that is left a side, the blur in pixels of the result, the noise in grey levels, the
# JPEG quality. The first is a fair scan, the last can hardly be read by eye.
DEGREES = ((0.75, 0.4, 4.0, 70), (0.55, 0.6, 8.0, 50), (0.42, 0.8, 12.0, 35))


def degraded(source: Path, target: Path, degree: int, seed: int) -> Path:
    """A grey JPEG of the first page of a PDF, or of a picture, made worse by one of `DEGREES` (from 0)."""
    share, blur, noise, quality = DEGREES[degree]
    image = _page(source)
    size = [max(1, round(side * share * min(1.0, LONGEST / max(image.size)))) for side in image.size]
    image = image.resize((size[0], size[1]), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(blur))
    grey = np.asarray(image, dtype=np.float32) + np.random.default_rng(seed).normal(0, noise, (size[1], size[0]))
    Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).save(target, quality=quality)
    return target


def _page(source: Path) -> Image.Image:
    if source.suffix.lower() != ".pdf":
        with Image.open(source) as opened:
            return opened.convert("L")
    with pymupdf.open(source) as document:
        page = document[0]
        scale = LONGEST / max(page.rect.width, page.rect.height)
        pixels = page.get_pixmap(matrix=pymupdf.Matrix(scale, scale), colorspace=pymupdf.csGRAY, alpha=False)
        return Image.frombytes("L", (pixels.width, pixels.height), pixels.samples)
