"""Every family of small real models that can be built here is read through the engine, whatever its processor wants."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from docproc.core.errors import UsageError
from docproc.engines.qwen.families import family_of, ways_of
from docproc.imaging.store import ImageStore
from tests.engines.qwen.shown import engine, mixed, said
from tests.models.small import FAMILIES

LACKING = {"smolvlm": "num2words", "mistral3": "torchvision"}  # what a family's own processor cannot do without
# Warnings of the libraries about themselves, in code that is not ours.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_family_is_read_and_its_fastest_way_says_what_the_plain_one_says(
    family: str, model_of: Callable[[str], Path], images: ImageStore
) -> None:
    lacking = LACKING.get(family)
    model, prompts = model_of(family), mixed(images)
    if lacking and find_spec(lacking) is None:
        with pytest.raises(UsageError, match=f"(?i){lacking}"):
            said(model, images, prompts)
        return
    plain = said(model, images, prompts, way="plain", boxes="never")
    assert [len(completion.replies) for completion in plain] == [6, 2, 3, 5]
    assert all(completion.tokens_in > 100 and completion.tokens_out > 0 for completion in plain)
    assert len({reply.text for completion in plain for reply in completion.replies}) >= 4
    fast = said(model, images, prompts, boxes="never")
    for expected, found in zip(plain, fast, strict=True):
        assert [reply.text for reply in found.replies] == [reply.text for reply in expected.replies]
        assert [reply.finish for reply in found.replies] == [reply.finish for reply in expected.replies]
        assert [reply.logprob for reply in found.replies] == pytest.approx(
            [reply.logprob for reply in expected.replies], abs=1e-3
        )


@pytest.mark.parametrize("family", ["qwen3_vl", "llava", "internvl", "idefics3"])
def test_another_page_gives_another_answer(family: str, model_of: Callable[[str], Path], images: ImageStore) -> None:
    one, other = said(model_of(family), images, [mixed(images)[0], mixed(images)[3]], constrain="off")
    assert one.replies[1].text != other.replies[0].text


def test_a_model_whose_attention_slides_is_run_the_plain_way(
    model_of: Callable[[str], Path], images: ImageStore
) -> None:
    made = engine(model_of("gemma3"), images)
    assert made.choice.way == "plain"
    made.close()


def test_a_way_that_is_not_proven_is_refused(model_of: Callable[[str], Path], images: ImageStore) -> None:
    with pytest.raises(UsageError, match=r"DOCPROC_QWEN_WAY=packed.*there are: auto, expanded, plain"):
        engine(model_of("qwen3_5"), images, way="packed")


def test_eager_and_flash_attention_cannot_take_the_mask_of_packing() -> None:
    family = family_of({"model_type": "qwen3_vl"})
    assert ways_of(family, "sdpa") == ("packed", "expanded", "plain")
    assert ways_of(family, "eager") == ways_of(family, "flash_attention_2") == ("expanded", "plain")


def test_eager_attention_says_the_same(model_of: Callable[[str], Path], images: ImageStore) -> None:
    model, prompts = model_of("qwen2_5_vl"), mixed(images)[:2]
    eager = said(model, images, prompts, attention="eager")
    assert [r.text for c in eager for r in c.replies] == [
        r.text for c in said(model, images, prompts) for r in c.replies
    ]


@pytest.mark.parametrize(("family", "factor"), [("qwen2_5_vl", 28), ("qwen3_vl", 32)])
def test_the_sides_of_an_image_follow_from_the_configuration(
    family: str, factor: int, model_of: Callable[[str], Path], images: ImageStore
) -> None:
    made = engine(model_of(family), images)
    assert made.choice.tiling.factor == factor
    made.close()


def test_a_configuration_without_a_model_type_is_refused() -> None:
    with pytest.raises(UsageError, match="names no model_type"):
        family_of({"architectures": ["Something"]})
