"""A page that is computed once for all its questions, against the loop over questions of the model cards."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.support import Figures, Options, Say
from benchmarks.support.models import ASKS, Textbook, by_turns, lacking, opened, scanned
from docproc.core.types import Page, Prompt
from docproc.engines import Engine
from docproc.engines._looking import look, tiling_of
from docproc.imaging.store import ImageStore

OPTIONS = {"asks": 8, "pages": 1, "rounds": 2, "new_tokens": 30, "threads": 1, "millions": 38}
FAMILIES = {"qwen3_vl": 32, "qwen2_5_vl": 28}
# An overview and six close-ups of about 100 tokens each: a prefix that a small model on a CPU takes in in a second.
SHOWN = {"tiles": "tiles", "overview_tokens": "110", "tile": "320", "grids": "2x3"}
# The engine's ways, and whether replies are held to their schemas.
WAYS = {
    "packed": ("packed", "off"),
    "expanded": ("expanded", "off"),
    "packed/constrained": ("packed", "on"),
    "plain/constrained": ("plain", "on"),
}


def run(say: Say, options: Options) -> Figures:
    if lacks := lacking():
        return {"missing": f"not installed: {', '.join(lacks)} (./do setup qwen)"}
    figures: Figures = {}
    with TemporaryDirectory() as name:
        folder = Path(name)
        images = ImageStore(folder / "images")
        pages = scanned(folder, images, options["pages"])
        for family in FAMILIES:
            figures |= compared(say, family, folder / family, (images, pages), options)
    ratios = [figures[f"speedup/{family}"] for family in FAMILIES]
    same = [figures[f"identical/{family}"] for family in FAMILIES]
    return {"speedup": min(ratios), "identical": min(same)} | figures  # type: ignore[type-var]  # all are numbers


def compared(
    say: Say, family: str, folder: Path, shown: tuple[ImageStore, Sequence[Page]], options: Options
) -> Figures:
    """One family: the engine's two shared ways against the loop, replies free; and, replies held to their schemas, the
    packed way against the engine's own loop over questions.
    """
    from tests.models.small import MILLIONS_38, MILLIONS_137, build

    images, pages = shown
    asks = [ASKS[number % len(ASKS)] for number in range(options["asks"])]
    model = build(folder, family, base=MILLIONS_137 if options["millions"] > 100 else MILLIONS_38)
    book = Textbook.of(model, options["threads"])
    common = {**SHOWN, "threads": str(options["threads"]), "max_new_tokens": str(options["new_tokens"])}
    said: dict[str, list[str]] = {}
    prompts = [Prompt((page,), tuple(asks)) for page in pages]
    cut = [[one.image for one in look(prompt, tiling_of(SHOWN, FAMILIES[family]), images)] for prompt in prompts]
    with ExitStack() as stack:
        engines = {
            name: stack.enter_context(opened(model, images, **common, way=way, constrain=switch, boxes="never"))
            for name, (way, switch) in WAYS.items()
        }
        say(f"{family}: {len(cut[0])} images a page, {len(asks)} questions, {options['new_tokens']} new tokens")
        ways = {name: partial(_ask, engine, prompts, said, name) for name, engine in engines.items()}
        for engine in engines.values():
            engine.complete([Prompt((pages[0],), tuple(asks[:1]))])  # loads the model

        def plain() -> None:
            said["textbook"] = [text for shown in cut for text in book.page(shown, asks, options["new_tokens"])]

        laps = by_turns(say, options["rounds"], {"textbook": plain, **ways})
    total = len(said["textbook"])
    return {
        f"speedup/{family}": laps.ratio("textbook", "packed"),
        f"speedup_cpu/{family}": laps.ratio("textbook", "packed", 1),
        f"speedup_expanded/{family}": laps.ratio("textbook", "expanded"),
        f"speedup_expanded_cpu/{family}": laps.ratio("textbook", "expanded", 1),
        f"speedup_constrained/{family}": laps.ratio("plain/constrained", "packed/constrained"),
        f"speedup_constrained_cpu/{family}": laps.ratio("plain/constrained", "packed/constrained", 1),
        f"identical/{family}": same(said, "packed", "textbook") / total,
        f"identical_expanded/{family}": same(said, "expanded", "textbook") / total,
        f"identical_constrained/{family}": same(said, "packed/constrained", "plain/constrained") / total,
        f"different_replies/{family}": len(set(said["textbook"])) / total,
        f"textbook_seconds/{family}": laps.least("textbook"),
        f"packed_seconds/{family}": laps.least("packed"),
    }


def same(said: dict[str, list[str]], one: str, other: str) -> int:
    """How many replies are equal, letter for letter."""
    return sum(first == second for first, second in zip(said[one], said[other], strict=True))


def _ask(engine: Engine, prompts: Sequence[Prompt], said: dict[str, list[str]], name: str) -> None:
    done = engine.complete(prompts)
    said[name] = [reply.text for completion in done for reply in completion.replies]
