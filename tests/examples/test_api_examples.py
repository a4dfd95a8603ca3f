"""The programs of examples/api against a real server and its worker."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from examples.api.receiver import TOLERANCE, verified
from examples.make_examples import DOCUMENTS

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "api"
INVOICES = sorted(DOCUMENTS.glob("invoice*.pdf"))
NUMBERS = {"F2025-118", "2025-00731", "TT-20418"}


@dataclass
class Site:
    """A running server with a worker beside it, and a key."""

    url: str
    key: str
    environment: dict[str, str]

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run an example with URL and KEY set."""
        environment = {**self.environment, "URL": self.url, "KEY": self.key, "SET": "invoice"}
        return subprocess.run(
            [str(word) for word in words], env=environment, capture_output=True, text=True, timeout=180, check=False
        )


def started(stack: ExitStack, words: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """A process of docproc or of an example, ended with the stack."""

    def end(process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, *words], env=environment, stdout=output, stderr=output)
    stack.callback(end, process)
    return process


def seen(log: Path, pattern: str, process: subprocess.Popen[bytes]) -> str:
    """What a process says once it is there."""
    for _ in range(600):
        found = re.search(pattern, log.read_text("utf-8"))
        if found:
            return found[0]
        assert process.poll() is None, log.read_text("utf-8")
        time.sleep(0.1)
    raise AssertionError(log.read_text("utf-8"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("site")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DOCPROC_")}
    given = {"DOCPROC_HOME": str(home), "DOCPROC_ENGINE": "ocr", "DOCPROC_WORKERS": "2", "PYTHONPATH": str(ROOT)}
    environment = {**kept, **given, "DOCPROC_WEBHOOK_ALLOW": "127.0.0.1", "PYTHONUNBUFFERED": "1"}
    words = [sys.executable, "-m", "docproc", "keys", "create", "erp", "--scope", "submit", "--scope", "read"]
    key = subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    with ExitStack() as stack:
        serve = ["-m", "docproc", "serve", "--port", "0", "--no-work"]
        server = started(stack, serve, environment, home / "serve.log")
        url = seen(home / "serve.log", r"http://127\.0\.0\.1:\d+", server)
        started(stack, ["-m", "docproc", "work"], environment, home / "work.log")
        yield Site(url, key, environment)


def numbers(text: str) -> set[str]:
    rows = list(csv.DictReader(io.StringIO(text)))
    return {row["value"] for row in rows if row["key"] == "invoice_number" and row["value"]}


def test_curl_takes_files_to_their_answers(site: Site) -> None:
    done = site.run(EXAMPLES / "curl.sh", *INVOICES)
    assert done.returncode == 0, done.stderr
    assert "succeeded" in done.stderr
    assert numbers(done.stdout) == NUMBERS


def test_curl_ends_with_the_problem_where_it_is_refused(site: Site) -> None:
    site.key = (key := site.key)[:-3] + "aaa"
    done = site.run(EXAMPLES / "curl.sh", *INVOICES)
    site.key = key
    assert '"code":"unauthorized"' in done.stdout + done.stderr
    assert done.returncode != 0


def test_the_client_submits_a_folder_follows_it_and_has_the_answers(site: Site, tmp_path: Path) -> None:
    for path in INVOICES:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    words = (sys.executable, EXAMPLES / "folder.py", tmp_path, "--set", "invoice", "--url", site.url)
    done = site.run(*words)
    assert done.returncode == 0, done.stderr
    assert numbers(done.stdout) == NUMBERS
    assert done.stderr.count(": ok") == 3
    job = re.search(r"job (\d+): succeeded", done.stderr)
    assert job is not None
    assert job[0] in site.run(*words).stderr  # the same request is the same job
    assert "not_found: " in site.run(*words[:4], "nothing", *words[5:]).stderr


def test_the_receiver_takes_a_real_message_and_no_forged_one(site: Site, tmp_path: Path) -> None:
    with (
        httpx2.Client(base_url=site.url, headers={"Authorization": f"Bearer {site.key}"}) as client,
        ExitStack() as stack,
    ):
        secret = client.get("/v1/webhooks/secret").json()["secret"]
        log = tmp_path / "receiver.log"
        words = [str(EXAMPLES / "receiver.py"), "--port", "0"]
        process = started(stack, words, {**site.environment, "SECRET": secret}, log)
        url = seen(log, r"http://127\.0\.0\.1:\d+", process)
        assert client.post("/v1/webhooks/ping", json={"url": url}).json()["status_code"] == 204
        forged = {"webhook-id": "msg_1", "webhook-timestamp": str(int(time.time())), "webhook-signature": "v1,AAAA"}
        assert httpx2.post(url, content=b'{"type": "job.succeeded", "data": {}}', headers=forged).status_code == 401
        files = [("files", (path.name, path.read_bytes())) for path in INVOICES[:1]]
        job = client.post(
            "/v1/jobs", files=files, data={"set": "invoice", "webhook": url, "reference": "order-7"}
        ).json()
        assert client.get(f"/v1/jobs/{job['id']}?wait=60", timeout=90).json()["state"] == "succeeded"
        assert "order-7" in seen(log, r"job\.succeeded .*", process)


def test_a_message_that_is_old_changed_or_unsigned_is_refused() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    old = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": signature,
    }
    with pytest.raises(ValueError, match="too old"):
        verified(secret, old, b'{"test": 2432232314}')
    with pytest.raises(ValueError, match="signature"):
        verified(secret, {**old, "webhook-timestamp": str(int(time.time()) - TOLERANCE + 60)}, b'{"test": 2432232314}')
