"""Types of parameters that several routes take: bounded, and of nothing that a database refuses."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import StringConstraints

LARGEST_ID = 2**31 - 1  # of a row


Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]  # one line of text: no control character
Word = Annotated[Line, StringConstraints(min_length=1, max_length=64)]
JobId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="the number of a job")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Limit = Annotated[int, Query(ge=1, le=500, description="rows of a page at most")]
Cursor = Annotated[
    str | None, Query(max_length=1024, description="`next` of the page before; without it: from the start")
]
