"""The tables of docs/models.md are what docproc computes, and what it says to type exists."""

from __future__ import annotations

import re
from pathlib import Path

from docproc.core.sizing import A4_POLICY_DPI, MODELS, Model, a4_tokens, page_bytes, pages_in_flight
from docproc.core.tiles import Policy
from docproc.engines._looking import tiling_of
from docproc.engines.openai.settings import read_settings as read_server
from docproc.engines.qwen.settings import read_settings as read_qwen

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "models.md").read_text("utf-8")
CARDS = (8, 12, 16, 24, 48, 80, 141)  # GB
DPIS = (100, 150, 200)
POLICIES: dict[Policy, str] = {
    "native": "`native`",
    "overview": "`overview`, first look of `second_look`",
    "tiles": "`tiles` (default), closer look of `second_look`",
    "textbook": "`textbook`",
}


def fit(model: Model) -> str:
    """A row of the table of sizes: pages in flight per card."""
    policy, dpi = A4_POLICY_DPI
    tokens = a4_tokens(model, policy, dpi)
    pages = [pages_in_flight(model, card * 10**9, tokens) for card in CARDS]
    cells = [
        f"`{model.name}`",
        f"{model.weights / 1e9:.1f} GB",
        f"{page_bytes(model, tokens) / 1e6:.0f} MB",
        *(str(count) if count else "–" for count in pages),
    ]
    return f"| {' | '.join(cells)} |"


def cost(policy: Policy, name: str) -> str:
    """A row of the table of tokens: Qwen3-VL, then Qwen2.5-VL."""
    newer, older = (next(model for model in MODELS if family in model.name) for family in ("Qwen3-VL", "Qwen2.5-VL"))
    tokens = [a4_tokens(model, policy, dpi) for model in (newer, older) for dpi in DPIS]
    return f"| {name} | {' | '.join(f'{count:,}' for count in tokens)} |"


def test_the_table_of_sizes_is_what_is_computed() -> None:
    rows = [row for row in PAGE.splitlines() if row.startswith("| `Qwen/")]
    assert rows == [fit(model) for model in MODELS]


def test_the_table_of_tokens_is_what_is_computed() -> None:
    rows = [row for row in PAGE.splitlines() if row.startswith(tuple(f"| {name}" for name in POLICIES.values()))]
    assert rows == [cost(policy, name) for policy, name in POLICIES.items()]


def test_every_setting_that_is_named_exists() -> None:
    known = {
        "qwen": set(read_qwen({"model": "x"}).__slots__),
        "openai": set(read_server({"base_url": "http://x/v1"}).__slots__),
    }
    tiling = {"tiles", *tiling_of({}, 32).__slots__}
    renamed = {"form": "response_format", "scale": "box_scale", "tokens": "max_tokens", "streaming": "stream"}
    named = re.findall(r"DOCPROC_(QWEN|OPENAI)_([A-Z_]+)", PAGE)
    assert len(named) > 10
    for engine, setting in named:
        names = known[engine.lower()] | tiling | set(renamed.values())
        assert setting.lower() in names, setting


def test_what_is_typed_to_set_up_is_an_extra() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    for extra in re.findall(r"\./do setup ([a-z-]+)", PAGE):
        assert extra == "qwen-cpu" or f"\n{extra} = [" in project
