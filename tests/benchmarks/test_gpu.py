"""The benchmark of real sizes: it counts what the models need, and runs to its end without a GPU."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.gpu import limits, shapes
from benchmarks.gpu.__main__ import _options, main, shares
from docproc.core.sizing import MODELS, Model


def net(model: Model) -> Any:
    from transformers import AutoModelForImageTextToText

    with torch.device("meta"):
        return AutoModelForImageTextToText.from_config(shapes.configuration(model), dtype=torch.bfloat16)


@pytest.mark.parametrize("size", sorted(shapes.SIZES))
def test_the_counts_of_a_real_size_are_those_of_its_shape(size: str) -> None:
    model = shapes.named(size)
    made = net(model)
    assert limits.slot_bytes(made) == model.token_bytes
    output = model.vocabulary * model.hidden * 2
    assert limits.weight_bytes(made) == pytest.approx(model.text_parameters_used * 2 + output, rel=0.001)
    one, twice = (limits.prefill_flops(made, tokens, []) for tokens in (1000, 2000))
    assert one == pytest.approx(2 * model.text_parameters_used * 1000, rel=0.06)  # and attention
    assert twice > 2 * one


def test_attention_between_patches_stays_within_an_image() -> None:
    made = net(shapes.named("2b"))
    apart, together = (limits.prefill_flops(made, 1000, patches) for patches in ([2000, 2000], [4000]))
    tower = shapes.named("2b").tower
    assert together - apart == pytest.approx(4 * tower.depth * tower.hidden * (4000**2 - 2 * 2000**2))


def test_a_prefill_of_8b_at_150_dpi_takes_68_ms_at_the_limit_of_a_h200() -> None:
    made = net(shapes.named("8b"))
    seconds = limits.prefill_flops(made, 2145 + 60, [4 * 2145]) / 790e12
    assert 0.05 < seconds < 0.09


def test_shares_are_of_what_was_measured() -> None:
    parts = {
        "prefill_flops": 50.0, "prefill_seconds": 1.0, "prefill_tokens": 1000, "ask_seconds": 0.1,
        "decode_seconds": 2.0, "said": 64.0, "step_bytes": 30.0, "steps": 8.0, "in_flight": 4.0,
    }  # fmt: skip
    told = shares(parts, rate=0.5, limits=(100.0, 60.0), pages=4)
    assert told["share_of_arithmetic"] == 0.5
    assert told["share_of_bandwidth"] == 0.25
    assert told["limit_pages_per_second"] == 4
    assert told["share_of_limit"] == 0.125
    assert told["decode_tokens_per_second"] == 32


def test_an_unknown_size_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        _options(["--sizes", "2b,9b"])
    assert "9b" in capsys.readouterr().err


def test_the_sizes_are_published_ones() -> None:
    assert set(shapes.SIZES.values()) <= {model.name for model in MODELS}


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU, which has its own figures")
def test_without_a_gpu_it_runs_to_its_end_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.set_num_threads(1)
    file = tmp_path / "figures.json"
    assert main(["--policies", "textbook", "--new-tokens", "4", "--train-steps", "2", "--json", str(file)]) == 0
    figures = json.loads(file.read_text("utf-8"))
    assert "no CUDA here" in figures["note"]
    for size in ("small", "small-2.5"):
        policy = figures[size]["textbook"]
        assert policy["packed"]["pages_per_second"] > 0
        assert policy["plain_pages_per_second"] > 0
        assert policy["packed"]["gpu_busy"] is None
        training = figures[size]["training"]
        assert training["pages_per_second"] > 0
        assert training["tokens_a_page"] > 200
        assert 0 < training["share_of_arithmetic"] <= training["share_with_recomputing"]
    assert json.loads(capsys.readouterr().out) == figures
