"""Single characters that stand by themselves, which the detector misses: the "1" of a quantity column."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from docproc.engines.ocr.detect import Quad
from docproc.engines.ocr.orient import turned
from docproc.engines.ocr.recognise import line_size

# All in heights of a line's quad, of which a capital letter takes about half.
TALL = (0.35, 0.8)  # height of a character
WIDE = 0.7
SLENDER = 0.18  # of its height: thinner is a stroke, not a character
CENTRED = 0.2  # how far its middle may be from the line's
ROOM = 0.35  # left free at either side
MOST = 40  # more than these are dirt


def find_strays(ink: NDArray[np.uint8], quads: Sequence[Quad], turn: int, skew: float) -> list[Quad]:
    """Quads around lone blobs of a character's size that stand at the height of a line of text, outside of all lines.

    `ink` is the (height, width) mask of dark pixels; the quads' corners begin at the top left of the image.
    """
    rest = ink.copy()
    cv2.fillPoly(rest, [quad.astype(np.int32) for quad in quads], 0)
    _, _, stats, middles = cv2.connectedComponentsWithStats(rest, connectivity=8)
    heights = np.array([line_size(turned(quad, turn))[1] for quad in quads])
    lying = turn % 180 == 0
    wide = stats[1:, cv2.CC_STAT_WIDTH if lying else cv2.CC_STAT_HEIGHT].astype(float)
    tall = stats[1:, cv2.CC_STAT_HEIGHT if lying else cv2.CC_STAT_WIDTH].astype(float)
    usual = float(np.median(heights))
    able = (
        (tall >= 0.5 * TALL[0] * usual)
        & (tall <= 2 * TALL[1] * usual)
        & (wide <= tall * 1.5)
        & (wide >= tall * SLENDER)
    )
    chosen = np.flatnonzero(able)
    if len(chosen) > 50 * MOST:
        return []
    along = np.array([cos(radians(turn + skew)), sin(radians(turn + skew))])
    across = np.array([-along[1], along[0]])
    rows = np.array([quad.mean(axis=0) @ across for quad in quads])
    found = []
    for index in chosen:
        middle = middles[1:][index]
        offset = np.abs(rows - middle @ across) / heights
        near = int(np.argmin(offset))
        height = float(heights[near])
        fits = TALL[0] * height <= tall[index] <= TALL[1] * height and wide[index] <= WIDE * height
        if fits and offset[near] <= CENTRED:
            centre = middle + across * (rows[near] - middle @ across)
            found.append(_around(centre, along * (wide[index] / 2 + ROOM * height), across * height / 2, turn))
    return found if len(found) <= MOST else []


def _around(centre: NDArray[np.float64], along: NDArray[np.float64], across: NDArray[np.float64], turn: int) -> Quad:
    """The quad of these half sides, its corners from the top left of the image."""
    corners = np.array(
        [centre - along - across, centre + along - across, centre + along + across, centre - along + across]
    )
    return np.roll(corners, turn // 90, axis=0).astype(np.float32)
