"""The image store's promises, over every kind of place: a folder, an object store, and a store in memory."""

from __future__ import annotations

import hashlib
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from docproc.core.errors import MissingExtra, NotFound, Rejected, Unavailable, UsageError
from docproc.imaging import remote
from docproc.imaging.remote import Remote
from docproc.imaging.store import ImageStore
from tests.imaging.s3 import S3, s3_server, use

ROOT = Path(__file__).resolve().parents[2]
GONE = f"ab/{'ab' * 32}.jpg"


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with s3_server() as server:
        yield server


@pytest.fixture
def bucket(s3: S3, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty bucket."""
    return use(s3, monkeypatch, f"pages-{uuid4().hex}")


@pytest.fixture(params=["folder", "file", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ImageStore:
    cache = tmp_path / "cache"
    if request.param == "folder":
        return ImageStore(tmp_path / "images")
    if request.param == "file":
        return ImageStore(f"file://{tmp_path}/my%20images")
    if request.param == "memory":
        return ImageStore(Remote(f"memory://{uuid4().hex}/images", cache))
    return ImageStore(Remote(request.getfixturevalue("bucket") + "/some/images", cache))


@pytest.fixture
def far(bucket: str, tmp_path: Path) -> ImageStore:
    """A store in a bucket, with a cache of 100 kB."""
    return ImageStore(Remote(bucket, tmp_path / "cache", 100_000))


def names_in(store: ImageStore) -> list[str]:
    return sorted(file.name for files in store.listing() for file in files)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def elsewhere(store: ImageStore, cache: Path) -> ImageStore:
    """The same store, seen from a machine with a cache of its own."""
    return ImageStore(Remote(store.root.url, cache)) if isinstance(store.root, Remote) else ImageStore(store.root)


# --- every kind of place ---


def test_an_image_is_named_by_its_content_and_comes_back(store: ImageStore, tmp_path: Path) -> None:
    name = store.put(b"an image", ".jpg")
    assert re.fullmatch(r"([0-9a-f]{2})/\1[0-9a-f]{62}\.jpg", name)
    assert name[3:-4] == sha256(b"an image")
    assert store.path(name).read_bytes() == b"an image"
    assert elsewhere(store, tmp_path / "other").path(name).read_bytes() == b"an image"
    assert store.has(name)


def test_the_same_bytes_are_stored_once(store: ImageStore) -> None:
    assert store.put(b"an image", ".jpg") == store.put(b"an image", ".jpg")
    assert len(names_in(store)) == 1


def test_an_image_that_is_not_there_is_not_found(store: ImageStore) -> None:
    assert not store.has(GONE)
    with pytest.raises(NotFound, match=GONE):
        store.path(GONE)


def test_a_store_travels_as_its_root(store: ImageStore) -> None:
    name = store.put(b"an image", ".jpg")
    for again in (pickle.loads(pickle.dumps(store)), ImageStore(store.root)):
        assert again.path(name).read_bytes() == b"an image"


def test_the_listing_tells_names_sizes_and_times_and_leaves_sources_out(store: ImageStore, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"a source")
    store.put_source(tmp_path / "a.pdf", sha256(b"a source"))
    names = {store.put(b"x" * size, ".png"): size for size in (1, 10, 100)}
    found = [file for files in store.listing() for file in files]
    assert {file.name: file.size for file in found} == names
    assert all(abs(file.modified - time.time()) < 60 for file in found)


def test_what_is_removed_is_gone_and_removing_it_again_is_no_error(store: ImageStore, tmp_path: Path) -> None:
    first, second = store.put(b"first", ".jpg"), store.put(b"second", ".jpg")
    store.remove([first, GONE])
    store.remove([first])
    store.remove([])
    assert names_in(store) == [second]
    assert not elsewhere(store, tmp_path / "other").has(first)
    assert store.put(b"first", ".jpg") == first
    assert elsewhere(store, tmp_path / "third").has(first), "an old copy in a cache is no reason not to store it again"


def test_a_source_comes_back_on_another_machine(store: ImageStore, tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    (tmp_path / "a.pdf").write_bytes(data)
    for _ in range(2):
        store.put_source(tmp_path / "a.pdf", sha256(data))
    assert elsewhere(store, tmp_path / "other").source(sha256(data)).read_bytes() == data
    with pytest.raises(NotFound, match="docproc run"):
        store.source("cd" * 32)


def test_a_source_that_has_changed_since_it_was_hashed_is_refused(store: ImageStore, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"new")
    with pytest.raises(Rejected, match=r"a\.pdf"):
        store.put_source(tmp_path / "a.pdf", sha256(b"old"))
    with pytest.raises(NotFound):
        store.source(sha256(b"old"))
    with pytest.raises(FileNotFoundError):
        store.put_source(tmp_path / "gone.pdf", sha256(b"gone"))


def test_many_threads_put_and_read_the_same_images(store: ImageStore, tmp_path: Path) -> None:
    other = elsewhere(store, tmp_path / "other")
    images = [bytes([number]) * 5000 for number in range(8)]

    def work(number: int) -> bool:
        name = store.put(images[number % 8], ".jpg")
        return other.path(name).read_bytes() == images[number % 8]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(64)))
    assert len(names_in(store)) == 8


# --- folders ---


def test_a_put_that_is_killed_leaves_no_image_and_the_next_one_stores_it(tmp_path: Path) -> None:
    code = (
        "import os, signal; from pathlib import Path; from docproc.imaging.store import ImageStore\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"ImageStore(Path({str(tmp_path)!r})).put(b'an image', '.jpg')"
    )
    killed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    store = ImageStore(tmp_path)
    (left,) = [file for files in store.listing() for file in files]
    assert left.partial
    name = store.put(b"an image", ".jpg")
    assert store.path(name).read_bytes() == b"an image"
    assert names_in(store) == sorted([left.name, name])
    store.remove([left.name])
    assert names_in(store) == [name]


def test_putting_what_is_there_makes_it_young_again(tmp_path: Path) -> None:
    store = ImageStore(tmp_path)
    path = store.path(store.put(b"an image", ".jpg"))
    os.utime(path, (1000, 1000))
    store.put(b"an image", ".jpg")
    assert path.stat().st_mtime > time.time() - 60


def test_a_folder_that_cannot_be_written_to_says_so(tmp_path: Path) -> None:
    (tmp_path / "images").write_text("a file where a folder should be")
    with pytest.raises(Unavailable, match="images cannot be written to"):
        ImageStore(tmp_path / "images").put(b"an image", ".jpg")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_says_so_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        with Path("/dev/full").open("wb") as file:
            file.write(b"x")

    monkeypatch.setattr("os.fsync", full)
    store = ImageStore(tmp_path)
    with pytest.raises(Unavailable, match="No space left"):
        store.put(b"an image", ".jpg")
    (tmp_path / "a.pdf").write_bytes(b"a source")
    with pytest.raises(Unavailable, match="No space left"):
        store.put_source(tmp_path / "a.pdf", sha256(b"a source"))
    assert names_in(store) == []


def test_other_files_in_the_folder_are_nobodys_business(tmp_path: Path) -> None:
    store = ImageStore(tmp_path)
    name = store.put(b"an image", ".jpg")
    (tmp_path / "ab").mkdir(exist_ok=True)
    for other in ("notes.txt", "ab/notes.txt", f"ab/{'cd' * 32}.jpg"):
        (tmp_path / other).write_text("mine")
    assert names_in(store) == [name]


# --- URLs ---


@pytest.mark.parametrize("url", ["ftp://host/images", "s3://", "s4://bucket"])
def test_a_url_of_no_known_store_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="s3://"):
        ImageStore(url)


def test_a_file_url_is_a_folder(tmp_path: Path) -> None:
    assert ImageStore(f"file://{tmp_path}").root == tmp_path


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(MissingExtra, match=r"docproc\[gcs\]"):
        ImageStore(Remote("gs://bucket", tmp_path)).has(GONE)


def test_folders_need_no_fsspec(tmp_path: Path) -> None:
    code = (
        "import sys; from docproc.imaging.store import ImageStore\n"
        f"store = ImageStore({str(tmp_path)!r}); store.path(store.put(b'x', '.jpg'))\n"
        "assert 'fsspec' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


# --- object stores ---


def test_what_is_stored_is_not_sent_again_unless_it_is_old(far: ImageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def first() -> float:
        return next(file.modified for files in far.listing() for file in files)

    far.put(b"an image", ".jpg")
    before = first()
    time.sleep(1.1)  # the server's times are whole seconds
    far.put(b"an image", ".jpg")
    assert first() == before
    monkeypatch.setattr(remote, "REFRESH", 0.0)
    far.put(b"an image", ".jpg")
    assert first() > before


def test_a_missing_bucket_is_named(far: ImageStore, tmp_path: Path) -> None:
    lost = ImageStore(Remote("s3://no-such-bucket-here", tmp_path))
    with pytest.raises(UsageError, match="create the bucket"):
        lost.put(b"an image", ".jpg")


def test_bytes_that_are_not_what_their_name_says_are_not_handed_on(
    far: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3

    monkeypatch.setattr(remote, "PATIENCE", 0.0)
    assert isinstance(far.root, Remote)
    boto3.client("s3").put_object(Bucket=far.root.url[5:], Key=GONE, Body=b"something else")
    with pytest.raises(Unavailable, match="not the bytes"):
        far.path(GONE)


def test_a_server_that_is_away_for_a_moment_is_waited_for(far: ImageStore, s3: S3, tmp_path: Path) -> None:
    name = far.put(b"an image", ".jpg")
    os.kill(s3.process.pid, signal.SIGSTOP)
    waker = threading.Timer(1.0, os.kill, (s3.process.pid, signal.SIGCONT))
    waker.start()
    try:
        assert elsewhere(far, tmp_path / "other").path(name).read_bytes() == b"an image"
    finally:
        waker.join()


def test_a_server_that_stays_away_is_unavailable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(remote, "PATIENCE", 0.5)
    with s3_server() as server:
        far = ImageStore(Remote(use(server, monkeypatch, "pages"), tmp_path / "cache"))
        name = far.put(b"an image", ".jpg")
    with pytest.raises(Unavailable, match="does not answer"):
        far.put(b"another", ".jpg")
    with pytest.raises(Unavailable, match="s3://pages"):
        elsewhere(far, tmp_path / "other").path(name)
    assert far.path(name).read_bytes() == b"an image", "a copy is at hand"


def test_a_server_that_comes_back_is_used_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with s3_server() as server:
        far = ImageStore(Remote(use(server, monkeypatch, "pages"), tmp_path / "cache"))
        far.put(b"an image", ".jpg")
        port = server.port
    with ThreadPoolExecutor(1) as pool:
        putting = pool.submit(far.put, b"another", ".jpg")
        with s3_server(port) as server:
            use(server, monkeypatch, "pages")
            assert putting.result().endswith(".jpg")


def test_a_put_that_is_killed_leaves_nothing_that_can_be_seen(far: ImageStore, tmp_path: Path) -> None:
    assert isinstance(far.root, Remote)
    source = tmp_path / "big.pdf"
    source.write_bytes(os.urandom(30_000_000))
    digest = sha256(source.read_bytes())
    code = (
        "import sys; from pathlib import Path; from docproc.imaging.store import ImageStore\n"
        f"store = ImageStore({far.root.url!r}); store.has({GONE!r}); print('now', flush=True)\n"
        f"store.put_source(Path({str(source)!r}), {digest!r})"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.05)
    process.kill()
    process.wait()
    process.stdout.close()
    try:
        whole = far.source(digest)
    except NotFound:
        far.put_source(source, digest)
        whole = far.source(digest)
    assert sha256(whole.read_bytes()) == digest


# --- the cache ---


def copies(store: ImageStore) -> list[Path]:
    assert isinstance(store.root, Remote)
    return [path for path in store.root.cache.rglob("*") if path.is_file() and not path.name.startswith(".")]


def age(store: ImageStore, seconds: float) -> None:
    """Let all copies have been used that long ago."""
    for path in copies(store):
        os.utime(path, (time.time() - seconds,) * 2)


def test_a_copy_is_read_without_asking_the_store(far: ImageStore, tmp_path: Path) -> None:
    name = far.put(b"an image", ".jpg")
    far.remove([name])
    assert far.path(name).read_bytes() == b"an image"
    assert not elsewhere(far, tmp_path / "other").has(name)


def test_the_cache_keeps_its_limit_and_what_was_used_last(far: ImageStore) -> None:
    names = [far.put(os.urandom(10_000), ".jpg") for _ in range(9)]
    age(far, 600)
    far.path(names[0])
    more = [far.put(os.urandom(10_000), ".jpg") for _ in range(5)]
    kept = {path.name for path in copies(far)}
    assert sum(path.stat().st_size for path in copies(far)) <= 100_000
    assert {Path(name).name for name in (names[0], *more)} <= kept
    assert all(far.path(name).stat().st_size == 10_000 for name in names), "what went is fetched again"


def test_what_was_used_a_moment_ago_stays_whatever_the_limit(bucket: str, tmp_path: Path) -> None:
    small = ImageStore(Remote(bucket, tmp_path / "cache", 1))
    paths = [small.path(small.put(os.urandom(100), ".jpg")) for _ in range(5)]
    assert all(path.is_file() for path in paths)
    age(small, 61)
    small.put(b"one more", ".jpg")
    assert len(copies(small)) == 1


def test_a_copy_that_was_cut_short_is_cleared_away(far: ImageStore) -> None:
    name = far.put(b"an image", ".jpg")
    left = far.path(name).with_name(f".{uuid4().hex}.part")
    left.write_bytes(b"an im")
    os.utime(left, (1000, 1000))
    for _ in range(2):
        far.put(os.urandom(10_000), ".jpg")
    assert not left.exists()


def test_readers_and_a_clearing_do_not_get_in_each_others_way(bucket: str, tmp_path: Path) -> None:
    """Many processes' worth of readers over a cache that holds a fifth of what they read, made old all the time."""
    writer = ImageStore(Remote(bucket, tmp_path / "writer"))
    names = [writer.put(os.urandom(10_000), ".jpg") for _ in range(10)]
    root = Remote(bucket, tmp_path / "cache", 20_000)
    stop = threading.Event()

    def grow_old() -> None:
        while not stop.is_set():
            for path in root.cache.rglob("*.jpg"):
                try:
                    if path.stat().st_mtime < time.time() - 0.5:
                        os.utime(path, (time.time() - 600,) * 2)
                except FileNotFoundError:
                    continue
            time.sleep(0.02)

    def read(start: int) -> bool:
        store = ImageStore(root)
        wanted = [names[(start + step) % 10] for step in range(20)]
        return all(sha256(store.path(name).read_bytes()) == name[3:-4] for name in wanted)

    with ThreadPoolExecutor(7) as pool:
        ageing = pool.submit(grow_old)
        assert all(pool.map(read, range(6)))
        stop.set()
        ageing.result()
