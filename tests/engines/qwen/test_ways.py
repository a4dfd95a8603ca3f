"""The ways of sharing a page say, token for token, what is said when every question is asked by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForImageTextToText

from docproc.core.types import Manner, Prompt
from docproc.engines._looking import tiling_of
from docproc.engines.qwen.choose import Voices
from docproc.engines.qwen.expanded import expanded
from docproc.engines.qwen.families import family_of
from docproc.engines.qwen.identity import find
from docproc.engines.qwen.load import Loaded, load
from docproc.engines.qwen.net import Net, Sight
from docproc.engines.qwen.packed import packed
from docproc.engines.qwen.plain import plain
from docproc.engines.qwen.prepare import Prepared, prepare
from docproc.engines.qwen.settings import read_settings
from docproc.imaging.store import ImageStore
from tests.engines.qwen.shown import ASKS, SMALL, mixed, page

QWEN = ["qwen2_vl", "qwen2_5_vl", "qwen3_vl", "qwen3_vl_moe"]
HYBRID = ["qwen3_5", "qwen3_5_moe"]
Way = Callable[[Net, Sequence[Sight], Voices], None]


def opened(folder: Path) -> Loaded:
    source = find(str(folder), "")
    return load(read_settings({"model": str(folder)}), source, None, family_of(source.config))


def prepared(loaded: Loaded, prompts: Sequence[Prompt], images: ImageStore, **settings: str) -> list[Prepared]:
    given = {"model": "-", **SMALL, **settings}
    tiling = tiling_of(given, loaded.family.factor, "qwen")
    return [prepare(prompt, loaded, tiling, images, read_settings(given)) for prompt in prompts]


def tokens(loaded: Loaded, pages: Sequence[Prepared], way: Way) -> list[tuple[int, ...]]:
    """The replies to all asks of all pages, taken together in one batch."""
    schemas = [schema for page in pages for schema in page.schemas]
    limits = [limit for page in pages for limit in page.limits]
    voices = Voices(loaded.speaker, schemas, limits, [one.prompt.manner for one in pages for _ in one.limits])
    with torch.inference_mode():
        way(loaded.net, [page.sight for page in pages], voices)
    return [voices.said(row).tokens for row in range(len(limits))]


@pytest.mark.parametrize("constrain", ["on", "off"])
@pytest.mark.parametrize("family", QWEN)
def test_a_shared_page_gives_the_tokens_of_the_plain_way(
    family: str, constrain: str, model_of: Callable[[str], Path], images: ImageStore
) -> None:
    loaded = opened(model_of(family))
    pages = prepared(loaded, mixed(images), images, constrain=constrain)
    assert len({page.sight.length for page in pages}) == len(pages)
    expected = tokens(loaded, pages, plain)
    assert len(set(expected)) > 4
    assert tokens(loaded, pages, expanded) == expected
    assert tokens(loaded, pages, packed) == expected


@pytest.mark.parametrize("constrain", ["on", "off"])
@pytest.mark.parametrize("family", HYBRID)
def test_a_model_with_linear_attention_shares_a_page_too(
    family: str, constrain: str, model_of: Callable[[str], Path], images: ImageStore
) -> None:
    loaded = opened(model_of(family))
    pages = prepared(loaded, mixed(images), images, constrain=constrain)
    expected = tokens(loaded, pages, plain)
    assert len(set(expected)) > 4
    assert tokens(loaded, pages, expanded) == expected
    assert not loaded.net.takes("packed")


@pytest.mark.parametrize("family", ["qwen2_5_vl", "qwen3_vl"])
def test_the_plain_way_says_what_the_library_generates(
    family: str, model_of: Callable[[str], Path], images: ImageStore
) -> None:
    loaded = opened(model_of(family))
    pages = prepared(loaded, mixed(images)[:2], images, constrain="off")
    model = AutoModelForImageTextToText.from_pretrained(model_of(family)).eval()
    generated = []
    for one in pages:
        for ask in one.sight.asks:
            ids = torch.cat([one.sight.ids, torch.tensor([ask])], 1)
            types = torch.nn.functional.pad(one.sight.vision["mm_token_type_ids"], (0, len(ask)))
            given = {**one.sight.vision, "mm_token_type_ids": types}
            out = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=12, do_sample=False, **given)
            generated.append(tuple(out[0, ids.shape[1] :].tolist()))
    for ours, theirs in zip(tokens(loaded, pages, plain), generated, strict=True):
        assert ours[:12] == tuple(token for token in theirs if token not in loaded.speaker.ends)[: len(ours)]


@pytest.mark.parametrize("family", QWEN)
def test_pages_of_one_shape_are_taken_in_together_with_the_same_replies(
    family: str, model_of: Callable[[str], Path], images: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = opened(model_of(family))
    sizes = [(620, 877), (620, 877), (400, 300), (620, 877), (620, 877), (620, 877)]
    prompts = [Prompt((page(images, number, size),), ASKS[: 1 + number % 3]) for number, size in enumerate(sizes, 1)]
    pages = prepared(loaded, prompts, images, tiles="overview")
    expected = tokens(loaded, pages, plain)
    loaded.net.most_together = 2 * pages[0].sight.length
    groups = []
    see = Net.see

    def watched(net: Net, sights: Sequence[Sight], cache: object) -> list[int]:
        groups.append(len(sights))
        return see(net, sights, cache)

    monkeypatch.setattr(Net, "see", watched)
    assert tokens(loaded, pages, packed) == expected
    assert groups == [2, 1, 2, 1]


def test_drawn_replies_are_the_same_in_every_way(model_of: Callable[[str], Path], images: ImageStore) -> None:
    loaded = opened(model_of("qwen3_vl"))
    greedy, drawn = (
        prepared(loaded, [Prompt(prompt.pages, prompt.asks, manner) for prompt in mixed(images)[:2]], images)
        for manner in (Manner(), Manner(temperature=0.8, seed=7))
    )
    expected = tokens(loaded, drawn, plain)
    assert expected != tokens(loaded, greedy, plain)
    assert tokens(loaded, drawn, packed) == expected
    assert tokens(loaded, drawn, expanded) == expected


def test_the_position_behind_a_page_is_not_its_number_of_tokens(
    model_of: Callable[[str], Path], images: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = opened(model_of("qwen3_vl"))
    pages = prepared(loaded, mixed(images), images)
    expected = tokens(loaded, pages, plain)
    see = Net.see
    monkeypatch.setattr(Net, "see", lambda net, some, cache: see(net, some, cache) and [one.length for one in some])
    assert sum(a == b for a, b in zip(tokens(loaded, pages, packed), expected, strict=True)) < len(expected) // 2


def test_an_ask_that_could_see_its_neighbours_would_say_something_else(
    model_of: Callable[[str], Path], images: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = opened(model_of("qwen3_vl"))
    pages = prepared(loaded, mixed(images), images)
    expected = tokens(loaded, pages, plain)
    go_on = Net.go_on

    def blind(net: Net, ids: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor, cache: object) -> torch.Tensor:
        return go_on(net, ids, positions, torch.ones_like(mask), cache)

    monkeypatch.setattr(Net, "go_on", blind)
    assert sum(a == b for a, b in zip(tokens(loaded, pages, packed), expected, strict=True)) < len(expected) // 2
