"""The folders of a drop: inbox, processing, done and failed; whether files can be renamed between them; who watches.

By default they stand beside the inbox: `scans/`, `scans.processing/`, `scans.done/`, `scans.failed/`.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from docproc.core.errors import NotFound, UsageError

LOCK = ".docproc-watch.json"  # in the processing folder; says who holds it
# File systems that other machines, or something beyond this kernel, may write to: events miss what comes from there.
_REMOTE = re.compile(
    r"nfs\d?|cifs|smb\w*|fuse(\..+)?|fuseblk|9p|afs|ceph|gpfs|lustre|virtiofs|vboxsf|drvfs|ncpfs|davfs"
)
_NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)


@dataclass(frozen=True, slots=True)
class Layout:
    """Absolute paths, none inside the inbox nor around it, all on one file system."""

    inbox: Path
    processing: Path
    done: Path
    failed: Path

    @property
    def outputs(self) -> tuple[tuple[str, Path], ...]:
        """The three folders that files are moved into, with their options' names."""
        return ("--processing", self.processing), ("--done", self.done), ("--failed", self.failed)

    @property
    def there(self) -> bool:
        """Whether inbox and lock can be seen: a share that is not mounted shows an empty folder, or none."""
        try:
            return self.inbox.is_dir() and (self.processing / LOCK).exists()
        except OSError:
            return False


def layout(inbox: Path, processing: Path | None, done: Path | None, failed: Path | None, home: Path) -> Layout:
    """The folders, which are made. Raises NotFound without the inbox, UsageError where they cannot be used together.

    `home` is docproc's own folder, whose images must not be taken for documents.
    """
    if not inbox.is_dir():
        raise NotFound(f"{inbox}: there is no such folder to watch; make it, or mount the share that it is on")
    root = inbox.resolve()

    def beside(chosen: Path | None, name: str) -> Path:
        return (chosen or root.with_name(f"{root.name}.{name}")).resolve()

    found = Layout(root, beside(processing, "processing"), beside(done, "done"), beside(failed, "failed"))
    if root.parent == root:
        raise UsageError(f"{root}: the root of a file system cannot be watched; watch a folder in it")
    if home.resolve().is_relative_to(root):
        raise UsageError(
            f"docproc's home {home} is inside of {root}, its images would be taken for documents: "
            "set DOCPROC_HOME to a folder elsewhere"
        )
    _apart(found)
    _prepare(found)
    return found


def remote(path: Path) -> str | None:
    """The kind of file system a folder is on, where events of others' changes do not come; None for a local disk."""
    try:
        lines = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return None
    return kind_in(lines, path)


def kind_in(mountinfo: list[str], path: Path) -> str | None:
    """As `remote`, by the lines of /proc/self/mountinfo (proc(5)): the last mount of the longest path counts."""
    best, found = -1, ""
    for line in mountinfo:
        before, _, after = line.partition(" - ")
        fields, kind = before.split(" "), after.split(" ", 1)[0]
        if len(fields) < 5 or not kind:
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4]))
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, found = len(point.parts), kind
    return found if _REMOTE.fullmatch(found) else None


@contextmanager
def locked(places: Layout) -> Iterator[bool]:
    """Be the only one that watches. Raises UsageError that says who else does. False: this file system has no locks."""
    path = places.processing / LOCK
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        sure = True
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"{places.inbox} is watched already, by {_who(path)}; stop that one first") from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise UsageError(f"{path} cannot be locked: {error.strerror}") from error
            sure = False
        since = datetime.now(UTC).isoformat(timespec="seconds")
        who = {"process": os.getpid(), "host": socket.gethostname(), "since": since}
        os.ftruncate(file, 0)
        os.pwrite(file, json.dumps(who).encode(), 0)
        yield sure
    finally:
        os.close(file)


def _who(path: Path) -> str:
    try:
        who = json.loads(path.read_text("utf-8"))
        return f"process {int(who['process'])} on {who['host']} since {who['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def _apart(places: Layout) -> None:
    for option, folder in places.outputs:
        if folder.is_relative_to(places.inbox) or places.inbox.is_relative_to(folder):
            raise UsageError(
                f"{folder} is in {places.inbox} or around it, its files would be taken again: "
                f"name a folder beside it with {option}"
            )
    folders = [folder for _, folder in places.outputs]
    for option, folder in places.outputs:
        if any(other != folder and other.is_relative_to(folder) for other in folders) or folders.count(folder) > 1:
            raise UsageError(f"{folder} is used twice: {option} has to name a folder of its own")


def _prepare(places: Layout) -> None:
    """Make the folders, and try whether a file can go the way that files will go."""
    for option, folder in places.outputs:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{folder} cannot be made: {error.strerror}; name another with {option}") from error
    name = f".docproc-{uuid4().hex}.tmp"
    at = places.inbox / name
    try:
        at.touch()
    except OSError as error:
        raise UsageError(
            f"nothing can be moved out of {places.inbox}: {error.strerror}; "
            "whoever watches must be allowed to write there"
        ) from error
    try:
        for option, folder in places.outputs:
            at = _tried(at, folder / name, option, places.inbox)
    finally:
        with suppress(OSError):
            at.unlink()


def _tried(source: Path, target: Path, option: str, inbox: Path) -> Path:
    try:
        return source.rename(target)
    except OSError as error:
        why = error.strerror or "no"
        if error.errno == errno.EXDEV:
            why = "it is on another file system, where no file can be moved to in one step"
        raise UsageError(
            f"files of {inbox} cannot be moved to {target.parent}: {why}; name a folder on the file "
            f"system of the inbox with {option}, or watch a sub-folder of the share"
        ) from error
