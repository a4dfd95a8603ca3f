"""Finding lines of text: the four corners of each (PP-OCR's DB detector and its post-processing).

DB: Liao et al., "Real-time Scene Text Detection with Differentiable Binarization", AAAI 2020. The constants are those
of PP-OCRv6.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # (height, width, 3), BGR
Quad = NDArray[np.float32]  # (4, 2): top left, top right, bottom right, bottom left as they lie on the page image

INK = 0.3  # probability from which a pixel belongs to text
KEEP = 0.35  # mean probability below which a region is noise; PP-OCR keeps from 0.5 and loses single digits
UNCLIP = 1.6  # the net marks shrunken regions; they grow back by area * UNCLIP / perimeter
SHORT_SIDE = 736  # smaller images are enlarged to this
MIN_SIDE = 3  # pixels of the probability map


def find_lines(detector: Any, image: Image, limit_side: int) -> list[Quad]:
    """Lines of text of any direction, from top to bottom, looked for with the long side within `limit_side` pixels."""
    height, width = image.shape[:2]
    scale = max(1.0, SHORT_SIDE / min(height, width))
    scale = min(scale, limit_side / max(height, width))
    size = (_multiple_of_32(width * scale), _multiple_of_32(height * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    tensor = np.ascontiguousarray((small.astype(np.float32) / 127.5 - 1.0).transpose(2, 0, 1)[None])
    heat = detector.run(None, {detector.get_inputs()[0].name: tensor})[0][0, 0]
    back = np.array([width / size[0], height / size[1]], dtype=np.float32)
    bounds = np.array([width - 1, height - 1], dtype=np.float32)
    quads = [np.clip(_corners(points * back), 0, bounds).astype(np.float32) for points in _regions(heat)]
    return sorted(quads, key=lambda quad: (float(quad[:, 1].min()), float(quad[:, 0].min())))


def _multiple_of_32(side: float) -> int:
    return max(32, round(side / 32) * 32)


def _regions(heat: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The grown rectangles, in any corner order, around the connected regions of a probability map."""
    mask = cv2.dilate((heat > INK).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours:
        centre, (width, height), angle = cv2.minAreaRect(contour)
        if min(width, height) < MIN_SIDE or _mean_within(heat, cv2.boxPoints((centre, (width, height), angle))) < KEEP:
            continue
        grow = width * height * UNCLIP / (width + height)
        found.append(cv2.boxPoints((centre, (width + grow, height + grow), angle)))
    return found


def _mean_within(heat: NDArray[np.float32], points: NDArray[np.float32]) -> float:
    last = np.array([heat.shape[1] - 1, heat.shape[0] - 1])
    x0, y0 = np.clip(np.floor(points.min(axis=0)), 0, last).astype(int)
    x1, y1 = np.clip(np.ceil(points.max(axis=0)), 0, last).astype(int)
    mask = np.zeros((y1 - y0 + 1, x1 - x0 + 1), np.uint8)
    cv2.fillPoly(mask, [(points - [x0, y0]).astype(np.int32)], 1)
    return float(cv2.mean(heat[y0 : y1 + 1, x0 : x1 + 1], mask)[0])


def _corners(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """The corners clockwise, beginning at the top left."""
    by_x = points[np.argsort(points[:, 0], kind="stable")]
    left, right = by_x[:2], by_x[2:]
    left, right = left[np.argsort(left[:, 1])], right[np.argsort(right[:, 1])]
    return np.array([left[0], right[0], right[1], left[1]], dtype=np.float32)
