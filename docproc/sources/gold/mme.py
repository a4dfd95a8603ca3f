"""MME: fourteen subtasks of yes-or-no questions, two a picture, one of each answer (Fu et al., 2023)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docproc.core.errors import UsageError
from docproc.sources.gold import GoldItem, GoldQuestion
from docproc.sources.gold.published import beside, wanted, whole

PERCEPTION = (
    "existence", "count", "position", "color", "posters", "celebrity", "scene", "landmark", "artwork", "OCR",
)  # fmt: skip
COGNITION = ("commonsense_reasoning", "numerical_calculation", "text_translation", "code_reasoning")
_QUESTIONS, _IMAGES = "questions_answers_YN", "images"


class Mme:
    """A subtask is a folder of pictures, and texts named like them; or one with `images` and `questions_answers_YN`."""

    name = "mme"
    metrics = ("yes_no",)
    wants = (
        "the subtasks' folders (existence, count, …) of MME_Benchmark_release_version, with pictures and *.txt; "
        "its authors send it on request: https://github.com/BradyFU/Awesome-Multimodal-Large-Language-Models"
    )

    def read(self, folder: Path) -> Iterator[GoldItem]:
        """The pictures of every subtask that is there."""
        within = folder / "MME_Benchmark_release_version"
        root = within if within.is_dir() else folder
        names = (*PERCEPTION, *COGNITION)
        wanted(root, names, self.wants)
        for name in names:
            if (root / name).is_dir():
                yield from self._subtask(name, root / name)

    def _subtask(self, part: str, folder: Path) -> Iterator[GoldItem]:
        questions = folder / _QUESTIONS if (folder / _QUESTIONS).is_dir() else folder
        images = folder / _IMAGES if (folder / _IMAGES).is_dir() else folder
        found = sorted(questions.glob("*.txt"))
        if not found:
            raise UsageError(f"{questions} has no *.txt with questions. Wanted there: {self.wants}")
        for file in found:
            picture = f"{part}/{file.stem}"
            asked = tuple(_questions(file, part, picture))
            if len(asked) != 2:
                raise UsageError(f"{file} has {len(asked)} questions; MME has two a picture")
            yield GoldItem(picture, beside(images, file.stem), None, 1, asked)


def _questions(file: Path, part: str, picture: str) -> Iterator[GoldQuestion]:
    try:
        told = whole(file).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is damaged: {error}") from error
    for number, line in enumerate((one for one in told if one.strip()), 1):
        asked, _, answer = line.rpartition("\t")
        if not asked.strip() or answer.strip().lower() not in ("yes", "no"):
            raise UsageError(f"{file}, question {number}: not a question, a tab, and Yes or No")
        yield GoldQuestion(
            f"{picture}/{number}", asked.strip(), "boolean", (answer.strip().lower(),), group=picture, part=part
        )


GOLD = Mme()
