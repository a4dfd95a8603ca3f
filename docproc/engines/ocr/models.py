"""RapidOCR's bundled models (PP-OCR), opened one thread wide.

The models are run here rather than through `rapidocr.RapidOCR`, which pads every line of text to the widest of its
batch and to at least 320 pixels: on receipts two fifths of its recognition time, and the padding costs accuracy, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import onnxruntime

from docproc.core.errors import EngineUnavailable


@dataclass(frozen=True)
class Recogniser:
    """An open ONNX session and what its classes mean: 0 is the CTC blank, the last one the space."""

    session: Any
    characters: tuple[str, ...]


@dataclass(frozen=True)
class Models:
    """The open detector and recogniser, as rapidocr bundles them."""

    detector: Any
    recogniser: Recogniser


def open_models() -> Models:
    """Load the models (about 0.3 s). Raises EngineUnavailable where the package holds none."""
    cv2.setNumThreads(1)
    return Models(_session(_model("det")), _recogniser(_model("rec")))


def _recogniser(path: Path) -> Recogniser:
    session = _session(path)
    table = session.get_modelmeta().custom_metadata_map["character"].splitlines()
    return Recogniser(session, ("", *table, " "))


def _session(path: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # Lines of text come in every width: an arena would keep memory for each shape it ever saw.
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


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
