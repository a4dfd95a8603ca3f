"""Scans: pages of text as grey pictures with a scanner's blur, noise and slight skew, and no text layer."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pymupdf
from PIL import Image, ImageFilter

from benchmarks.support.pdfs import born_digital

DPI = 150


def scans(folder: Path, pages: int) -> list[Path]:
    """JPEG files of `pages` A4 pages at 150 dpi, each of other text."""
    source = born_digital(folder / "source.pdf", pages)
    chance, files = np.random.default_rng(pages), []
    with pymupdf.open(source) as document:
        for page in document:
            pixels = page.get_pixmap(dpi=DPI, colorspace=pymupdf.csGRAY, alpha=False)
            image = Image.frombytes("L", (pixels.width, pixels.height), pixels.samples)
            askew = float(chance.uniform(-0.6, 0.6))
            image = image.rotate(askew, resample=Image.Resampling.BICUBIC, fillcolor=255)
            grey = np.asarray(image.filter(ImageFilter.GaussianBlur(0.5)), dtype=np.float32) * 0.95
            grey += chance.normal(0, 4, grey.shape)
            file = folder / f"scan-{page.number + 1:04}.jpg"
            Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).save(file, quality=80, dpi=(DPI, DPI))
            files.append(file)
    source.unlink()
    return files


def scanned_pdf(path: Path, images: list[Path]) -> Path:
    """One PDF with a page per image: the same bytes, not compressed again."""
    document = pymupdf.open()
    for image in images:
        data = image.read_bytes()
        with Image.open(io.BytesIO(data)) as opened:
            width, height = opened.size
        page = document.new_page(width=width * 72 / DPI, height=height * 72 / DPI)
        page.insert_image(page.rect, stream=data)
    document.save(path)
    document.close()
    return path
