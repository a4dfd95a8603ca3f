"""What passes between the stages of the work loop."""

from __future__ import annotations

from dataclasses import dataclass

from docproc.core.questions import Question, QuestionSet
from docproc.core.types import Page
from docproc.imaging.values import Rendered
from docproc.service.work.asking import Asked
from docproc.store.documents import DocumentRow
from docproc.store.pages import RenderedPage
from docproc.store.results import Outcome
from docproc.store.tasks import Task


@dataclass(frozen=True, slots=True)
class Item:
    """A claimed task with what is known of its page (`stored`), and the questions still to be asked of it.

    `cached` maps the keys of the questions that this engine has answered before to the answers' ids.
    """

    task: Task
    document: DocumentRow
    stored: RenderedPage | None
    asks: tuple[Question, ...]
    cached: dict[str, int]
    fresh: bool = False  # `stored` is not stored yet
    redrawn: bool = False  # the image of `stored` was gone


def stored_page(item: Item, rendered: Rendered, render: str) -> RenderedPage:
    """What the renderer made of an item's page, in the form in which it is stored; what is stored, where the image is
    that one's.
    """
    if item.stored is not None and item.stored.page.image == rendered.image:
        return item.stored
    page = Page(
        document=item.document.sha256,
        number=item.task.number,
        image=rendered.image,
        width=rendered.width,
        height=rendered.height,
        dpi=rendered.dpi,
        layer=rendered.layer,
        layer_trusted=rendered.layer_trusted,
        picture=rendered.picture,
    )
    return RenderedPage(
        page,
        render,
        rendered.renderer,
        rendered.blank,
        rendered.degraded,
        rendered.downscaled,
        tuple(rendered.warnings),
        rendered.packed,
    )


def answered(item: Item, asked: Asked) -> Outcome:
    """How an item's task ended whose questions were answered."""
    rendered = item.stored if item.fresh and item.task.number > 0 else None
    tokens = (asked.tokens_in, asked.tokens_out) if asked.tokens_in else None
    return Outcome(item.task, "answered", rendered, asked.answers, item.cached, asked.readings, tokens=tokens)


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a worker asks: one question set, of one engine."""

    set_id: int
    engine_id: int
    questions: QuestionSet
    question_ids: dict[str, int]  # by question hash
    render: str  # fingerprint of the render settings
    first_choice: str  # the renderer that is tried first
    document_pages: int  # pages that a question about the whole document sees at a time
    lease: float = 60.0
