"""How likely an answer is right, out of everything that is known of it.

Without a calibration:

* an engine that tells its own confidence and no log-probabilities (`ocr`) is taken at its word;
* a reply that names a confidence itself, from an engine that tells nothing, likewise;
* else the signals are fused: sigmoid(0 + sum of weight times feature), with the weights `PRIOR`. They are set by hand,
  not learnt: a greedy reply of probability 0.99 whose value stands on the page comes to 0.96, one that stands nowhere
  on it to 0.4; a hesitant one (0.8, with one token at 0.3) to 0.75 and 0.07; where nothing is known at all it is 0.5.
  Log-probabilities alone separate right from wrong weakly; evidence is what a model cannot make up.

`docproc calibrate` learns from labelled answers what an engine's signals are worth, and takes the place of all this.
An answer that is neither a value nor "absent" has nothing to be confident of: 0.
"""

from __future__ import annotations

from math import exp, isfinite, isnan, log

from docproc.core.answers import UNTOLD_CONFIDENCE
from docproc.core.calibration import Calibration, Features
from docproc.core.seek import CONCLUDED
from docproc.core.types import Answer

# Weights of the features without a calibration, by the names in `calibration.FEATURES`.
PRIOR = {
    "sure": 6.0,
    "least": 1.5,
    "exact": 2.2,
    "close": 1.1,
    "nowhere": -1.5,
    "agreement": 1.0,
    "steps": -0.6,
}
# Log-odds beyond this (0.999) are not told apart: nobody labels a thousand answers to see the one that is wrong.
MOST = 7.0
LONG = ("text", "list", "dates", "table", "tables")
MOST_STEPS = 3


def confidence(answer: Answer, calibration: Calibration | None) -> float:
    """The probability in [0, 1] that the answer is right; 0 for one that is neither "ok" nor "absent"."""
    if answer.status not in ("ok", "absent"):
        return 0.0
    if calibration is not None:
        return calibration.probability(features(answer))
    signals = answer.signals
    if signals.said is None and signals.logprob is None and answer.confidence != UNTOLD_CONFIDENCE:
        return answer.confidence
    return fused(answer)


def fused(answer: Answer) -> float:
    """The confidence in [0, 1] without a calibration, from the answer's signals alone."""
    said = answer.signals.said
    if said is not None and answer.signals.logprob is None:
        return min(1.0, max(0.0, said)) if isfinite(said) else UNTOLD_CONFIDENCE
    known = _known(answer)
    return _sigmoid(sum(weight * known[name] for name, weight in PRIOR.items()))


def features(answer: Answer) -> Features:
    """What a calibration is told of an answer, in the order of `calibration.FEATURES`."""
    known = _known(answer)
    return (
        _log_odds(fused(answer)),
        known["sure"],
        known["least"],
        known["exact"],
        known["close"],
        known["nowhere"],
        known["agreement"],
        known["steps"],
        float(answer.status == "absent"),
        float(answer.question.kind in LONG),
        float(answer.question.kind in CONCLUDED),
    )


def _known(answer: Answer) -> dict[str, float]:
    """The signals as bounded numbers; 0 stands for what is not known."""
    signals = answer.signals
    found = answer.status == "ok" and answer.evidence in ("exact", "close")
    return {
        "sure": 0.0 if signals.logprob is None else _probability(signals.logprob) - 0.9,
        "least": 0.0 if signals.least is None else _probability(signals.least) - 0.6,
        "exact": float(found and answer.evidence == "exact"),
        "close": float(found and answer.evidence == "close"),
        "nowhere": float(answer.status == "ok" and signals.looked and not found),
        "agreement": 0.0 if signals.agreement is None else 2 * min(1.0, max(0.0, signals.agreement)) - 1,
        "steps": min(len(answer.steps), MOST_STEPS) / MOST_STEPS,
    }


def _probability(logprob: float) -> float:
    return 0.0 if isnan(logprob) else exp(min(0.0, logprob))


def _sigmoid(log_odds: float) -> float:
    return 1.0 / (1.0 + exp(-log_odds)) if log_odds >= 0 else exp(log_odds) / (1.0 + exp(log_odds))


def _log_odds(probability: float) -> float:
    if not 0.0 < probability < 1.0:
        return MOST if probability >= 1.0 else -MOST
    return min(MOST, max(-MOST, log(probability / (1.0 - probability))))
