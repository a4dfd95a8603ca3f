"""What doctor says about models: which one fits, what is missing, what to type next."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from docproc.engines.qwen.hardware import Device, Hardware, seen
from docproc.service.models import Row, fitting, server_rows, torch_rows, weights_of

GB = 10**9
L4 = Device("NVIDIA L4", 24 * GB, 23 * GB, True)


def about(rows: Iterator[Row]) -> dict[str, Row]:
    return {row[0]: row for row in rows}


def test_without_torch_the_set_up_is_told() -> None:
    (row,) = torch_rows(None, {}, "optional")
    assert row[:3] == ("torch", "optional", "not installed")
    assert "./do setup qwen" in row[3]
    assert next(torch_rows(None, {}, "lacking"))[1] == "lacking"


def test_a_gpu_is_told_with_the_model_that_fits_and_what_to_type() -> None:
    rows = about(torch_rows(Hardware("2.13.0", "13.0", (L4,), driver=True), {}, "optional"))
    assert rows["torch"][1:3] == ("ok", "2.13.0, a build with CUDA 13.0")
    assert rows["gpu 0"][2] == "NVIDIA L4, 24 GB (23 free), bfloat16"
    assert rows["gpu 0"][3].startswith("best: Qwen/Qwen3-VL-8B-Instruct")
    assert rows["qwen model"][3] == "DOCPROC_QWEN_MODEL=Qwen/Qwen3-VL-8B-Instruct docproc run FILE --engine qwen"


def chosen(name: str, *devices: Device) -> Row:
    return about(torch_rows(Hardware("2.13.0", "13.0", devices), {"DOCPROC_QWEN_MODEL": name}, "lacking"))["qwen model"]


def test_a_model_that_is_set_is_told_with_its_weights() -> None:
    row = chosen("Qwen/Qwen3-VL-8B-Instruct", L4)
    assert row[1:3] == ("ok", "Qwen/Qwen3-VL-8B-Instruct, 17.5 GB of weights")
    assert chosen("Qwen/Qwen3-VL-2B-Instruct")[3] == "docproc run FILE --engine qwen, on the CPU"


def test_a_model_that_is_set_and_too_large_is_told_with_one_that_fits() -> None:
    row = chosen("Qwen/Qwen3-VL-32B-Instruct", L4)
    assert row[1] == "lacking"
    assert row[2].endswith("more than NVIDIA L4 holds")
    assert "Qwen3-VL-8B" in row[3]


def test_a_folder_has_the_weights_that_are_in_it(tmp_path: Path) -> None:
    (tmp_path / "model-1.safetensors").write_bytes(b"0" * 1000)
    (tmp_path / "model-2.safetensors").write_bytes(b"0" * 500)
    assert weights_of(str(tmp_path)) == 1500
    assert chosen(str(tmp_path), L4)[1] == "ok"


def test_a_model_that_nobody_knows_is_not_judged() -> None:
    assert weights_of("somebody/something") is None
    assert chosen("somebody/something", L4)[1:3] == ("ok", "somebody/something")


def test_an_old_gpu_computes_in_float16() -> None:
    old = Device("Tesla T4", 16 * GB, 15 * GB, False)
    rows = about(torch_rows(Hardware("2.13.0", "13.0", (old,)), {}, "optional"))
    assert rows["gpu 0"][2].endswith("no bfloat16: float16 is taken")


def test_a_build_without_cuda_beside_nvidias_driver_is_found() -> None:
    rows = about(torch_rows(Hardware("2.13.0+cpu", driver=True), {}, "optional"))
    assert rows["torch"][1] == "optional"
    assert "pip uninstall torch" in rows["torch"][3]
    assert "Qwen3-VL-2B-Instruct runs on the CPU" in rows["model"][3]


def test_a_driver_that_fails_is_told() -> None:
    (row,) = torch_rows(
        Hardware("2.13.0", "13.0", problem="The NVIDIA driver on your system is too old"), {}, "lacking"
    )
    assert row[:3] == ("torch", "lacking", "The NVIDIA driver on your system is too old")


def test_what_fits_is_listed_with_the_pages_in_flight() -> None:
    assert "Qwen3-VL-8B (" in fitting(24 * GB)
    assert "Qwen3-VL-32B" not in fitting(24 * GB)
    assert fitting(2 * GB).startswith("too small")


def test_torch_is_asked_in_a_process_of_its_own() -> None:
    found = seen()
    assert found is not None
    assert not found.problem
    assert found.torch[0].isdigit()


def test_a_torch_that_does_not_answer_in_time_is_told() -> None:
    found = seen(seconds=0.001)
    assert found is not None
    assert "did not tell within" in found.problem


class Server(ThreadingHTTPServer):
    """Lists models, to whoever has the key, if there is one."""

    body: object = {"data": [{"id": "Qwen/Qwen3-VL-4B-Instruct"}]}
    key = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Listing(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        given = self.headers.get("Authorization", "")
        status = 200 if given == (f"Bearer {self.server.key}" if self.server.key else "") else 401
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(self.server.body).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Listing) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def told(url: str, **more: str) -> Row:
    settings = {f"DOCPROC_OPENAI_{name.upper()}": text for name, text in more.items()}
    (row,) = server_rows({"DOCPROC_OPENAI_BASE_URL": url, **settings}, "lacking")
    return row


def test_no_server_says_how_to_start_one() -> None:
    (row,) = server_rows({}, "optional")
    assert row[1:3] == ("optional", "DOCPROC_OPENAI_BASE_URL is not set")
    assert row[3].startswith("vllm serve Qwen/")


def test_a_server_that_answers_is_told_with_its_model(server: Server) -> None:
    row = told(server.url)
    assert row[1:3] == ("ok", f"{server.url} serves Qwen/Qwen3-VL-4B-Instruct")
    assert row[3] == "docproc run FILE --engine openai"


def test_a_model_that_is_not_served_is_told(server: Server) -> None:
    row = told(server.url, model="Qwen/Other")
    assert row[1] == "lacking"
    assert row[3] == "DOCPROC_OPENAI_MODEL=Qwen/Other is not among them"


def test_one_of_several_models_has_to_be_named(server: Server) -> None:
    server.body = {"data": [{"id": "one"}, {"id": "two"}]}
    assert told(server.url)[3] == "DOCPROC_OPENAI_MODEL=NAME says which one is asked"
    assert told(server.url, model="two")[1] == "ok"


def test_a_key_that_is_refused_is_told_and_never_shown(server: Server) -> None:
    server.key = "right"
    row = told(server.url, api_key="wrong-key")
    assert row[2] == f"{server.url} answers 401"
    assert "DOCPROC_OPENAI_API_KEY" in row[3]
    assert "wrong-key" not in " ".join(row)
    assert told(server.url, api_key="right")[1] == "ok"


def test_a_server_of_another_kind_is_told(server: Server) -> None:
    server.body = {"models": []}
    assert "lists no models" in told(server.url)[2]


def test_a_server_that_is_away_is_told() -> None:
    row = told("http://127.0.0.1:1/v1")
    assert "does not answer" in row[2]
    assert "vllm serve" in row[3]


def test_a_setting_that_is_wrong_is_told() -> None:
    assert told("not-an-address")[2] == "a setting is wrong"
