"""Which documents teach and which examine: told by their content alone, so that none ever changes sides."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from docproc.core.errors import UsageError
from docproc.training.samples import SPLITS

_SHARES = re.compile(r"(\d{1,3})/(\d{1,3})/(\d{1,3})")


@dataclass(frozen=True, slots=True)
class Split:
    """Shares of `SPLITS`, in any unit, and the seed that shuffles them.

    A document's place in [0, 1) is a hash of the seed and its SHA-256: other documents do not move it.
    """

    train: int = 80
    validation: int = 10
    test: int = 10
    seed: int = 0

    def of(self, sha256: str) -> str:
        """The split of a document, or of whatever else has that name."""
        digest = hashlib.sha256(f"{self.seed}:{sha256}".encode()).digest()
        at = int.from_bytes(digest[:8]) / 2**64 * (self.train + self.validation + self.test)
        if at < self.train:
            return SPLITS[0]
        return SPLITS[1] if at < self.train + self.validation else SPLITS[2]

    def __str__(self) -> str:
        return f"{self.train}/{self.validation}/{self.test}"


def split_of(text: str, seed: int) -> Split:
    """The split that "80/10/10" says. Raises UsageError."""
    shares = _SHARES.fullmatch(text.strip())
    if shares is None or not any(map(int, shares.groups())):
        raise UsageError(f"--split {text}: three shares are needed, train/validation/test, such as 80/10/10 or 70/0/30")
    train, validation, test = map(int, shares.groups())
    return Split(train, validation, test, seed)
