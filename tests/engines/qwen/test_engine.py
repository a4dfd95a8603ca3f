"""The engine as a whole: what it promises to whoever asks it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import torch

from docproc.core.errors import EngineUnavailable, PageFailed, UsageError
from docproc.core.prompts import reply_schema
from docproc.core.types import Manner, Prompt, Reading
from docproc.engines import create_engine
from docproc.engines.qwen import packed as packing
from docproc.engines.qwen.choose import Voices
from docproc.engines.qwen.net import Net, Sight
from docproc.engines.qwen.run import WAYS
from docproc.imaging.store import ImageStore
from tests.engines.qwen.shown import ASKS, SMALL, engine, mixed, page, said, texts


@pytest.fixture
def model(model_of: Callable[[str], Path]) -> Path:
    return model_of("qwen3_vl")


def test_it_is_made_by_its_name_and_answers_each_ask_in_its_place(model: Path, images: ImageStore) -> None:
    made = create_engine("qwen", {"model": str(model), **SMALL}, images)
    prompts = mixed(images)
    completions = made.complete(prompts)
    assert [len(completion.replies) for completion in completions] == [len(prompt.asks) for prompt in prompts]
    one_by_one = [made.complete([prompt])[0] for prompt in prompts]
    assert texts(completions) == texts(one_by_one)
    assert made.complete(prompts) == completions
    made.close()


def test_every_reply_that_is_said_to_its_end_fits_its_schema(model: Path, images: ImageStore) -> None:
    prompts = [Prompt((page(images, number),), ASKS) for number in (1, 2)]
    for completion in said(model, images, prompts, max_new_tokens="300"):
        for ask, reply in zip(ASKS, completion.replies, strict=True):
            if reply.finish == "stop":
                jsonschema.validate(json.loads(reply.text), reply_schema(ask, boxes=True))
    finishes = [reply.finish for completion in said(model, images, prompts) for reply in completion.replies]
    assert "length" in finishes


def test_a_reply_tells_how_sure_the_model_is(model: Path, images: ImageStore) -> None:
    replies = said(model, images, mixed(images)[:1])[0].replies
    for reply in replies:
        assert reply.confidence is not None
        assert reply.logprob is not None
        assert reply.least is not None
        assert 0 <= reply.confidence <= 1
        assert reply.least <= reply.logprob <= 0


def test_nothing_asked_is_nothing_said_and_loads_nothing(model: Path, images: ImageStore) -> None:
    made = engine(model, images)
    assert made.complete([]) == []
    assert made.complete([Prompt((page(images, 1),), ())])[0].replies == ()
    assert made._work is None
    some = made.complete([Prompt((page(images, 1),), ()), Prompt((page(images, 1),), ASKS[:1])])
    assert [len(completion.replies) for completion in some] == [0, 1]
    made.close()


def test_a_page_whose_image_is_gone_fails_for_itself(model: Path, images: ImageStore) -> None:
    gone = replace(page(images, 1), image="aa/gone.png")
    made = engine(model, images)
    with pytest.raises(PageFailed, match="gone"):
        made.complete([Prompt((gone,), ASKS[:1])])
    assert made.complete([Prompt((page(images, 1),), ASKS[:1])])[0].replies
    made.close()


def test_a_damaged_image_fails_for_itself(model: Path, images: ImageStore) -> None:
    name = images.put(b"\x89PNG no image at all", ".png")
    with pytest.raises(PageFailed):
        said(model, images, [Prompt((replace(page(images, 1), image=name),), ASKS[:1])])


def test_two_threads_do_not_mix_up_their_pages(model: Path, images: ImageStore) -> None:
    prompts = [Prompt((page(images, number),), ASKS[:2]) for number in range(1, 5)]
    made = engine(model, images)
    expected = [made.complete([prompt])[0] for prompt in prompts]
    with ThreadPoolExecutor(made.lanes) as lanes:
        found = list(lanes.map(lambda prompt: made.complete([prompt])[0], prompts))
    assert found == expected
    made.close()


def test_a_batch_that_does_not_fit_is_halved_and_goes_on(
    model: Path, images: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts = [Prompt((page(images, number),), ASKS[:2]) for number in range(1, 6)]
    expected = texts(said(model, images, prompts))
    sizes: list[int] = []

    def narrow(net: Net, pages: Sequence[Sight], voices: Voices) -> None:
        sizes.append(len(pages))
        if len(pages) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        packing.packed(net, pages, voices)

    monkeypatch.setitem(WAYS, "packed", narrow)
    assert texts(said(model, images, prompts, batch="4")) == expected
    assert sizes == [4, 2, 1, 1, 1, 1, 1]


def test_a_page_that_fits_in_no_memory_fails_with_advice(
    model: Path, images: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(net: Net, pages: Sequence[Sight], voices: Voices) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")

    monkeypatch.setitem(WAYS, "packed", full)
    with pytest.raises(PageFailed, match="lower DOCPROC_QWEN_PAGE_TOKENS") as failed:
        said(model, images, mixed(images)[:2])
    assert failed.value.code == "out_of_memory"


@pytest.mark.parametrize(
    ("error", "raised"),
    [(torch.AcceleratorError("device-side assert", 710), EngineUnavailable), (RuntimeError("shapes"), RuntimeError)],
    ids=["the device", "anything else"],
)
def test_an_error_that_is_not_of_memory_is_told(
    error: Exception, raised: type[Exception], model: Path, images: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(net: Net, pages: Sequence[Sight], voices: Voices) -> None:
        raise error

    monkeypatch.setitem(WAYS, "packed", broken)
    with pytest.raises(raised, match=str(error)):
        said(model, images, mixed(images)[:2])


def test_a_page_of_more_tokens_than_the_model_takes_fails_with_advice(
    model: Path, images: ImageStore, tmp_path: Path
) -> None:
    short = shutil.copytree(model, tmp_path / "short")
    config = json.loads((short / "config.json").read_text("utf-8"))
    config["text_config"]["max_position_embeddings"] = 400
    (short / "config.json").write_text(json.dumps(config), "utf-8")
    prompt = mixed(images)[0]
    with pytest.raises(PageFailed, match="the model takes 400: lower DOCPROC_QWEN_PAGE_TOKENS"):
        said(short, images, [prompt])
    replies = said(short, images, [prompt], page_tokens="100", max_new_tokens="4000", boxes="never")[0].replies
    assert len(replies) == len(prompt.asks)


def test_a_model_that_may_think_aloud_is_told_not_to(model: Path, images: ImageStore, tmp_path: Path) -> None:
    thinking = shutil.copytree(model, tmp_path / "thinking")
    for path in [*thinking.glob("*.jinja"), thinking / "tokenizer_config.json"]:
        text = path.read_text("utf-8")
        if "assistant" in text:
            quoted = json.dumps if path.suffix == ".json" else str
            end = quoted(
                "{% if enable_thinking is defined and not enable_thinking %}Invoice Invoice Invoice{% endif %}"
            )
            path.write_text(text.replace("{% endif %}", "{% endif %}" + end.strip('"'), 1), "utf-8")
    prompts = mixed(images)[:1]
    told = said(thinking, images, prompts)[0].tokens_in
    assert told > said(model, images, prompts)[0].tokens_in


def test_its_manners_change_what_is_said(model: Path, images: ImageStore) -> None:
    made = engine(model, images, tiles="second_look", constrain="off")
    assert made.manners == {"temperature", "turn", "closer"}
    shown = page(images, 2)

    def ask(manner: Manner) -> list[str]:
        return texts(made.complete([Prompt((shown,), ASKS[:3], manner)]))[0]

    plain = ask(Manner())
    for manner in (Manner(temperature=1.0, seed=1), Manner(turn=180), Manner(closer=True)):
        assert ask(manner) != plain
        assert ask(manner) == ask(manner)
    assert ask(Manner(temperature=1.0, seed=1)) != ask(Manner(temperature=1.0, seed=2))
    made.close()


def test_boxes_are_asked_for_where_no_words_are_known(model: Path, images: ImageStore) -> None:
    bare = page(images, 1)
    read = replace(bare, ocr=Reading("ocr", (), bare.width, bare.height))
    prompts = [Prompt((bare,), ASKS[:1]), Prompt((read,), ASKS[:1])]
    auto = said(model, images, prompts, max_new_tokens="300")
    assert ["bbox_2d" in completion.replies[0].text for completion in auto] == [True, False]
    for boxes, expected in (("always", True), ("never", False)):
        for completion in said(model, images, prompts, boxes=boxes, max_new_tokens="300"):
            assert ("bbox_2d" in completion.replies[0].text) == expected


def test_a_closed_engine_says_so_and_can_be_closed_twice(model: Path, images: ImageStore) -> None:
    made = engine(model, images)
    made.complete(mixed(images)[:1])
    made.close()
    made.close()
    with pytest.raises(EngineUnavailable, match="closed"):
        made.complete(mixed(images)[:1])


def test_a_folder_without_weights_is_refused_with_a_reason(model: Path, images: ImageStore, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes((model / "config.json").read_bytes())
    made = engine(tmp_path, images)
    with pytest.raises(UsageError, match="cannot be loaded"):
        made.complete(mixed(images)[:1])
    made.close()


def test_its_package_is_imported_and_made_without_torch(model: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from docproc.engines import create_engine;"
        "from docproc.imaging.store import ImageStore;"
        f"made = create_engine('qwen', {{'model': {str(model)!r}}}, ImageStore(Path({str(tmp_path)!r})));"
        "made.fingerprint; made.close();"
        "assert not {'torch', 'transformers', 'llguidance'} & set(sys.modules), 'heavy'"
    )
    root = Path(__file__).resolve().parents[3]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)
