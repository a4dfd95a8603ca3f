"""A folder that is dropped into: what stands still, what is left alone, where files go, and who watches."""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from docproc.core.errors import NotFound, UsageError
from docproc.sources.drop import moves
from docproc.sources.drop.eyes import Events, Seen, look_at, scan
from docproc.sources.drop.layout import Layout, kind_in, layout, locked
from docproc.sources.drop.moves import free_name, move, readable, taken_in
from docproc.sources.drop.standing import EMPTY, Look, Standing, look_of


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    return folder


def put(path: Path, data: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def found(inbox: Path) -> list[str]:
    return [look.name for look in scan(inbox, Seen())]


def places(inbox: Path, **named: Path) -> Layout:
    chosen = [named.get(name) for name in ("processing", "done", "failed")]
    return layout(inbox, chosen[0], chosen[1], chosen[2], inbox.parent / "home")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def seen(standing: Standing, path: Path) -> Look:
    look = look_of(path.name, path.lstat())
    standing.see(look)
    return look


def test_a_file_is_whole_when_it_has_stood_still(inbox: Path) -> None:
    clock = Clock()
    standing = Standing(inbox, 5, clock)
    path = put(inbox / "a.pdf")
    seen(standing, path)
    clock.now += 4.9
    assert standing.settled(10) == []
    clock.now += 0.2
    assert [look.name for look in standing.settled(10)] == ["a.pdf"]
    assert len(standing) == 0


def test_a_file_that_grows_for_a_minute_is_taken_after_it(inbox: Path) -> None:
    clock = Clock()
    standing = Standing(inbox, 5, clock)
    path = put(inbox / "a.pdf")
    for second in range(60):
        seen(standing, path)
        clock.now += 1
        assert standing.settled(10) == []
        path.write_bytes(b"x" * (second + 2))
    clock.now += 5
    assert standing.settled(10) == []  # it looks again, and finds it changed
    clock.now += 5
    assert [look.size for look in standing.settled(10)] == [61]


def test_an_empty_file_has_time_to_be_written_into(inbox: Path) -> None:
    clock = Clock()
    standing = Standing(inbox, 5, clock)
    seen(standing, put(inbox / "a.pdf", b""))
    for _ in range(EMPTY - 1):
        clock.now += 5
        assert standing.settled(10) == []
    clock.now += 5
    assert len(standing.settled(10)) == 1


def test_a_file_that_goes_or_becomes_a_link_is_not_taken(inbox: Path, tmp_path: Path) -> None:
    clock = Clock()
    standing = Standing(inbox, 5, clock)
    for name in ("gone.pdf", "link.pdf"):
        seen(standing, put(inbox / name))
        (inbox / name).unlink()
    (inbox / "link.pdf").symlink_to(put(tmp_path / "secret.pdf"))
    clock.now += 6
    assert standing.settled(10) == []


def test_links_pipes_sockets_and_what_is_in_the_making_are_left_alone(
    inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "elsewhere" / "b.pdf")
    put(inbox / "deep" / "er" / "a.PDF")
    for name in (".a.pdf", "~$a.pdf", "a.pdf.part", "a.tmp", "@eaDir/a.pdf", ".stfolder/a.pdf"):
        put(inbox / name)
    (inbox / "link.pdf").symlink_to(tmp_path / "elsewhere" / "b.pdf")
    (inbox / "folder").symlink_to(tmp_path / "elsewhere")
    os.link(tmp_path / "elsewhere" / "b.pdf", inbox / "hard.pdf")
    os.mkfifo(inbox / "pipe.pdf")
    monkeypatch.chdir(inbox)  # a socket's path is short
    with closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind("socket.pdf")
        put(inbox / "notes.txt")
        told = Seen()
        assert [look.name for look in scan(inbox, told)] == ["deep/er/a.PDF"]
    assert told.left == {
        "a link": 2,
        "a hard link": 1,
        "not a regular file": 2,
        "neither PDF nor image by its name": 1,
    }
    assert list(look_at(inbox, "folder/b.pdf", Seen())) == []


def test_events_tell_of_files_that_are_renamed_in_of_folders_and_of_bursts(inbox: Path, tmp_path: Path) -> None:
    for number in range(20):
        put(tmp_path / "folder" / f"{number}.pdf")
    put(tmp_path / "one.pdf")
    with closing(Events(inbox)) as events:
        settle_in(events, inbox)
        (tmp_path / "one.pdf").rename(inbox / "one.pdf")
        (tmp_path / "folder").rename(inbox / "folder")
        for number in range(100):
            put(inbox / f"burst{number}.pdf")
        names: set[str] = set()

        def heard() -> bool:
            names.update(look.name for name in events.news() for look in look_at(inbox, name, Seen()))
            return len(names) == 121

        until(heard)


def test_names_become_text_that_every_store_takes() -> None:
    assert readable("Rechnung März.pdf") == "Rechnung März.pdf"
    assert readable(os.fsdecode(b"a/b\xff.pdf")) == "a/b�.pdf"
    assert readable("a\n\x00\x1b[31m\u202efdp.pdf") == "a[31mfdp.pdf"
    assert readable("\x01.a.pdf") == "_.a.pdf"
    long = readable("é" * 200 + ".pdf")
    assert long.endswith("é.pdf")
    assert len(long.encode()) + len(" (1000000).reason.json") <= 255


def test_a_name_that_is_taken_gets_a_number_and_few_looks_find_it(tmp_path: Path) -> None:
    looks = 0

    def taken(name: str) -> bool:
        nonlocal looks
        looks += 1
        return name == "x/scan.pdf" or (name.startswith("x/scan (") and int(name[8:-5]) < 10_000)

    assert free_name("x/scan.pdf", taken) == "x/scan (10000).pdf"
    assert looks < 40
    put(tmp_path / "a.pdf.reason.json")
    assert free_name("a.pdf", taken_in(tmp_path)) == "a (2).pdf"


@pytest.mark.parametrize("kernel", [True, False], ids=["in one step", "where the kernel cannot"])
def test_a_move_replaces_nothing(tmp_path: Path, kernel: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not kernel:
        monkeypatch.setattr(moves, "_renameat2", lambda: None)
    source, target = put(tmp_path / "a.pdf", b"new"), put(tmp_path / "b.pdf", b"old")
    with pytest.raises(FileExistsError):
        move(source, target)
    assert (source.read_bytes(), target.read_bytes()) == (b"new", b"old")
    move(source, tmp_path / "deep" / "er" / "a.pdf")
    assert (tmp_path / "deep" / "er" / "a.pdf").read_bytes() == b"new"
    with pytest.raises(FileNotFoundError):
        move(source, tmp_path / "c.pdf")


def test_the_folders_are_made_beside_the_inbox(inbox: Path) -> None:
    where = places(inbox)
    assert {path.name for path in inbox.parent.iterdir()} == {
        "scans",
        "scans.processing",
        "scans.done",
        "scans.failed",
    }
    assert found(where.inbox) == []


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"done": "scans/done"}, "taken again"),
        ({"failed": "."}, "taken again"),
        ({"done": "out", "failed": "out"}, "used twice"),
        ({"done": "out", "failed": "out/failed"}, "used twice"),
    ],
)
def test_folders_that_would_be_taken_again_are_refused(inbox: Path, named: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        places(inbox, **{name: inbox.parent / path for name, path in named.items()})


def test_an_inbox_with_docproc_in_it_and_one_that_is_not_there_are_refused(inbox: Path) -> None:
    with pytest.raises(UsageError, match="DOCPROC_HOME"):
        layout(inbox, None, None, None, inbox / "home")
    with pytest.raises(NotFound, match="mount the share"):
        places(inbox / "nothing")


def test_folders_on_another_file_system_are_refused_with_what_to_do(inbox: Path) -> None:
    elsewhere = Path("/dev/shm") / f"docproc-{os.getpid()}"
    assert Path("/dev/shm").stat().st_dev != inbox.stat().st_dev
    try:
        with pytest.raises(UsageError, match=r"another file system.*--done"):
            places(inbox, done=elsewhere)
    finally:
        with suppress(OSError):
            elsewhere.rmdir()
    assert list(inbox.iterdir()) == []


def test_who_watches_already_is_told(inbox: Path) -> None:
    where = places(inbox)
    with locked(where):
        assert where.there
        with (
            pytest.raises(UsageError, match=f"process {os.getpid()} on {socket.gethostname()} since 20"),
            locked(where),
        ):
            pass
    with locked(where) as sure:
        assert sure


def test_network_shares_are_told_by_their_mounts() -> None:
    mounts = [
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw",
        r"30 22 0:40 / /mnt/my\040share rw shared:7 - cifs //nas/scans rw",
        "31 22 0:41 / /mnt/gone rw - nfs4 nas:/a rw",
        "32 22 8:2 / /mnt/gone rw - ext4 /dev/sdb1 rw",
        "33 22 0:42 / /mnt/cloud rw - fuse.sshfs me@x: rw",
    ]
    assert kind_in(mounts, Path("/mnt/my share/inbox")) == "cifs"
    assert kind_in(mounts, Path("/mnt/my")) is None
    assert kind_in(mounts, Path("/mnt/gone/inbox")) is None
    assert kind_in(mounts, Path("/mnt/cloud")) == "fuse.sshfs"


def settle_in(events: Events, inbox: Path) -> None:
    """Wait until it listens."""

    def heard() -> bool:
        put(inbox / "hello.part")
        return bool(events.news())

    until(heard)
    (inbox / "hello.part").unlink()


def until(met: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        if time.monotonic() > deadline:
            raise TimeoutError(os.strerror(errno.ETIMEDOUT))
        time.sleep(0.05)
