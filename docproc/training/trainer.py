"""The Trainer of transformers over our batches: the next ones are made while the model is at work on these."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from docproc.core.errors import UsageError
from docproc.engines.qwen.load import Loaded
from docproc.training.adapt import adapted, load_projector, save
from docproc.training.collate import UNTAUGHT, Collator
from docproc.training.recipe import Recipe
from docproc.training.samples import Sample
from docproc.training.told import Step

CHECKPOINTS = "checkpoints"
Group = tuple[list[Any], Any]


class Ahead(Trainer):  # type: ignore[misc]  # the library has no types
    """Opens, cuts and writes the pages of the next step in a thread. Forked children, which the library has for this,
    may not touch a GPU that their parent has; and the work is Pillow's and numpy's, which let other threads run.
    """

    recipe: Recipe
    _coming: tuple[Iterator[Any], Future[Group]] | None = None
    _pool: ThreadPoolExecutor | None = None

    def train(self, *given: Any, **named: Any) -> Any:
        with ThreadPoolExecutor(1) as self._pool:
            try:
                return super().train(*given, **named)
            finally:
                self._coming = None

    def get_batch_samples(self, epoch_iterator: Iterator[Any], num_batches: int, device: torch.device) -> Group:
        make = super().get_batch_samples
        if self._pool is None:
            found: Group = make(epoch_iterator, num_batches, device)
            return found
        if self._coming is not None and self._coming[0] is epoch_iterator:
            found = self._coming[1].result()
        else:
            found = make(epoch_iterator, num_batches, device)
        # Near the end of an epoch it gets fewer than it asks for, as many as there are.
        self._coming = epoch_iterator, self._pool.submit(make, epoch_iterator, num_batches, device)
        return found

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The mean loss of a token of a step, however its tokens are spread over batches.

        Only where something is learnt are there logits: of a page's thousands of tokens, each with a hundred thousand
        of them, that is some hundreds.
        """
        taught = inputs["labels"][:, 1:]
        given = {name: value for name, value in inputs.items() if name != "labels"}
        kept = (taught != UNTAUGHT).any(0).nonzero().squeeze(-1)
        outputs = model(**given, logits_to_keep=kept)
        following = taught[:, kept]
        chosen = following != UNTAUGHT
        loss = cross_entropy(outputs.logits[chosen].float(), following[chosen], reduction="sum")
        loss = loss / (len(following[chosen]) if num_items_in_batch is None else num_items_in_batch)
        return (loss, outputs) if return_outputs else loss

    def floating_point_ops(self, _inputs: Any) -> int:
        """Nobody reads it, and to count goes through all weights for each batch."""
        return 0

    def _save(self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None) -> None:
        if self.recipe.stage != "projector" or output_dir is None:
            super()._save(output_dir, state_dict)
            return
        Path(output_dir).mkdir(parents=True, exist_ok=True)  # the library would write the whole model
        save(self.model, self.recipe, Path(output_dir))

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        if self.recipe.stage != "projector":
            super()._load_from_checkpoint(resume_from_checkpoint, model)
            return
        load_projector(model or self.model, Path(resume_from_checkpoint))


def trainer_of(
    recipe: Recipe,
    loaded: Loaded,
    collator: Collator,
    splits: tuple[Sequence[Sample], Sequence[Sample]],
    out: Path,
) -> Trainer:
    """The Trainer, ready to go."""
    model = adapted(loaded.net.model, recipe)
    taught, held = (collator.units(split) for split in splits)
    arguments = _arguments(recipe, loaded, bool(held), out)
    trainer = Ahead(
        model=model, args=arguments, data_collator=collator, train_dataset=list(taught), eval_dataset=list(held) or None
    )
    trainer.recipe = recipe
    trainer.model_accepts_loss_kwargs = True  # tokens are counted for `compute_loss`, which divides by them
    trainer.remove_callback(PrinterCallback)
    return trainer


def _arguments(recipe: Recipe, loaded: Loaded, held: bool, out: Path) -> Any:
    device, dtype = loaded.net.device, loaded.net.dtype
    gpu = device.type == "cuda"
    arguments = TrainingArguments(
        output_dir=str(out / CHECKPOINTS),
        per_device_train_batch_size=recipe.batch,
        per_device_eval_batch_size=recipe.batch,
        gradient_accumulation_steps=recipe.accumulation,
        learning_rate=recipe.rate,
        lr_scheduler_type="cosine",
        warmup_steps=recipe.warmup,
        num_train_epochs=recipe.epochs,
        max_steps=recipe.steps or -1,
        max_grad_norm=recipe.clip,
        # What is trained is of 32 bits; what goes through it is of as many as the model has.
        bf16=dtype == torch.bfloat16,
        fp16=dtype == torch.float16,
        use_cpu=device.type == "cpu",
        **(recomputed() if gpu else {}),
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_steps=recipe.checkpoint,
        save_total_limit=2,
        eval_strategy="epoch" if held else "no",
        seed=recipe.seed,
        data_seed=recipe.seed,
        remove_unused_columns=False,
        label_names=["labels"],
        prediction_loss_only=True,
        report_to=[],
        disable_tqdm=True,
        log_level="error",
    )
    if arguments.device.type == "cuda":
        arguments._n_gpu = 1  # the model is on one; the library would spread rows over all, which ours do not allow
    return arguments


def recomputed() -> dict[str, Any]:
    """Activations are computed again on the way back, which lets pages of thousands of tokens fit; by the name that
    this version of transformers has for it.
    """
    new = "activation_checkpointing" in TrainingArguments.__dataclass_fields__
    name = "activation_checkpointing" if new else "gradient_checkpointing"
    return {name: True, f"{name}_kwargs": {"use_reentrant": False}}


class Progress(TrainerCallback):  # type: ignore[misc]  # the library has no types
    """Tells of each report, and lets the run end with a checkpoint once `stop` says so.

    Time left goes by the steps done here, not by those before a resume. Raises UsageError for a loss that is no number.
    """

    def __init__(self, tell: Callable[[Step], None], stop: Callable[[], bool]) -> None:
        self._tell, self._stop, self._began, self._first = tell, stop, time.monotonic(), 0

    def on_train_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        self._began, self._first = time.monotonic(), int(state.global_step)

    def on_step_end(self, _args: Any, _state: Any, control: Any, **_: Any) -> None:
        if self._stop():
            control.should_save = control.should_training_stop = True

    def on_log(self, _args: Any, state: Any, _control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        told = logs or {}
        if not {"loss", "eval_loss"} & told.keys():
            return
        seconds = time.monotonic() - self._began
        done = state.global_step - self._first
        left = seconds / done * (state.max_steps - state.global_step) if done else None
        loss = told.get("loss")
        if loss is not None and not math.isfinite(loss):
            raise UsageError(
                f"the loss is no number any more at step {state.global_step}: the learning rate is too high for this "
                "model, or float16 too narrow; try a lower --rate, or --dtype bfloat16, with another --out"
            )
        self._tell(
            Step(
                int(state.global_step),
                int(state.max_steps),
                float(state.epoch or 0),
                loss,
                told.get("eval_loss"),
                told.get("learning_rate"),
                seconds,
                left,
            )
        )
