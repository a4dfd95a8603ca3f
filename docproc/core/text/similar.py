"""How alike two texts are."""

from __future__ import annotations


def distance(a: str, b: str) -> int:
    """The edit (Levenshtein) distance of two texts, by Myers' bit vectors (J. ACM 46(3), 1999) on long integers."""
    if a == b:
        return 0
    if not a or not b:
        return len(a) or len(b)
    places: dict[str, int] = {}
    for index, char in enumerate(a):
        places[char] = places.get(char, 0) | 1 << index
    full, last = (1 << len(a)) - 1, 1 << (len(a) - 1)
    plus, minus, score = full, 0, len(a)
    for char in b:
        here = places.get(char, 0)
        vertical = here | minus
        diagonal = (((here & plus) + plus) ^ plus) | here
        up, down = minus | ~(diagonal | plus), plus & diagonal
        if up & last:
            score += 1
        elif down & last:
            score -= 1
        up, down = up << 1 | 1, down << 1
        plus, minus = (down | ~(vertical | up)) & full, up & vertical
    return score


def similarity(a: str, b: str) -> float:
    """1 minus the edit distance over the longer length, in [0, 1]; two empty texts are alike."""
    longest = max(len(a), len(b))
    return 1.0 - distance(a, b) / longest if longest else 1.0


def anls(predicted: str, gold: str) -> float:
    """Normalised Levenshtein similarity, 0 below 0.5 (ANLS, Biten et al., ICCV 2019), case and space aside."""
    score = similarity(" ".join(predicted.casefold().split()), " ".join(gold.casefold().split()))
    return score if score >= 0.5 else 0.0


def f1(right: float, predicted: float, gold: float) -> float:
    """F1 of `right` hits among `predicted` and `gold` things; 1 where there is nothing to find and nothing was said."""
    return 2 * right / (predicted + gold) if predicted + gold else 1.0
