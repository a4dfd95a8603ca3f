"""A model's own processor, without its video half, which wants torchvision.

There is no CPU build of torchvision, and one for CUDA beside a torch without it raises as it is imported. Images are
read by the processor's PIL half, from the same files of the same folder.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from transformers import AutoProcessor, AutoTokenizer
from transformers.models.auto.image_processing_auto import AutoImageProcessor  # elsewhere 5.17 asks for torchvision
from transformers.models.auto.processing_auto import PROCESSOR_MAPPING_NAMES, processor_class_from_name
from transformers.utils import cached_file

# What reading pages needs of a processor.
HALVES = {
    "image_processor": lambda place, hub: AutoImageProcessor.from_pretrained(place, backend="pil", **hub),
    "tokenizer": lambda place, hub: AutoTokenizer.from_pretrained(place, **hub),
}
# The files that name a processor's class, where the family alone does not.
_FILES = ("processor_config.json", "preprocessor_config.json", "tokenizer_config.json")


def load_processor(place: str, model_type: str, **hub: Any) -> Any:
    """The processor of the model at `place`. `hub`: revision and trust_remote_code, as `from_pretrained` takes them."""
    name = PROCESSOR_MAPPING_NAMES.get(model_type) or _named(place, hub.get("revision"))
    stock = processor_class_from_name(name) if name else None
    if stock is None:  # code of the model itself, which is taken as it is
        return AutoProcessor.from_pretrained(place, **hub)
    return _image_only(stock).from_pretrained(place, **hub)


def _named(place: str, revision: str | None) -> str | None:
    for file in _FILES:
        path = cached_file(place, file, revision=revision, _raise_exceptions_for_missing_entries=False)
        if path is not None:
            name = json.loads(Path(path).read_text("utf-8")).get("processor_class")
            if name:
                return str(name)
    return None


def _image_only(stock: Any) -> Any:
    """The processor class with the two halves that reading pages needs."""
    parts = stock.get_attributes()

    class ImageOnly(stock):  # type: ignore[misc]  # which class it is, is known when the model is
        @classmethod
        def get_attributes(cls) -> list[str]:
            # The base class takes as many parts as are named here, in this order; the others stand behind them.
            return [name for name in parts if name in HALVES]

        @classmethod
        def _get_arguments_from_pretrained(cls, place: str, *_: Any, **hub: Any) -> list[Any]:
            return [HALVES[name](place, hub) if name in HALVES else None for name in parts]

    ImageOnly.__name__ = stock.__name__
    return ImageOnly
