"""The error tree. Every error says what happened, to which input, what to do next, and whether to try again.

DocprocError                 exit  HTTP  retry
├── UsageError                 1    400   no     the request itself is wrong: a path, an option, a SQL text
│   ├── QuestionSetError       1    422   no     a question set with faults, all of them listed
│   ├── NotFound               1    404   no     no such document, job, set
│   ├── Conflict               1    409   no     what is there now does not allow it
│   │   └── KeyReused          1    422   no     an idempotency key that came with another request before
│   ├── TooLarge               1    413   no     more bytes, files or pages than are taken
│   ├── Unauthorized           1    401   no     nobody knows who asks
│   └── Forbidden              1    403   no     whoever asks may not
├── TooMany                    1    429   yes    too many requests; `seconds` says when to come again
├── Rejected                   2    422   no     a document that cannot be read at all (typed `code`)
├── PageFailed                 2    422   no     one page that cannot be rendered or read (typed `code`)
├── Unavailable                4    503   yes    a service that is needed is away: database, queue
│   └── EngineUnavailable      4    503   yes    the engine cannot answer now
└── MissingExtra               4    501   no     an optional part is not installed; the message says what to do
"""

from __future__ import annotations

from typing import ClassVar, Literal

RejectCode = Literal[
    "empty_file",
    "not_a_pdf",
    "corrupt",
    "encrypted",
    "zero_pages",
    "too_large",
    "too_many_pages",
    "timeout",
    "unreadable",
]
PageCode = Literal[
    "render_error",
    "render_timeout",
    "render_crash",
    "out_of_memory",
    "source_changed",
    "worker_lost",
    "engine_error",
    "cancelled",
]


class DocprocError(Exception):
    """The root. `code` is a stable word for machines; str(error) is a sentence for people."""

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    code: str = "error"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class UsageError(DocprocError):
    """The request is wrong and stays wrong until its sender changes it."""

    http_status = 400
    code = "usage"


class QuestionSetError(UsageError):
    """A question set with faults; `faults` holds one line per fault, each with its place."""

    http_status = 422
    code = "question_set"

    def __init__(self, name: str, faults: list[str]) -> None:
        self.faults = faults
        listed = "\n".join(f"  {fault}" for fault in faults)
        super().__init__(f"{name}: {len(faults)} fault(s)\n{listed}")


class NotFound(UsageError):
    """The thing that was named does not exist."""

    http_status = 404
    code = "not_found"


class Conflict(UsageError):
    """What is there now does not allow it: a job that has ended, a name that is taken."""

    http_status = 409
    code = "conflict"


class KeyReused(Conflict):
    """An idempotency key that came with another request before."""

    http_status = 422
    code = "idempotency_key_reused"


class TooLarge(UsageError):
    """More bytes, files or pages than are taken."""

    http_status = 413
    code = "too_large"


class Unauthorized(UsageError):
    """It is not known who asks: no key, or one that is wrong, expired or revoked."""

    http_status = 401
    code = "unauthorized"


class Forbidden(UsageError):
    """It is known who asks, and they may not."""

    http_status = 403
    code = "forbidden"


class TooMany(DocprocError):
    """Too many requests; `seconds` is when to come again."""

    http_status = 429
    retryable = True
    code = "too_many_requests"

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class Rejected(DocprocError):
    """A document that cannot be processed at all; `code` is one of `RejectCode`."""

    exit_code = 2
    http_status = 422


class PageFailed(DocprocError):
    """One page that cannot be rendered or read; `code` is one of `PageCode`. The document's other pages go on."""

    exit_code = 2
    http_status = 422


class Unavailable(DocprocError):
    """Something that is needed is away; trying again later can help."""

    exit_code = 4
    http_status = 503
    retryable = True
    code = "unavailable"


class EngineUnavailable(Unavailable):
    """The engine cannot answer now; nothing of the batch was answered."""

    code = "engine_unavailable"


class MissingExtra(DocprocError):
    """An optional part is not installed."""

    exit_code = 4
    http_status = 501
    code = "missing_extra"

    def __init__(self, extra: str, needed_for: str) -> None:
        super().__init__(f"{needed_for} needs the extra '{extra}': pip install 'docproc[{extra}]'")
        self.extra = extra
