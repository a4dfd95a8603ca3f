"""A small HTTP server that answers as it is told: what real ones do on a bad day."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What is sent: `cut` ends the connection after that many bytes of the body; `pieces` are server-sent events."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    cut: int | None = None
    pieces: tuple[bytes, ...] | None = None


@dataclass
class Faulty:
    """The server. `answer` is given each request's body and its number (from 1)."""

    answer: Callable[[Body, int], Answer]
    models: tuple[str, ...] = ("Qwen3-VL-tiny",)
    url: str = ""
    requests: list[Body] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    most: int = 0
    sent: int = 0
    _within: int = 0
    _change: threading.Lock = field(default_factory=threading.Lock)

    def entered(self, body: Body, headers: dict[str, str]) -> int:
        with self._change:
            self.requests.append(body)
            self.headers.append(headers)
            self.times.append(time.monotonic())
            self._within += 1
            self.most = max(self.most, self._within)
            return len(self.requests)

    def left(self) -> None:
        with self._change:
            self._within -= 1


def completion(text: str | None = '{"value":"4711"}', finish: str = "stop", **choice: Any) -> Answer:
    """A whole chat completion."""
    message = {"role": "assistant", "content": text, **choice.pop("message", {})}
    said = {
        "id": "1",
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": finish, **choice}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 7, "total_tokens": 107},
    }
    return Answer(body=json.dumps(said).encode())


def always(answer: Answer) -> Callable[[Body, int], Answer]:
    """Whatever is asked."""
    return first(answer, times=0, then=answer)


def first(bad: Answer, times: int = 1, then: Answer | None = None) -> Callable[[Body, int], Answer]:
    """A bad moment in the beginning, and `then` (a good reply) for ever."""
    afterwards = then or completion()

    def answer(body: Body, number: int) -> Answer:
        return bad if number <= times else afterwards

    return answer


def error(status: int, message: str, *headers: tuple[str, str]) -> Answer:
    """An error as vLLM and OpenAI send it."""
    said = {"error": {"message": message, "type": "error", "param": None, "code": status}}
    return Answer(status, json.dumps(said).encode(), headers)


def event(text: str | None = None, finish: str | None = None, **more: Any) -> bytes:
    """A piece of a streamed reply."""
    choice = {"index": 0, "delta": {"content": text} if text is not None else {}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice], **more}).encode() + b"\n\n"


def streamed(*pieces: bytes, delay: float = 0.0) -> Answer:
    """A reply in pieces; `delay` seconds between them."""
    return Answer(pieces=pieces, delay=delay)


@contextmanager
def serving(answer: Callable[[Body, int], Answer], models: tuple[str, ...] = ("Qwen3-VL-tiny",)) -> Iterator[Faulty]:
    """A server on a free port of the loopback, in threads of this process."""
    state = Faulty(answer, models)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(state: Faulty) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            listed = {"object": "list", "data": [{"id": name, "object": "model"} for name in state.models]}
            self._send(Answer(body=json.dumps(listed).encode()))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            number = state.entered(body, {name.lower(): value for name, value in self.headers.items()})
            try:
                self._send(state.answer(body, number))
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            finally:
                state.left()

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            if answer.pieces is not None:
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                for piece in answer.pieces:
                    time.sleep(answer.delay)
                    self.wfile.write(piece)
                    self.wfile.flush()
                    state.sent += 1
                self.close_connection = True
                return
            time.sleep(answer.delay)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body if answer.cut is None else answer.body[: answer.cut])
            self.close_connection = answer.cut is not None

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the tests' output is for the tests."""

    return Handler
