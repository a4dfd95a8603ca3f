"""A stored page image as pixels."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray


def page_image(path: Path) -> NDArray[np.uint8] | None:
    """RGB pixels, (height, width, 3), as the page is displayed; None where the file is no image."""
    pixels = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    return None if pixels is None else np.asarray(pixels[:, :, ::-1], np.uint8)
