"""From reviews to an adapter, and whether it is better: dataset, training, both asked of pages held out, compared.

Each step leaves its result in the work folder, and is not done again by the next call.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from docproc.core.answers import read
from docproc.core.errors import NotFound, PageFailed, UsageError
from docproc.core.questions import Question, QuestionSet
from docproc.core.types import Answer, Page, Prompt, Reply
from docproc.engines import create_engine
from docproc.imaging.store import ImageStore
from docproc.service.dataset.export import Options, export
from docproc.service.dataset.split import Split
from docproc.service.eval.compare import compare
from docproc.service.eval.judge import Gold, Said, judge
from docproc.service.eval.scored import RESULTS, Scored, write
from docproc.service.parts import Parts
from docproc.service.train import Recipe, Step, Trained, switched_on, train
from docproc.service.work.asking import Asker
from docproc.store import documents, pages, reviews
from docproc.training.samples import IMAGES, Sample, samples

ENGINE = "qwen"
# Fewer held-out pages say nothing: with five questions each and half of them right, 10 pages leave 14 points open.
FEWEST_TAUGHT, FEWEST_HELD = 20, 10
REPLAYED = 3  # pages that nobody reviewed for each that is learnt from: so many kept what a small model knew
DATASET, ADAPTER, BEFORE, AFTER, COMPARED = "dataset", "adapter", "before", "after", "compared.json"
SPLIT = Split(70, 0, 30)
_TOGETHER = 16  # pages that are asked at a time


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be improved. `own` are the engine's settings; `replay` None: `REPLAYED` pages for each reviewed one.

    `again`: what an earlier call left in the folder is thrown away.
    """

    set_name: str
    folder: Path
    recipe: Recipe
    own: Mapping[str, str]
    replay: int | None = None
    split: Split = SPLIT
    again: bool = False


@dataclass(frozen=True, slots=True)
class Improved:
    """What came of it: `compared` as `docproc eval compare` tells it, a verdict, and how to switch the adapter on.

    None where training was stopped.
    """

    verdict: str = ""
    better: bool = False
    compared: Mapping[str, Any] | None = None
    switch: list[str] = field(default_factory=list)
    trained: Trained | None = None


def improve(
    parts: Parts, plan: Plan, say: Callable[[str], None], tell: Callable[[Step], None], stop: Callable[[], bool]
) -> Improved:
    """Do what is left to be done. `say` hears which step is next, `tell` each step of training.

    Raises UsageError where too little was reviewed, or another plan is in the folder; what `train` raises.
    """
    _claim(plan)
    asked = _set(parts, plan.set_name)
    manifest = _dataset(parts, plan, say)
    counts = manifest["splits"]
    taught, held = (counts.get(split, {}).get("conversations", 0) for split in ("train", "test"))
    say(f"training with {taught} pages; {held} pages are held out")
    adapter = plan.folder / ADAPTER
    done = train(plan.recipe, plan.folder / DATASET, adapter, tell, stop)
    if not done.whole:
        return Improved(trained=done)
    switch = switched_on(plan.recipe, adapter)
    told = dict(line.removeprefix("export DOCPROC_QWEN_").split("=", 1) for line in switch)
    after = {**plan.own, **{name.lower(): text for name, text in told.items()}}
    for name, settings in ((BEFORE, plan.own), (AFTER, after)):
        _examine(parts, plan, asked, (name, settings), say)
    compared = compare(plan.folder / BEFORE, plan.folder / AFTER)
    _put(plan.folder / COMPARED, json.dumps(compared, ensure_ascii=False, indent=1) + "\n")
    better, verdict = judged(compared, held)
    return Improved(verdict, better, compared, switch, done)


def judged(compared: Mapping[str, Any], held: int) -> tuple[bool, str]:
    """Whether the adapter is better, and a sentence for people."""
    every = compared["all"]
    said = (
        f"{100 * every['before']:.1f} % of {every['answers']} answers on {held} held-out pages were right, now "
        f"{100 * every['after']:.1f} % ({points(every)})"
    )
    worse = [name for name, one in compared["questions"].items() if one["significant"] and one["gain"] < 0]
    lost = f"; but worse at {', '.join(worse)}" if worse else ""
    if every["significant"] and every["gain"] > 0:
        return True, f"the adapter is better: {said}{lost}"
    if every["significant"]:
        return False, f"the adapter is worse: {said}; do not switch it on. A lower --rate or fewer --epochs may help"
    return False, f"no clear difference: {said}{lost}. More reviewed pages would tell, and teach, more"


def points(figures: Mapping[str, Any]) -> str:
    """A gain with its interval, in points."""
    gain, low, high = (100 * figures[name] for name in ("gain", "low", "high"))
    return f"{gain:+.1f} points, 95 % sure of {low:+.1f} to {high:+.1f}"


def _claim(plan: Plan) -> None:
    """Make the folder this plan's. Raises UsageError where it is another's."""
    if plan.again and (plan.folder / "plan.json").exists():
        shutil.rmtree(plan.folder)
    plan.folder.mkdir(parents=True, exist_ok=True)
    mine = json.dumps({"set": plan.set_name, "replay": plan.replay, "split": str(plan.split)})
    kept = plan.folder / "plan.json"
    if kept.exists() and kept.read_text("utf-8") != mine:
        raise UsageError(
            f"{plan.folder} holds another plan; name another folder with --out, or begin anew with --again"
        )
    if not kept.exists():
        if any(plan.folder.iterdir()):
            raise UsageError(f"{plan.folder} is not empty; name another folder with --out")
        _put(kept, mine)


