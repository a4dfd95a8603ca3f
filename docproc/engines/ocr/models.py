"""RapidOCR's bundled models (PP-OCR), opened one thread wide.

The models are run here rather than through `rapidocr.RapidOCR`, which pads every line of text to the widest of its
batch and to at least 320 pixels: on receipts two fifths of its recognition time, and the padding costs accuracy, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import onnxruntime

from docproc.core.errors import EngineUnavailable


@dataclass(frozen=True)
class Models:
    """Two open ONNX sessions and what the recogniser's classes mean: 0 is the CTC blank, the last one the space."""

    detector: Any
    recogniser: Any
    characters: tuple[str, ...]


def model_version() -> str:
    """What names the models: the version of the package that carries them."""
    return version("rapidocr")


def open_models() -> Models:
    """Load both models (about 0.3 s). Raises EngineUnavailable where the package holds none."""
    cv2.setNumThreads(1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # Lines of text come in every width: an arena would keep memory for each shape it ever saw.
    options.enable_cpu_mem_arena = False
    detector, recogniser = (
        onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        for path in (_model("det"), _model("rec"))
    )
    table = recogniser.get_modelmeta().custom_metadata_map["character"].splitlines()
    return Models(detector, recogniser, ("", *table, " "))


def _model(task: str) -> Path:
    """The one bundled model for a task, "det" or "rec"."""
    spec = find_spec("rapidocr")
    folder = Path(spec.origin).parent / "models" if spec is not None and spec.origin else Path()
    found = sorted(folder.glob(f"*_{task}_*.onnx"))
    if len(found) != 1:
        listed = ", ".join(path.name for path in found) or "none"
        raise EngineUnavailable(
            f"rapidocr should bundle one '{task}' model in {folder}; found: {listed}. Reinstall rapidocr."
        )
    return found[0]
