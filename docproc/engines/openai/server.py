"""The connection to a server, by the official client; a request goes out once, whatever becomes of it."""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai

from docproc.core.prompts import COUNTED
from docproc.core.text.fold import one_line
from docproc.engines.openai.body import Request
from docproc.engines.openai.faults import Fault, Trouble, judge, waiting
from docproc.engines.openai.said import Failed, Malformed, Said, Stream, read_completion
from docproc.engines.openai.settings import ServerSettings

CONNECT = 10.0  # seconds in which a server must take a connection
_NOT_OURS = ("OpenAI-Organization", "OpenAI-Project")
# Seconds after which an unused connection is not used again; uvicorn, under vLLM and others, closes it after five.
IDLE = 2.0
PROBES = 3
MOST_ANSWER = 64 * 2**20  # bytes; the longest honest reply with log-probabilities has some five


class Server:
    """A server. Threads share it; each request of `ask` has a connection of its own while it lasts."""

    def __init__(self, settings: ServerSettings) -> None:
        parts = urlsplit(settings.base_url)
        self.address = parts.netloc
        self._timeout = settings.timeout
        self._secret = settings.api_key
        self._extra = tuple(settings.extra)
        limits = httpx2.Limits(max_keepalive_connections=settings.concurrency, keepalive_expiry=IDLE)
        timeout = httpx2.Timeout(settings.timeout, connect=min(CONNECT, settings.timeout))
        # A proxy has no way to this machine; a redirect would take the pages to where nobody sent them.
        http = httpx2.Client(timeout=timeout, limits=limits, trust_env=not _is_local(parts.hostname or ""))
        # The client would send what its own variables, OPENAI_…, say: they are not meant for this server.
        key = f"Bearer {self._secret}" if self._secret else openai.Omit()
        self._headers: Any = {"Authorization": key} | dict.fromkeys(_NOT_OURS, openai.Omit())
        self._client = openai.OpenAI(
            base_url=settings.base_url,
            api_key=self._secret or "none",
            max_retries=0,
            http_client=http,
        )

    def ask(self, request: Request) -> Said:
        """What the server says. Raises Trouble."""
        send = self._client.chat.completions.with_streaming_response.create
        # As extra fields the images are sent as they are; as messages they are walked through first, part by part.
        call = send(model="", messages=[], extra_body=request.body, extra_headers=self._headers)
        rows = request.together or any(ask.kind in COUNTED for ask in request.asks)
        return self._read(call, Stream(rows) if request.streamed else None)

    def is_well(self, model: str) -> bool:
        """Whether it answers the smallest question that there is, were it with a refusal.

        It is asked more than once: many servers close a connection after an error, and the next request may be on it.
        """
        return any(self._answers(model) for _ in range(PROBES))

    def _answers(self, model: str) -> bool:
        send = self._client.chat.completions.with_streaming_response.create
        body = {"model": model, "messages": [{"role": "user", "content": "1"}], "max_tokens": 1}
        try:
            self._read(send(model="", messages=[], extra_body=body, extra_headers=self._headers), None)
        except Trouble as trouble:
            return trouble.fault.matter in ("page", "setting")
        return True

    def models(self) -> list[str]:
        """The names of the models that it serves. Raises Trouble."""
        outcome = self._received(self._client.models.with_streaming_response.list(extra_headers=self._headers), None)
        if isinstance(outcome, Fault):
            raise Trouble(outcome)
        try:
            return [str(model["id"]) for model in json.loads(outcome)["data"]]
        except (ValueError, KeyError, TypeError):
            said = "does not list its models; name the one that is to be asked in DOCPROC_OPENAI_MODEL"
        raise Trouble(Fault("setting", said))

    def close(self) -> None:
        """End all connections."""
        self._client.close()

    def _read(self, call: AbstractContextManager[Any], stream: Stream | None) -> Said:
        outcome = self._received(call, stream)
        if not isinstance(outcome, Fault):
            try:
                return stream.said() if stream and not outcome else read_completion(outcome)
            except (Malformed, Failed) as error:
                outcome = self._unsound(error)
        raise Trouble(outcome)  # raised by itself: the errors above may hold what was sent

    def _received(self, call: AbstractContextManager[Any], stream: Stream | None) -> bytes | Fault:
        """The body that comes back; nothing where it went into the stream, piece by piece; or why there is none.

        A server that was asked to stream and answers in one piece has answered as well.
        """
        start = time.monotonic()
        try:
            with call as response:
                pieces = self._in_time(response.iter_bytes(), start)
                if stream is None or "event-stream" not in response.headers.get("content-type", ""):
                    return b"".join(pieces)
                all(map(stream.push, _events(pieces)))  # up to the first that ends it
                return b""
        except (Malformed, Failed) as error:
            return self._unsound(error)
        except openai.APIStatusError as error:
            fault = judge(error.status_code, error.body, self._extra, self._secret)
            return waiting(fault, error.response.headers, time.time())
        except (openai.APITimeoutError, httpx2.TimeoutException, TimeoutError) as error:
            connecting = isinstance(error.__cause__, httpx2.ConnectTimeout)
            late = Fault("slow", f"has not answered within {self._timeout:g} seconds")
            return Fault("again", "does not take connections") if connecting else late
        except (openai.APIError, httpx2.HTTPError, httpx2.StreamError) as error:
            return Fault("again", f"cannot be reached, or broke off ({one_line(f'{error.__cause__ or error}', 200)})")

    def _in_time(self, pieces: Iterator[bytes], start: float) -> Iterator[bytes]:
        """A server that sends a byte now and then would never time out by itself."""
        size = 0
        for piece in pieces:
            size += len(piece)
            if time.monotonic() - start > self._timeout:
                raise TimeoutError
            if size > MOST_ANSWER:
                raise Malformed(f"it is longer than {MOST_ANSWER} bytes")
            yield piece

    def _unsound(self, error: Malformed | Failed) -> Fault:
        if isinstance(error, Failed):
            return judge(500, error.body, self._extra, self._secret)
        return Fault("again", f"sends an answer that cannot be used: {error}")


def _events(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The data of the server-sent events in a stream of bytes; comments, names and the last word are left out."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                data = line[5:].strip()
                if data == b"[DONE]":
                    return
                yield data


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