def _set(parts: Parts, name: str) -> QuestionSet:
    with parts.database.read() as conn:
        found = reviews.newest_set(conn, name)
    if found is None:
        raise NotFound(f"no document was asked a question set {name!r}; `docproc run` asks")
    return found


def _dataset(parts: Parts, plan: Plan, say: Callable[[str], None]) -> dict[str, Any]:
    """The manifest of the dataset. Raises UsageError where too little was reviewed."""
    folder = plan.folder / DATASET
    if (folder / "manifest.json").exists():
        found: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
        return found
    say("collecting what was reviewed")
    wanted = Options(plan.set_name, split=plan.split, replace=True)
    draft = plan.folder / "reviewed"
    counts = export(parts, wanted, draft).manifest["splits"]
    taught, held = (counts.get(split, {}).get("conversations", 0) for split in ("train", "test"))
    if taught < FEWEST_TAUGHT or held < FEWEST_HELD:
        parts_of = plan.split.train + plan.split.validation + plan.split.test
        needed = max(
            FEWEST_TAUGHT * parts_of / max(1, plan.split.train), FEWEST_HELD * parts_of / max(1, plan.split.test)
        )
        raise UsageError(
            f"{plan.set_name}: {taught} reviewed pages to learn from and {held} to examine with are too few: "
            f"{FEWEST_TAUGHT} and {FEWEST_HELD} are needed, which about {1.2 * needed:.0f} reviewed documents give; "
            "review more on the review page of `docproc serve`"
        )
    replay = REPLAYED * taught if plan.replay is None else plan.replay
    manifest = export(parts, replace(wanted, replay=replay), folder).manifest
    shutil.rmtree(draft)
    return manifest


def _examine(
    parts: Parts, plan: Plan, asked: QuestionSet, way: tuple[str, Mapping[str, str]], say: Callable[[str], None]
) -> None:
    """Ask an engine of the held-out pages, and judge what it says, once."""
    name, settings = way
    folder = plan.folder / name
    if (folder / RESULTS).exists():
        return
    held = samples(plan.folder / DATASET, "test")
    say(f"asking {len(held)} held-out pages {'with the adapter' if name == AFTER else 'as it is now'}")
    folder.mkdir(exist_ok=True)
    partial = folder / f"{RESULTS}.part"
    with ExitStack() as stack, partial.open("w", encoding="utf-8") as file:
        engine = create_engine(ENGINE, dict(settings), ImageStore(plan.folder / DATASET / IMAGES))
        stack.callback(engine.close)
        asker = Asker(engine)
        for first in range(0, len(held), _TOGETHER):
            for _ in write(_scored(parts, asker, asked, held[first : first + _TOGETHER]), file):
                pass
    partial.replace(folder / RESULTS)


def _scored(parts: Parts, asker: Asker, asked: QuestionSet, held: list[Sample]) -> Iterator[Scored]:
    """The judged answers of some pages; one that failed has none that is right."""
    known = {question.key: question for question in asked.questions}
    prompts, golds = [], []
    for sample in held:
        taught = [(known[key], turn.said) for key, turn in zip(sample.keys, sample.turns, strict=True) if key in known]
        prompts.append(Prompt((_page(parts, sample),), tuple(question for question, _ in taught)))
        golds.append(taught)
    for prompt, taught, said in zip(prompts, golds, asker.ask(prompts), strict=True):
        page = prompt.pages[0]
        for number, (question, right) in enumerate(taught):
            told = Said("unreadable") if isinstance(said, PageFailed) else _of(said.answers[number])
            yield _row(asker, asked, page, (question, right), told)


def _of(answer: Answer) -> Said:
    return Said(answer.status, answer.value)


def _row(asker: Asker, asked: QuestionSet, page: Page, taught: tuple[Question, str], said: Said) -> Scored:
    question, right = taught
    gold = read(question, Reply(right), page.number).value
    accepted = () if gold is None else (gold,)
    verdict = judge(question.kind, said, Gold(accepted))
    return Scored(
        id=f"{page.document}/{page.number}/{asked.name}.{question.key}",
        document=page.document,
        page=page.number,
        key=question.key,
        kind=question.kind,
        engine=asker.engine.fingerprint,
        set=asked.name,
        version=asked.version,
        status=said.status,
        said=said.value,
        gold=accepted,
        right=verdict.right,
        scores=verdict.scores,
    )


def _page(parts: Parts, sample: Sample) -> Page:
    """The page as the product would ask of it: with its words, where they were read. Raises NotFound."""
    with parts.database.read() as conn:
        document = documents.find(conn, sample.document)
        stored = pages.stored(conn, document.id, sample.page) if document else None
    if stored is None:
        raise NotFound(f"page {sample.page} of {sample.document[:12]} is not here any more; begin anew with --again")
    return replace(stored.page, image=sample.image)


def _put(path: Path, text: str) -> None:
    partial = path.with_suffix(".part")
    partial.write_text(text, "utf-8")
    partial.replace(path)
