"""The words by which a user's own question can be found on a page: its labels, its key, the nouns of its sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass

from docproc.core.questions import Question
from docproc.engines.ocr.labels import Lexicon, key_of, lexicon_of

# What opens a question before its subject begins, in the languages of the built-in sets.
_OPENING = re.compile(
    r"(?i)^(?:(?:please|bitte)\s+)?(?:what|which|who|whom|when|where|how many|how much|how|on (?:which|what) \w+|"
    r"by (?:which|what) \w+|in (?:which|what)|at (?:which|what)|list|give|name|find|extract|state|is|are|was|were|"
    r"does|do|did|has|have|"
    r"was|wie|welche[rsn]?|wer|wann|wo|ist|sind|nenne|gib|quel(?:le)?s?|qui|quand|combien|cu[aá]l(?:es)?|qui[eé]n|"
    r"cu[aá]ndo|cu[aá]nto|"
    r"qual[ei]?|quando|quanto|wat|welke|wanneer|hoeveel|lautet|hei(?:ß|ss)t)\b"
)
_FILLERS = """
    the a an is are was were be been of this that document page invoice form letter it its there any all every
    each do does did has have had in on at by for to from which what who whom when where how as and or with
    given stated printed shown der die das des dem den ein eine einer eines ist sind war im in am auf von zu
    für dokument seite wird wurde le la les l de des du un une est sont dans sur el los las del un una es son
    en il lo gli i di della è sono nel het een van op
"""
_FILLER = frozenset(_FILLERS.split())
# Words too common on any page to announce a value by themselves.
_COMMON = """
    name number date value amount text type list items item total code id nummer datum betrag nom numero nombre fecha
"""
_WEAK = frozenset(_COMMON.split())


@dataclass(frozen=True)
class Words:
    """The phrases of a question, with weights in (0, 1], as a lexicon whose one field is called `question`."""

    lexicon: Lexicon
    phrases: tuple[str, ...]


def words_of(question: Question) -> Words:
    """Labels count most, then the key, then the sentence's subject and its parts."""
    groups: dict[float, list[str]] = {1.0: list(question.labels)}
    key = re.sub(r"[_\W]+", " ", question.key).strip()
    groups[0.55 if key in _WEAK else 0.9] = [key]
    for weight, phrase in _of_sentence(question.ask):
        groups.setdefault(weight * (0.8 if question.labels else 1.0), []).append(phrase)
    fields: dict[str, dict[float, str]] = {"question": {}}
    seen: set[str] = set()
    for weight in sorted(groups, reverse=True):
        fresh = [phrase for phrase in groups[weight] if key_of(phrase) and key_of(phrase) not in seen]
        seen.update(key_of(phrase) for phrase in fresh)
        if fresh:
            fields["question"][weight] = "|".join(phrase.replace("|", " ") for phrase in fresh)
    return Words(lexicon_of(fields), (*question.labels, key))


def _of_sentence(ask: str) -> list[tuple[float, str]]:
    """Runs of telling words of the first sentence, the longer the heavier."""
    sentence = re.split(r"[?.!]", ask, maxsplit=1)[0]
    words = [word.strip(" ,;:()\"'") for word in _OPENING.sub("", sentence.strip()).split()]
    runs: list[list[str]] = [[]]
    for word in words:
        if word.lower() in _FILLER or not word:
            # "date of birth" is one label: a lone "of" inside is kept.
            if word.lower() in ("of", "de", "di", "van", "der") and runs[-1]:
                runs[-1].append(word)
            elif runs[-1]:
                runs.append([])
        else:
            runs[-1].append(word)
    found = []
    for place, run in enumerate(run for run in runs if run):
        while run and run[-1].lower() in _FILLER:
            run.pop()
        for start in range(len(run)):
            for end in range(len(run), start, -1):
                part = run[start:end]
                if part[0].lower() in _FILLER or part[-1].lower() in _FILLER:
                    continue
                lone = len(part) == 1 and (part[0].lower() in _WEAK or len(part[0]) < 4)
                weight = 0.3 if lone else 0.75 - 0.12 * (len(run) - len(part)) - 0.15 * place
                if weight >= 0.25:
                    found.append((round(weight, 2), " ".join(part)))
    return found
