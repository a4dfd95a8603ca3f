"""LoRA training against a bare Trainer loop over batches made beforehand, and what one page for all its turns gains."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.support import Figures, Options, Say
from benchmarks.support.models import ASKS, by_turns, lacking, scanned
from docproc.core.prompts import SYSTEM, question_text
from docproc.imaging.store import ImageStore

OPTIONS = {"pages": 2, "rounds": 3, "threads": 1}
TILES = {"tiles": "tiles", "overview_tokens": "110", "tile": "320", "grids": "2x3"}


def run(say: Say, options: Options) -> Figures:
    if lacks := lacking():
        return {"missing": f"not installed: {', '.join(lacks)} (./do setup lora)"}
    import torch

    from docproc.training.recipe import Recipe
    from docproc.training.run import opened
    from docproc.training.samples import samples
    from tests.models.small import MILLIONS_38, build

    torch.set_num_threads(options["threads"])
    with TemporaryDirectory() as name:
        folder = Path(name)
        dataset = written(folder / "dataset", options["pages"])
        model = build(folder / "model", "qwen3_vl", base=MILLIONS_38)
        recipe = Recipe(str(model), device="cpu", threads=options["threads"], accumulation=1, rate=1e-4, tiles=TILES)
        taught = samples(dataset, "train")
        loaded, collator = opened(recipe, dataset)
        alone = opened(replace(recipe, shared=False), dataset)[1]
        ready = [collator([sample]) for sample in taught]
        units = [collator.units([sample])[0] for sample in taught]
        tokens = int(sum(batch["input_ids"].numel() for batch in ready))
        say(f"{len(taught)} pages of {len(ASKS)} turns, {tokens // len(taught)} tokens a page")
        ways: dict[str, Any] = {
            "docproc": ours(recipe, loaded, collator, units, folder / "ours"),
            "bare": bare(loaded, ready, folder / "bare"),
            "apart": ours(recipe, loaded, alone, alone.units(taught), folder / "apart"),
        }
        ways["bare"]()  # the first pass of all is slower than any after it
        laps = by_turns(say, options["rounds"], ways)
    return {
        "ratio_to_bare": laps.ratio("bare", "docproc"),
        "packing_gain": laps.ratio("apart", "docproc"),
        "pages_per_second": round(len(taught) / laps.least("docproc"), 3),
        "tokens_per_second": round(tokens / laps.least("docproc")),
    }


def written(folder: Path, count: int) -> Path:
    """A dataset folder of scans with eight questions each."""
    store = ImageStore(folder / "images")
    (folder / "scans").mkdir(parents=True)
    pages = scanned(folder / "scans", store, count)
    with (folder / "train.jsonl").open("w", encoding="utf-8") as file:
        for page in pages:
            told: list[dict[str, Any]] = [{"role": "system", "content": SYSTEM}]
            for number, ask in enumerate(ASKS):
                shown = [] if number else [{"type": "image", "image": f"images/{page.image}"}]
                told.append({"role": "user", "content": [*shown, {"type": "text", "text": question_text(ask)}]})
                told.append({"role": "assistant", "content": '{"value":"Harbour & Sons Ltd"}'})
            file.write(json.dumps({"messages": told, "docproc": {"independent": True}}) + "\n")
    return folder


def ours(recipe: Any, loaded: Any, collator: Any, units: list[Any], out: Path) -> Any:
    """One epoch as `docproc train` does it: images opened, cut and written into batches on the way."""
    from docproc.training.trainer import trainer_of

    def go() -> None:
        made = replace(recipe, steps=len(units), checkpoint=10**6)
        trainer = trainer_of(made, fresh(loaded), collator, (units, ()), out)
        trainer.train()

    return go


def bare(loaded: Any, ready: list[Any], out: Path) -> Any:
    """One epoch of the stock Trainer over the same batches, which are there already."""
    from transformers import PrinterCallback, Trainer, TrainingArguments

    from docproc.training.adapt import adapted
    from docproc.training.recipe import Recipe

    def go() -> None:
        arguments = TrainingArguments(
            output_dir=str(out),
            per_device_train_batch_size=1,
            max_steps=len(ready),
            learning_rate=1e-4,
            use_cpu=True,
            save_strategy="no",
            logging_strategy="no",
            report_to=[],
            disable_tqdm=True,
            remove_unused_columns=False,
            log_level="error",
        )
        trainer = Trainer(
            adapted(fresh(loaded).net.model, Recipe("")),
            arguments,
            data_collator=lambda one: one[0],
            train_dataset=ready,
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()

    return go


def fresh(loaded: Any) -> Any:
    """The same model without an adapter of an earlier round."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    model = loaded.net.model
    for name, module in list(model.named_modules()):
        if isinstance(module, BaseTunerLayer):
            parent = model.get_submodule(name.rpartition(".")[0])
            setattr(parent, name.rpartition(".")[2], module.get_base_layer())
    if hasattr(model, "peft_config"):
        del model.peft_config
    return loaded
