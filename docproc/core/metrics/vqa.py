"""VQA accuracy against ten annotators, the metric of VQA v2 and TextVQA."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_WORDS = {"none": "0", **{word: str(number) for number, word in enumerate(_NUMBERS)}}
_ARTICLES = {"a", "an", "the"}
_APOSTROPHES = """
ain't aren't can't could've couldn't didn't doesn't don't hadn't hasn't haven't he'd he's how'd how'll how's isn't it'd
it'll let's ma'am mightn't might've mustn't must've needn't o'clock oughtn't shan't she's should've shouldn't somebody's
someone's something's that's there'd there're there's they'd they'll they're they've wasn't we've weren't what'll
what're what's what've when's where'd where's where've who'd who'll who's who've why'll why're why's won't would've
wouldn't y'all you'd you'll you're you've
"""
_CONTRACTIONS = {word.replace("'", ""): word for word in _APOSTROPHES.split()}
_MARKS = ';/[]"{}()=+\\_-><@`,?!'
_COMMA_IN_NUMBER = re.compile(r"\d,\d")
_FULL_STOP = re.compile(r"\.(?!\d)")  # one with a digit behind it is a decimal point


def vqa_accuracy(said: str, annotators: Sequence[str]) -> float:
    """In [0, 1]: the mean, over each annotator left out, of min(1, others who said the same / 3).

    Antol et al., ICCV 2015, with the normalisation of the official evaluation: letter case, punctuation, articles,
    number words and apostrophes of contractions do not count. Where all annotators agree, answers are compared as they
    are written, as it does. Raises ValueError for less than two annotators.
    """
    if len(annotators) < 2:
        raise ValueError("VQA accuracy takes the answers of several annotators, usually ten")
    told, answers = _one_line(said), [_one_line(answer) for answer in annotators]
    if len(set(answers)) > 1:
        told, answers = normalised(told), [normalised(answer) for answer in answers]
    elif told not in answers:  # "Yes." of all annotators' "yes": the official evaluation normalises what was said
        told = normalised(told)
    same = sum(answer == told for answer in answers)
    scores = [min(1.0, (same - (answer == told)) / 3) for answer in answers]
    return sum(scores) / len(scores)


def normalised(text: str) -> str:
    """An answer as it is compared."""
    words = [_WORDS.get(word, word) for word in _without_marks(text.lower()).split()]
    return " ".join(_CONTRACTIONS.get(word, word) for word in words if word not in _ARTICLES)


def _without_marks(text: str) -> str:
    kept = text
    drop_all = _COMMA_IN_NUMBER.search(text) is not None
    for mark in _MARKS:
        beside_space = f"{mark} " in text or f" {mark}" in text
        kept = kept.replace(mark, "" if beside_space or drop_all else " ")
    return _FULL_STOP.sub("", kept)


def _one_line(text: str) -> str:
    return text.replace("\n", " ").replace("\t", " ").strip()
