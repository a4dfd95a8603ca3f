"""A model's own processor, without its video half, which wants torchvision.

There is no CPU build of torchvision, and one for CUDA beside a torch without it raises as it is imported. Images are
read by the processor's PIL half, from the same files of the same folder.
"""

from __future__ import annotations

from typing import Any

from transformers import AutoImageProcessor, AutoProcessor, AutoTokenizer
from transformers.models.auto.processing_auto import PROCESSOR_MAPPING_NAMES, processor_class_from_name

HALVES = ("image_processor", "tokenizer")


def load_processor(place: str, model_type: str, **hub: Any) -> Any:
    """The processor of the model at `place`. `hub`: revision and trust_remote_code, as `from_pretrained` takes them."""
    name = PROCESSOR_MAPPING_NAMES.get(model_type)
    stock = processor_class_from_name(name) if name else None
    if stock is None:  # code of the model itself, which is taken as it is
        return AutoProcessor.from_pretrained(place, **hub)
    return _image_only(stock).from_pretrained(place, **hub)


def _image_only(stock: Any) -> Any:
    """The processor class with the two halves that reading pages needs."""

    class ImageOnly(stock):  # type: ignore[misc]  # which class it is, is known when the model is
        @classmethod
        def get_attributes(cls) -> list[str]:
            # `__init__` hands on its arguments in this order; a video processor stands behind them and is dropped.
            return [name for name in stock.get_attributes() if name in HALVES]

        @classmethod
        def _get_arguments_from_pretrained(cls, place: str, *_: Any, **hub: Any) -> list[Any]:
            made = {
                "image_processor": lambda: AutoImageProcessor.from_pretrained(place, backend="pil", **hub),
                "tokenizer": lambda: AutoTokenizer.from_pretrained(place, **hub),
            }
            return [made[name]() for name in cls.get_attributes()]

    ImageOnly.__name__ = stock.__name__
    return ImageOnly
