"""Batches are what the engine shows and says: token for token."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from docproc.core.prompts import question_text
from docproc.core.types import Page, Prompt
from docproc.engines.qwen.prepare import prepare
from docproc.engines.qwen.settings import QwenSettings
from docproc.imaging.store import ImageStore
from docproc.training.collate import PADDING, PAGE, UNTAUGHT, tree_mask
from docproc.training.recipe import Recipe
from docproc.training.run import opened
from docproc.training.samples import samples
from tests.training.conftest import Made
from tests.truth import lessons


def test_a_row_is_the_page_and_the_asks_of_the_engine_with_each_reply_to_be_learnt(
    dataset: Made, recipe: Recipe
) -> None:
    folder = dataset(1)
    (sample,) = samples(folder, "train")
    loaded, collator = opened(recipe, folder)
    row = collator.row(sample)
    asked = lessons.questions()
    page = Page("d", 1, sample.image, 0, 0, 0)
    tiling, images = lessons.tiling("native"), ImageStore(folder / "images")
    shown = prepare(Prompt((page,), asked), loaded, tiling, images, QwenSettings(recipe.model, boxes="never"))
    length = shown.sight.length
    assert row.ids[:length].tolist() == shown.sight.ids[0].tolist()
    assert torch.equal(row.vision["pixel_values"], shown.sight.vision["pixel_values"])
    for number, (ask, turn) in enumerate(zip(shown.sight.asks, sample.turns, strict=True)):
        mine = row.owners == number
        assert tuple(row.ids[mine][: len(ask)].tolist()) == ask
        assert bool((row.labels[mine][: len(ask)] == UNTAUGHT).all())
        taught = row.labels[mine][len(ask) :].tolist()
        assert loaded.tokenizer.decode(taught[:-1]) == turn.said
        assert taught[-1] == loaded.tokenizer.convert_tokens_to_ids("<|im_end|>")
        # Each turn begins where the page ends, as if it were the only one.
        assert int(row.positions[0][mine][0]) == int(row.positions[:, :length].max()) + 1
    assert bool((row.labels[:length] == UNTAUGHT).all())
    assert question_text(asked[0]) == sample.turns[0].human


def test_the_loss_of_a_shared_row_is_that_of_its_turns_alone(dataset: Made, recipe: Recipe) -> None:
    folder = dataset(3)
    pages = samples(folder, "train")
    loaded, shared = opened(recipe, folder)
    _, alone = opened(replace(recipe, shared=False), folder)
    model = loaded.net.model.eval()

    def tokens(batch: dict[str, torch.Tensor]) -> torch.Tensor:
        with torch.inference_mode():
            logits = model(**{name: value for name, value in batch.items() if name != "labels"}).logits
        following = batch["labels"][:, 1:]
        losses = torch.nn.functional.cross_entropy(
            logits[:, :-1].flatten(0, 1), following.flatten(), ignore_index=UNTAUGHT, reduction="none"
        )
        return losses[following.flatten() != UNTAUGHT]

    together = tokens(shared(pages))
    units = alone.units(pages)
    assert len(units) == 5 * len(pages)
    apart = torch.cat([tokens(alone([unit])) for unit in units])
    torch.testing.assert_close(together, apart, atol=2e-4, rtol=1e-3)


def test_a_conversation_goes_on_in_one_row_and_every_reply_is_learnt(dataset: Made, recipe: Recipe) -> None:
    folder = dataset(1, independent=False)
    (sample,) = samples(folder, "train")
    loaded, collator = opened(recipe, folder)
    row = collator.row(sample)
    assert set(row.owners.tolist()) == {PAGE, 0}
    taught = [token for token in row.labels.tolist() if token != UNTAUGHT]
    end = loaded.tokenizer.convert_tokens_to_ids("<|im_end|>")
    said: list[list[int]] = [[]]
    for token in taught:
        said.append([]) if token == end else said[-1].append(token)
    assert [loaded.tokenizer.decode(reply) for reply in said[:-1]] == [turn.said for turn in sample.turns]
    behind = row.positions[0][row.owners == 0]
    assert torch.equal(behind, torch.arange(int(behind[0]), int(behind[0]) + len(behind)))


def test_no_turn_sees_another_and_padding_sees_itself() -> None:
    mask = tree_mask(torch.tensor([[PAGE, PAGE, 0, 0, 1, PADDING]]))[0, 0].int().tolist()
    assert mask == [
        [1, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0],
        [1, 1, 1, 1, 0, 0],
        [1, 1, 0, 0, 1, 0],
        [1, 1, 0, 0, 0, 1],
    ]


@pytest.mark.parametrize("independent", [True, False])
def test_rows_of_different_lengths_are_padded_without_a_part_in_anything(
    independent: bool, dataset: Made, recipe: Recipe
) -> None:
    folder = dataset(4, independent=independent)
    pages = samples(folder, "train")
    pages[0] = replace(pages[0], turns=pages[0].turns[:1])
    loaded, collator = opened(recipe, folder)
    batch = collator(pages)
    assert batch["input_ids"].shape == batch["labels"].shape == batch["position_ids"].shape[1:]
    with torch.inference_mode():
        whole = loaded.net.model(**batch).loss
        alone = [collator([page]) for page in pages]
        counts = [int((one["labels"][:, 1:] != UNTAUGHT).sum()) for one in alone]
        losses = [float(loaded.net.model(**one).loss) * count for one, count in zip(alone, counts, strict=True)]
    assert float(whole) == pytest.approx(sum(losses) / sum(counts), rel=1e-3)
