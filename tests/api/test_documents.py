"""Documents, their pages, words, pictures and files, over HTTP."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

from tests.api.conftest import Api
from tests.api.read import docproc, read


@pytest.fixture
def letter(api: Api) -> str:
    """The SHA-256 of a letter of three pages that was read."""
    return read(api.home)


def test_documents_are_listed_and_filtered(api: Api, letter: str) -> None:
    other = read(api.home, ("Another",), "bill_1.pdf")
    listed = api.client.get("/v1/documents").json()
    assert [one["document"] for one in listed["items"]] == [other, letter]
    assert listed["next"] is None
    assert (listed["items"][1]["name"], listed["items"][1]["pages"], listed["items"][1]["set"]) == (
        "letter.pdf",
        3,
        "letters",
    )

    def found(**query: str) -> list[str]:
        reply = api.client.get("/v1/documents", params=query)
        assert reply.status_code == 200, reply.text
        return [one["name"] for one in reply.json()["items"]]

    assert found(name="LETTER.") == ["letter.pdf"]
    assert found(name="l_1") == ["bill_1.pdf"]
    assert found(name="r%") == []
    assert found(job="1") == ["letter.pdf"]
    assert found(set="letters", status="succeeded") == ["bill_1.pdf", "letter.pdf"]
    assert found(set="nothing") == found(status="rejected") == found(status="running") == []
    first = api.client.get("/v1/documents", params={"limit": 1}).json()
    assert found(limit="1", cursor=first["next"]) == ["letter.pdf"]


def test_a_document_tells_what_is_known_of_it(api: Api, letter: str) -> None:
    told = api.client.get(f"/v1/documents/{letter}").json()
    assert (told["name"], told["pages"], told["media_type"], told["sets"]) == (
        "letter.pdf",
        3,
        "application/pdf",
        ["letters"],
    )
    assert (told["jobs"][0]["job"], told["jobs"][0]["status"]) == (1, "succeeded")


def test_a_rejected_document_says_why(api: Api) -> None:
    path = api.home / "broken.pdf"
    path.write_bytes(b"%PDF-1.7 no more")
    docproc(api.home, "run", str(path), "-q", "letters")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    told = api.client.get(f"/v1/documents/{sha256}").json()
    assert told["rejected"] in ("corrupt", "zero_pages", "not_a_pdf")
    assert told["message"]
    assert api.client.get("/v1/documents", params={"status": "rejected"}).json()["items"][0]["document"] == sha256
    assert api.client.get(f"/v1/documents/{sha256}/pages").json()["items"] == []
    assert api.client.get(f"/v1/documents/{sha256}/pages/1").status_code == 404


@pytest.mark.parametrize("rest", ["", "/answers", "/pages", "/pages/1", "/pages/1/words", "/pages/1/image", "/source"])
def test_what_is_not_there_is_a_404(api: Api, rest: str) -> None:
    reply = api.client.get(f"/v1/documents/{'0' * 64}{rest}")
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", "%2e%2e", "A" * 64, "0" * 63, "%00"])
def test_a_document_is_named_by_its_hash_alone(api: Api, name: str) -> None:
    for rest in ("", "/source", "/pages/1/image"):
        assert api.client.get(f"/v1/documents/{name}{rest}").status_code in (400, 404, 422)


def test_pages_are_listed_with_how_far_they_have_come(api: Api, letter: str) -> None:
    listed = api.client.get(f"/v1/documents/{letter}/pages", params={"limit": 2}).json()
    assert [(one["number"], one["steps"][0]["state"]) for one in listed["items"]] == [(1, "answered"), (2, "answered")]
    rest = api.client.get(f"/v1/documents/{letter}/pages", params={"cursor": listed["next"]}).json()
    assert [(one["number"], one["blank"], one["steps"][0]["state"]) for one in rest["items"]] == [(3, True, "blank")]
    assert rest["next"] is None


def test_a_page_has_its_answers_with_boxes(api: Api, letter: str) -> None:
    page = api.client.get(f"/v1/documents/{letter}/pages/1").json()
    assert (page["pages"], page["text"], page["blank"]) == (3, "layer", False)
    by_key = {(one["key"], one["number"]): one for one in page["answers"]}
    assert set(by_key) == {("sender", 1), ("total", 1)}
    sender = by_key["sender", 1]
    assert (sender["value"], sender["evidence"], sender["reviewed"], sender["confidence"]) == (
        "Jane Doe",
        "exact",
        False,
        pytest.approx(0.9, abs=0.11),
    )
    number, left, top, right, bottom = sender["boxes"][0]
    assert number == 1
    assert 0 < left < right < 1
    assert 0 < top < bottom < 0.2
    assert by_key["total", 1]["value"] == 12.5
    assert by_key["total", 1]["text"] == "12.50 EUR"


def test_a_documents_answers_are_what_its_view_shows(api: Api, letter: str) -> None:
    items = api.client.get(f"/v1/documents/{letter}/answers").json()["items"]
    assert {one["key"]: one["text"] for one in items} == {"sender": "Jane Doe", "total": "13.50 EUR"}
    assert all(one["number"] == 0 for one in items)
    assert api.client.get(f"/v1/documents/{letter}/answers", params={"set": "other"}).json()["items"] == []


def test_words_are_told_in_pieces_with_their_boxes(api: Api, letter: str) -> None:
    path = f"/v1/documents/{letter}/pages/1/words"
    told = api.client.get(path, params={"limit": 3, "find": "doe TOTAL"}).json()
    assert [word["text"] for word in told["words"]] == ["Letter", "of", "Jane"]
    assert (told["source"], told["total"], told["next"]) == ("layer", 7, 3)
    assert len(told["found"]) == 2
    more = api.client.get(path, params={"after": 3, "limit": 100}).json()
    assert [word["text"] for word in more["words"]] == ["Doe", "Total", "12.50", "EUR"]
    assert more["next"] is None
    assert told["found"][0] == more["words"][0]["box"]
    assert api.client.get(path, params={"limit": 1_000_000}).status_code == 422
    blank = api.client.get(f"/v1/documents/{letter}/pages/3/words").json()
    assert (blank["source"], blank["words"]) == (None, [])


def test_a_picture_is_kept_by_browsers(api: Api, letter: str) -> None:
    page = api.client.get(f"/v1/documents/{letter}/pages/1").json()
    path = f"/v1/documents/{letter}/pages/1/image"
    picture = api.client.get(path, params={"v": page["image"]})
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    assert hashlib.sha256(picture.content).hexdigest() == page["image"]
    assert "immutable" in picture.headers["cache-control"]
    assert picture.headers["x-content-type-options"] == "nosniff"
    with Image.open(io.BytesIO(picture.content)) as image:
        assert image.size == (page["width"], page["height"])
    plain = api.client.get(path)
    assert "no-cache" in plain.headers["cache-control"]
    again = api.client.get(path, headers={"If-None-Match": plain.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = api.client.head(path)
    assert (head.status_code, head.headers["etag"], head.content) == (200, plain.headers["etag"], b"")


def test_a_picture_that_is_gone_is_drawn_again(api: Api, letter: str) -> None:
    page = api.client.get(f"/v1/documents/{letter}/pages/1").json()
    for picture in (api.home / "images").rglob("*.jpg"):
        picture.unlink()
    reply = api.client.get(f"/v1/documents/{letter}/pages/1/image")
    assert hashlib.sha256(reply.content).hexdigest() == page["image"]


def test_a_picture_whose_source_is_gone_too_is_a_404(api: Api, letter: str) -> None:
    for picture in (*(api.home / "images").rglob("*.*"), api.home / "in" / "letter.pdf"):
        picture.unlink()
    reply = api.client.get(f"/v1/documents/{letter}/pages/1/image")
    assert reply.status_code == 404
    assert "gone" in reply.json()["detail"]


def test_an_overlay_is_a_picture_with_boxes(api: Api, letter: str) -> None:
    reply = api.client.get(f"/v1/documents/{letter}/pages/1/overlay", params={"set": "letters"})
    assert reply.headers["content-type"] == "image/png"
    with Image.open(io.BytesIO(reply.content)) as image:
        colours = {colour for _, colour in image.getcolors(1 << 24) or []}
    assert any(max(colour) - min(colour) > 60 for colour in colours if isinstance(colour, tuple))


def test_a_source_is_downloaded_under_a_harmless_name(api: Api) -> None:
    name = 'a"b;\u202ec<x>ü.pdf'
    sha256 = read(api.home, ("Hello",), name)
    reply = api.client.get(f"/v1/documents/{sha256}/source")
    assert hashlib.sha256(reply.content).hexdigest() == sha256
    assert reply.headers["content-type"] == "application/octet-stream"
    assert reply.headers["content-disposition"] == "attachment; filename*=utf-8''abcx%C3%BC.pdf"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in reply.headers["content-security-policy"]


def test_a_file_that_was_exchanged_is_not_handed_out(api: Api, letter: str) -> None:
    import os

    path = api.home / "in" / "letter.pdf"
    before = path.stat()
    path.write_bytes(b"x" * before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    reply = api.client.get(f"/v1/documents/{letter}/source")
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")
    Path(path).unlink()
    assert api.client.get(f"/v1/documents/{letter}/source").status_code == 404


def test_reading_needs_the_scope(api: Api, letter: str) -> None:
    api.sign("submit")
    for rest in ("", "/pages/1", "/pages/1/image", "/source"):
        assert api.client.get(f"/v1/documents/{letter}{rest}").status_code == 403
