"""What one would write without docproc: a pool of processes around the bare library."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from docproc.imaging.store import ImageStore


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def render(pdf: Path, images: Path, dpi: int, quality: int, words: bool = False) -> int:
    """Draws every page with PyMuPDF in a process per core; stores JPEGs by content. Returns the number of pages.

    `words` reads each page's words too, as docproc does.
    """
    return _in_processes(partial(_render_share, pdf, images, dpi, quality, words))


def _render_share(pdf: Path, images: Path, dpi: int, quality: int, words: bool, share: int, shares: int) -> int:
    import pymupdf
    from PIL import Image

    store, count = ImageStore(images), 0
    with pymupdf.open(pdf) as document:
        for number in range(share, document.page_count, shares):
            page = document[number]
            pixels = page.get_pixmap(dpi=dpi, alpha=False)
            file = io.BytesIO()
            Image.frombytes("RGB", (pixels.width, pixels.height), pixels.samples).save(file, "JPEG", quality=quality)
            store.put(file.getvalue(), ".jpg")
            if words:
                page.get_text("words")
            count += 1
    return count


def ocr(images: Sequence[Path]) -> int:
    """Reads every image with RapidOCR in a process per core, one thread each. Returns the number of images."""
    return _in_processes(partial(_ocr_share, list(images)))


def _ocr_share(images: Sequence[Path], share: int, shares: int) -> int:
    import cv2
    from rapidocr import RapidOCR

    cv2.setNumThreads(1)
    one_thread = {
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    reader = RapidOCR(params={**one_thread, "Global.log_level": "error"})
    mine = images[share::shares]
    for image in mine:
        reader(str(image), use_cls=False)
    return len(mine)


def _in_processes(work: Callable[[int, int], int]) -> int:
    shares = cores()
    with ProcessPoolExecutor(shares, mp_context=get_context("spawn")) as pool:
        return sum(pool.map(work, range(shares), [shares] * shares))
