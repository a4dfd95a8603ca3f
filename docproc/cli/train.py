"""docproc train."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

commands = typer.Typer()


@commands.command()
def train(  # noqa: PLR0913, PLR0917 - each option of a command is a parameter
    dataset: Path = typer.Argument(help="A folder that docproc dataset or docproc generate made.", metavar="DATASET"),
    out: Path = typer.Option(..., "--out", metavar="DIR", help="Where the adapter goes; the same one goes on."),
    model: str = typer.Option(None, "--model", metavar="NAME", help="Model or folder; else DOCPROC_QWEN_MODEL."),
    stage: str = typer.Option(None, "--stage", help="instruct (a LoRA adapter) or projector (LLaVA's first stage)."),
    projector: Path = typer.Option(None, "--projector", metavar="DIR", help="A first stage to begin with."),
    begun: Path = typer.Option(None, "--recipe", metavar="FILE", help="An earlier run's recipe.json, or its folder."),
    rank: int = typer.Option(None, "--rank", help="Rank of the adapter; 16."),
    alpha: int = typer.Option(None, "--alpha", help="An update is scaled by alpha / rank; 32."),
    dropout: float = typer.Option(None, "--dropout", help="Share of the adapter's inputs left out; 0.05."),
    targets: str = typer.Option(
        None, "--targets", metavar="NAMES", help="Projections that adapt, with commas; q_proj,k_proj,v_proj,o_proj."
    ),
    rate: float = typer.Option(None, "--rate", help="Highest learning rate; 2e-5."),
    warmup: float = typer.Option(None, "--warmup", help="Share of the steps in which it rises; 0.03."),
    epochs: float = typer.Option(None, "--epochs", help="How often each page is shown; 3."),
    steps: int = typer.Option(None, "--steps", help="Steps instead of epochs; 0: by epochs."),
    batch: int = typer.Option(None, "--batch", help="Pages computed together; 1."),
    accumulation: int = typer.Option(None, "--accumulation", help="Batches of one step; 8."),
    clip: float = typer.Option(None, "--clip", help="Longest gradient; 1."),
    seed: int = typer.Option(None, "--seed", help="Where chance begins; 1."),
    shared: bool = typer.Option(None, "--shared/--apart", help="All turns of a page behind one copy of it, or not."),
    dtype: str = typer.Option(None, "--dtype", help="auto, float32, bfloat16, float16; else the engine's setting."),
    device: str = typer.Option(None, "--device", help="auto, cpu, mps or cuda; else the engine's setting."),
    threads: int = typer.Option(None, "--threads", help="Threads on a CPU; 0: as many as torch likes."),
    checkpoint: int = typer.Option(None, "--checkpoint", help="Steps between two checkpoints; 50."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object per step on standard output."),
) -> None:
    """Fine-tune the qwen engine's model on a dataset folder: a LoRA adapter, which a setting switches on."""
    given = dict(locals())
    options = {name: given.pop(name) for name in ("dataset", "out", "begun", "as_json")}
    given["targets"] = targets and tuple(name.strip() for name in targets.split(",") if name.strip())
    given["projector"] = projector and str(projector.absolute())
    _work(given, **options)


def _work(given: dict[str, Any], dataset: Path, out: Path, begun: Path | None, as_json: bool) -> None:
    from docproc import wiring
    from docproc.cli.training import Display, Stop
    from docproc.service.train import read_recipe, recipe_of, switched_on
    from docproc.service.train import train as work

    recipe = recipe_of(wiring.engine_settings("qwen"), given, read_recipe(begun) if begun else None)
    stop = Stop()
    with Display(as_json) as display:
        done = work(recipe, dataset, out, display.show, stop)
    if not done.whole:
        typer.echo(f"docproc: stopped after step {done.steps}, which is kept; the same command goes on there", err=True)
        raise typer.Exit(130)
    held = "" if done.validation is None else f", {done.validation:.4g} on held-out pages"
    loss = "" if done.loss is None else f"; mean loss {done.loss:.4g}{held}"
    typer.echo(f"docproc: {out}: {done.samples} pages, {done.steps} steps, {done.seconds:.0f} s{loss}", err=True)
    for line in switched_on(recipe, out):
        typer.echo(line, err=True)
