"""What every route works with."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from docproc.api.limits import Buckets
from docproc.queues import Queue
from docproc.service.parts import Parts
from docproc.service.serving import Serving

# Wrong keys of one address, and of one key's prefix: ten at once, then one in six seconds.
_WRONG = (1 / 6, 10)
_DRAWING = 2


@dataclass(frozen=True)
class Context:
    """The parts, and what belongs to a server process. `queue` is whom new jobs are for.

    `loopback`: who has no key gets in, while there is no key at all; `person` is what they are called then.
    """

    parts: Parts
    queue: Queue
    serving: Serving
    loopback: bool = False
    person: str = "local"
    requests: Buckets = field(init=False)
    wrong: Buckets = field(init=False)
    drawing: threading.BoundedSemaphore = field(init=False)  # few pictures at a time: each takes a core, and memory

    def __post_init__(self) -> None:
        object.__setattr__(self, "requests", Buckets(self.serving.rate, self.serving.burst))
        object.__setattr__(self, "wrong", Buckets(*_WRONG))
        object.__setattr__(self, "drawing", threading.BoundedSemaphore(_DRAWING))


def context(request: Request) -> Context:
    """The server's context."""
    found: Context = request.app.state.context
    return found


Ctx = Annotated[Context, Depends(context)]
