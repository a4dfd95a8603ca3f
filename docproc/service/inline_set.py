"""A question set that comes with a job instead of being named."""

from __future__ import annotations

from typing import Any

from docproc import questionsets
from docproc.core.errors import QuestionSetError
from docproc.core.questions import QuestionSet
from docproc.service.authoring import check_source, from_object
from docproc.service.parts import Parts
from docproc.service.questions import every_set

_ORIGIN = "question_set"


def inline_set(parts: Parts, given: str | dict[str, Any]) -> QuestionSet:
    """The set that a text (YAML, JSON) or a JSON object describes. Raises QuestionSetError with all its faults.

    It is kept with the job, as a set of a file is; its name may be that of another set, whose next version it then is.
    """
    checked = check_source(given if isinstance(given, str) else from_object(given))
    if checked.questions is None:
        raise QuestionSetError(_ORIGIN, [fault.told(_ORIGIN) for fault in checked.faults])
    others = [other for other in every_set(parts) if other.name != checked.questions.name]
    clashes = questionsets.view_clashes(checked.questions, {other.name for other in others})
    if clashes:
        raise QuestionSetError(_ORIGIN, [f"{_ORIGIN}:1 {clash}" for clash in clashes])
    return checked.questions
