"""The figures that say which model fits where are those of the real architectures."""

from __future__ import annotations

from typing import Any

import pytest

from docproc.core.sizing import MODELS, PREFERRED, Model, a4_tokens, largest, page_bytes, pages_in_flight

GB = 10**9
BY_NAME = {model.name.removeprefix("Qwen/").removesuffix("-Instruct"): model for model in MODELS}


def configuration(model: Model) -> Any:
    """transformers' configuration of that model; what is not named here has its default."""
    from transformers import AutoConfig

    tower, newer = model.tower, "Qwen3" in model.name
    text: dict[str, Any] = {
        "vocab_size": model.vocabulary,
        "hidden_size": model.hidden,
        "num_hidden_layers": model.layers,
        "num_attention_heads": model.heads,
        "num_key_value_heads": model.kv_heads,
        "intermediate_size": model.inner,
        "tie_word_embeddings": model.tied,
    }
    vision: dict[str, Any] = {"depth": tower.depth, "hidden_size": tower.hidden, "intermediate_size": tower.inner}
    vision |= {"num_heads": 16, "patch_size": tower.patch, "out_hidden_size": model.hidden}
    if newer:
        text |= {"head_dim": 128}
        vision |= {"num_position_embeddings": tower.places, "deepstack_visual_indexes": list(range(tower.deep))}
    if model.experts:
        text |= {
            "num_experts": model.experts,
            "num_experts_per_tok": model.active,
            "moe_intermediate_size": model.inner,
        }
    family = "qwen3_vl_moe" if model.experts else "qwen3_vl" if newer else "qwen2_5_vl"
    return AutoConfig.for_model(family, text_config=text, vision_config=vision, tie_word_embeddings=model.tied)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_the_parameters_are_those_of_the_real_architecture(model: Model) -> None:
    import torch
    from transformers import AutoModelForImageTextToText

    with torch.device("meta"):
        net = AutoModelForImageTextToText.from_config(configuration(model))
    net.tie_weights()
    assert model.parameters == sum(weight.numel() for weight in net.parameters())


def test_an_a4_page_has_the_tokens_that_the_families_processors_give_it() -> None:
    assert [a4_tokens(BY_NAME["Qwen3-VL-4B"], "native", dpi) for dpi in (100, 150)] == [962, 2145]
    assert a4_tokens(BY_NAME["Qwen2.5-VL-7B"], "native", 100) == 1260


def test_keys_and_values_are_counted_in_all_layers_for_the_page_once_and_for_every_ask() -> None:
    small = BY_NAME["Qwen3-VL-2B"]
    assert small.token_bytes == 28 * 2 * 8 * 128 * 2
    assert page_bytes(small, 1001) - page_bytes(small, 1000) == small.token_bytes
    assert page_bytes(small, 0) > 8 * 100 * small.token_bytes


def test_more_memory_never_means_fewer_pages_or_a_smaller_model() -> None:
    order = [*reversed(PREFERRED)]
    before, place = [0] * len(MODELS), -1
    for memory in range(4 * GB, 200 * GB, 4 * GB):
        now = [pages_in_flight(model, memory, 3000) for model in MODELS]
        assert all(new >= old for new, old in zip(now, before, strict=True))
        best = largest(memory)
        assert (order.index(best.name) if best else -1) >= place
        before, place = now, order.index(best.name) if best else -1


@pytest.mark.parametrize(
    ("memory", "name"),
    [(6, None), (8, "Qwen3-VL-2B"), (16, "Qwen3-VL-4B"), (24, "Qwen3-VL-8B"), (80, "Qwen3-VL-32B")],
)
def test_a_card_gets_the_model_that_fits_it(memory: int, name: str | None) -> None:
    assert largest(memory * GB) == (BY_NAME[name] if name else None)


def test_a_model_whose_weights_fill_the_memory_answers_no_page() -> None:
    large = BY_NAME["Qwen3-VL-8B"]
    assert pages_in_flight(large, large.weights + 2 * GB, 2000) == 0
