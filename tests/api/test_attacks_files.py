"""Documents that attack: bombs, links, files that are something else. Each is refused, and the server goes on."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import ROOT, Api

SECONDS = 60  # until the worst of them is refused, with room for a busy machine


@pytest.fixture(autouse=True)
def _limits(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Before the server starts."""
    request.getfixturevalue("settings")
    monkeypatch.setenv("DOCPROC_PAGE_SECONDS", "5")
    monkeypatch.setenv("DOCPROC_PROBE_SECONDS", "10")
    monkeypatch.setenv("DOCPROC_MEMORY_MB", "512")


def pdf(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1; the first is its catalogue."""
    text, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(text))
        text += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(text)
    text += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    text += b"".join(b"%010d 00000 n \n" % place for place in places)
    text += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(text)


def page(content: bytes, resources: bytes = b"<< >>") -> tuple[bytes, bytes, bytes]:
    """Catalogue, pages and one page whose content is object 4."""
    kids = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    sheet = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources %s >>" % resources
    return b"<< /Type /Catalog /Pages 2 0 R >>" + content, kids, sheet


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


def packed(size: int) -> bytes:
    """Zeros, packed twice: a gigabyte is some kilobytes."""
    pack = zlib.compressobj(9)
    once = b"".join(pack.compress(b"\0" * 1_000_000) for _ in range(size // 1_000_000)) + pack.flush()
    return zlib.compress(once, 9)


def flate_bomb() -> bytes:
    bomb = stream(packed(1_000_000_000), b"/Filter [/FlateDecode /FlateDecode]")
    return pdf(*page(b""), bomb)


def image_bomb() -> bytes:
    data = zlib.compress(b"\0" * 1_000_000, 9)
    what = b"/Type /XObject /Subtype /Image /Width 60000 /Height 60000 /ColorSpace /DeviceRGB /BitsPerComponent 8"
    image = stream(data, what + b" /Filter /FlateDecode")
    return pdf(*page(b"", b"<< /XObject << /I 5 0 R >> >>"), stream(b"500 0 0 500 0 0 cm /I Do"), image)


def form_bomb() -> bytes:
    """Ten forms that each draw the next one ten times: ten thousand million drawings."""
    forms = [
        stream(
            b"/F Do " * 10,
            b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F %d 0 R >> >>" % (6 + n),
        )
        for n in range(10)
    ]
    last = stream(b"0 0 9 9 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]")
    return pdf(*page(b"", b"<< /XObject << /F 5 0 R >> >>"), stream(b"/F Do"), *forms, last)


def page_tree_loop() -> bytes:
    return pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 99999999 >>")


def png_bomb() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 10_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def zip_bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"../../../evil{number}.pdf", b"\0" * 10_000_000)
    return made.getvalue()


def html() -> bytes:
    return b"<html><script>alert(1)</script></html>"


def pipe() -> bytes:
    return b"%!PS\n(%pipe%touch /tmp/evil) (w) file\n"


def svg() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/><script>1</script></svg>'


ATTACKS = (flate_bomb, image_bomb, form_bomb, page_tree_loop, png_bomb, zip_bomb, html, pipe, svg)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_bombs_and_files_that_are_something_else_end_as_such_beside_a_good_one(api: Api) -> None:
    made = [(f"{attack.__name__}.pdf", attack()) for attack in ATTACKS]
    assert all(len(data) < 2_000_000 for _, data in made)
    files = [("files", file) for file in [*made, ("good.pdf", api.pdf("Letter of Jane"))]]
    reply = api.client.post("/v1/jobs", files=files, data={"set": "letters"})
    assert reply.status_code == 202, reply.text
    began = time.monotonic()
    api.work()
    assert time.monotonic() - began < SECONDS * 2
    job = api.client.get(reply.headers["location"]).json()
    assert job["state"] == "partial"
    assert job["documents"]["total"] == len(made) + 1
    listed = {file["name"]: file for file in api.client.get(reply.headers["location"] + "/files").json()["files"]}
    assert listed["good.pdf"]["status"] == "succeeded"
    for name in ("page_tree_loop.pdf", "zip_bomb.pdf", "html.pdf", "pipe.pdf", "svg.pdf", "png_bomb.pdf"):
        assert listed[name]["outcome"].startswith("rejected:"), listed[name]
    # A page that is drawn as far as it goes is no loss; one that is not is a failure with a reason.
    for name in ("flate_bomb.pdf", "image_bomb.pdf", "form_bomb.pdf"):
        assert listed[name]["status"] in ("succeeded", "failed"), listed[name]
        assert listed[name]["outcome"], listed[name]
    assert not list(api.home.parent.rglob("*evil*"))
    assert not Path("/tmp/evil").exists()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_link_in_a_watched_folder_takes_nothing_from_elsewhere(api: Api, tmp_path: Path) -> None:
    secret, inbox = tmp_path / "secret", tmp_path / "inbox"
    secret.mkdir()
    inbox.mkdir()
    (secret / "payroll.pdf").write_bytes(api.pdf("Payroll"))
    (inbox / "good.pdf").write_bytes(api.pdf("Letter"))
    (inbox / "link.pdf").symlink_to(secret / "payroll.pdf")
    (inbox / "folder").symlink_to(secret)
    (inbox / "passwd.pdf").symlink_to("/etc/passwd")
    os.mkfifo(inbox / "pipe.pdf")
    words = [sys.executable, "-m", "docproc", "watch", str(inbox), "--once", "-q", "letters"]
    environ: dict[str, Any] = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=api.home, env=environ, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, 2, 3), done.stderr
    documents = api.client.get("/v1/documents").json()["items"]
    assert [document["name"] for document in documents] == ["good.pdf"]
    assert (secret / "payroll.pdf").exists()
