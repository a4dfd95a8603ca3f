"""VQA v2: questions about photographs, ten answers each (Goyal et al., CVPR 2017)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docproc.core.errors import UsageError
from docproc.sources.gold import GoldItem, GoldQuestion
from docproc.sources.gold.published import by_picture, members, picture, text, wanted

_QUESTIONS = "v2_OpenEnded_mscoco_val2014_questions.json"
_ANNOTATIONS = "v2_mscoco_val2014_annotations.json"
Pair = tuple[dict[str, Any], dict[str, Any], str]


class VqaV2:
    name = "vqav2"
    metrics = ("vqa",)
    wants = (
        f"{_QUESTIONS}, {_ANNOTATIONS}, and the pictures as val2014/COCO_val2014_*.jpg; "
        "from https://visualqa.org/download.html"
    )

    def read(self, folder: Path) -> Iterator[GoldItem]:
        """The photographs, with the questions that stand together; a part per type of answer."""
        questions, annotations = (wanted(folder, (name,), self.wants) for name in (_QUESTIONS, _ANNOTATIONS))
        yield from by_picture(self._questions(questions, annotations, folder))

    def _questions(self, questions: Path, annotations: Path, folder: Path) -> Iterator[tuple[Path, GoldQuestion]]:
        for question, annotation, place in _joined(questions, annotations):
            answers = annotation.get("answers")
            if not isinstance(answers, list) or len(answers) < 2 or not all(isinstance(one, dict) for one in answers):
                raise UsageError(f"{place} has no 'answers' of several people")
            try:
                name = f"COCO_val2014_{int(question['image_id']):012d}.jpg"
            except (KeyError, ValueError, TypeError) as error:
                raise UsageError(f"{place} has no 'image_id' that is a number") from error
            gold = GoldQuestion(
                text(question, "question_id", place),
                text(question, "question", place),
                "string",
                tuple(text(one, "answer", place) for one in answers),
                part=str(annotation.get("answer_type", "")),
            )
            yield picture(folder, ("val2014", "images", "."), name, place), gold


def _joined(questions: Path, annotations: Path) -> Iterator[Pair]:
    """Each question with its annotation, in the order in which pairs are complete; both files are read side by side.

    Both are published in the same order; only what is out of step is kept in memory. Raises UsageError for what has no
    counterpart.
    """
    asked, told = members(questions, "questions"), members(annotations, "annotations")
    waiting: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    while True:
        one, other = next(asked, None), next(told, None)
        if one is None and other is None:
            break
        for side, found in ((0, one), (1, other)):
            if found is not None:
                waiting[side][text(found[0], "question_id", found[1])] = found
        for found in (one, other):
            key = None if found is None else str(found[0]["question_id"])
            if key in waiting[0] and key in waiting[1]:
                (question, place), (annotation, _) = waiting[0].pop(key), waiting[1].pop(key)
                yield question, annotation, place
    for left, file in ((waiting[0], annotations), (waiting[1], questions)):
        if left:
            raise UsageError(f"{file} has nothing for the question {next(iter(left))} ({len(left)} are missing)")


GOLD = VqaV2()
