"""Look at received files in killable children, and enter them into their jobs: what a worker of the small work does."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

from docproc.core.errors import NotFound, PageFailed, Unavailable
from docproc.imaging import Renderer
from docproc.queues import Queue
from docproc.service.fleet import Done, Shift
from docproc.service.parts import Parts
from docproc.service.work.identity import worker_name
from docproc.service.work.ingest import Seen, judge
from docproc.service.work.opening import Drawing
from docproc.store import received
from docproc.store.documents import DocumentRow
from docproc.store.intake import enter_received, refused
from docproc.store.leasing import Hold
from docproc.store.received import Received

LEASE = 60.0  # seconds that a claim holds without being renewed
BATCH = 64  # files in hand at most, and in one transaction
_BEAT = 0.1  # seconds between two looks at whether to leave
_LATER = 10.0  # seconds that a file waits whose store is away

log = logging.getLogger(__name__)


def receive_for(parts: Parts, drawing: Drawing, queue: Queue, shift: Shift) -> Done:
    """Look at the files that wait, those of the most urgent jobs first. Raises Unavailable.

    `Done.pages` counts files: received, and refused.
    """
    pool = ThreadPoolExecutor(2 * drawing.renderer.workers, "docproc-receive")
    receiver = Receiver(parts, drawing.renderer, pool)
    try:
        return receiver.work(queue, shift)
    finally:
        receiver.give_back()
        pool.shutdown(wait=False, cancel_futures=True)  # who still probes ends with the renderer


class Receiver:
    """What one worker has in hand. Used by one thread."""

    def __init__(self, parts: Parts, renderer: Renderer, pool: ThreadPoolExecutor) -> None:
        self._database, self._images, self._renderer, self._pool = parts.database, parts.images, renderer, pool
        self._first_choice = parts.renderer_name
        self._name = worker_name()
        self._held: dict[Future[DocumentRow | None], Received] = {}
        self._alone = False  # the one in hand has seen a worker die
        self._renewed = 0.0
        self.counts: Counter[str] = Counter()

    def work(self, queue: Queue, shift: Shift) -> Done:
        """Until nothing waits, or the shift is over: then what is in hand is finished, or left where it hurries."""
        ends = time.monotonic() + shift.seconds
        while not shift.leave():
            over = time.monotonic() >= ends
            if not over:
                self._claim()
            if not self._held:
                return Done(dict(self.counts), over)
            if self._enter():
                queue.ring("raster")
            self._renew()
        return Done(dict(self.counts), True)

    def give_back(self) -> None:
        """Give back what is in hand."""
        held = list(self._held.values())
        for looking in self._held:
            looking.cancel()
        self._held.clear()
        if held:
            self._database.insist(partial(received.release, files=held))

    def _claim(self) -> None:
        room = BATCH - len(self._held)
        if (self._alone and self._held) or room < BATCH // 4:
            return
        found = self._database.insist(lambda conn: received.claim(conn, self._hold(room)))
        self._alone = not found and not self._held
        if self._alone:
            found = self._database.insist(lambda conn: received.claim(conn, self._hold(1, alone=True)))
        if not self._held:
            self._renewed = time.monotonic()
        self._held.update((self._begin(file), file) for file in found)

    def _hold(self, room: int, alone: bool = False) -> Hold:
        return Hold(room, LEASE, uuid4().hex, self._name, alone)

    def _begin(self, file: Received) -> Future[DocumentRow | None]:
        if not file.known:
            return self._pool.submit(self._look, file)
        done: Future[DocumentRow | None] = Future()
        done.set_result(None)
        return done

    def _look(self, file: Received) -> DocumentRow:
        """What a file is. Raises Unavailable, CancelledError."""
        try:
            path = self._place(file)
        except NotFound:
            where = f"{file.path} is gone or has changed" if file.path else "its bytes are not in the store of sources"
            return refused(file, "unreadable", f"{file.name}: {where}; submit it again")
        probing = self._renderer.probe(path)
        row = judge(Seen(path, file.sha256, file.bytes, file.modified), probing)
        # Where its bytes are kept is nobody's business.
        return replace(row, path=file.path or file.name, message=row.message.replace(str(path), file.name))

    def _place(self, file: Received) -> Path:
        """Where a file is as it was submitted. Raises NotFound, Unavailable."""
        if file.path is not None:
            path = Path(file.path)
            try:
                status = path.stat()
            except OSError:
                return self._images.source(file.sha256)
            if (status.st_size, status.st_mtime) == (file.bytes, file.modified):
                return path
        return self._images.source(file.sha256)

    def _enter(self) -> bool:
        """Enter what has been looked at; whether anything was."""
        ready, _ = wait(self._held, timeout=_BEAT, return_when=FIRST_COMPLETED)
        looked: list[tuple[Received, DocumentRow | None]] = []
        away: list[Received] = []
        for looking in ready:
            file = self._held.pop(looking)
            try:
                looked.append((file, looking.result()))
            except (Unavailable, PageFailed, CancelledError) as error:  # away, or the children are being stopped
                log.warning("%s is looked at again later: %s", file.name, error)
                away.append(file)
        if away:
            self._database.insist(partial(received.release, files=away, delay=_LATER))
        return self._store(looked)

    def _store(self, looked: Sequence[tuple[Received, DocumentRow | None]]) -> bool:
        if not looked:
            return False
        kept = self._database.insist(partial(enter_received, looked=looked, first_choice=self._first_choice))
        bad = {file.id for file, row in looked if row is not None and row.rejected is not None}
        self.counts.update("refused" if file.id in bad else "received" for file in kept)
        return len(kept) > 0

    def _renew(self) -> None:
        now = time.monotonic()
        if self._held and now - self._renewed > LEASE / 3:
            self._renewed = now
            tokens = {file.token for file in self._held.values()}
            self._database.insist(partial(received.renew, tokens=tokens, lease=LEASE))
