"""A memory that is live: everything heard goes into its spool, and from there into git.

Holds the memory's lock for as long as it is open, so there is one of these for each memory.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from kubectl_smart.bot.serve.committer import CommitterProcess
from kubectl_smart.bot.serve.committing import Came, Place
from kubectl_smart.capture.accepting import Kept, Overloaded
from kubectl_smart.capture.coverage import Hearing
from kubectl_smart.capture.decoding.fold import heard_item
from kubectl_smart.capture.preparing import Prepared
from kubectl_smart.capture.spooling import ROOM, Room, Spooling
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.index.opening import Index, open_index
from kubectl_smart.memory.index.rows import IndexUnusable
from kubectl_smart.memory.opening import index_place
from kubectl_smart.memory.store.git_store import OURS, GitStore
from kubectl_smart.memory.store.keys import load_or_create_key
from kubectl_smart.memory.store.protocols import SpoolItem
from kubectl_smart.memory.store.spool_ends import SpoolHead, SpoolTail

_log = logging.getLogger(__name__)
_ASK_AGAIN = 5


class LiveMemory:
    """Implements `capture.accepting.Acceptor`. Use `async with`.

    path   of the memory; made if it is not there
    index  URL of the index; None for the file beside the memory
    clock  microseconds since 1970-01-01 UTC
    on_came  is told each time the committer has come further

    NothingKnown, BadInput if the folder is none to make a memory in; Busy if somebody else writes.
    """

    def __init__(
        self,
        path: Path,
        *,
        index: str | None,
        clock: Callable[[], int],
        room: Room = ROOM,
        decisions_every: float = 1.0,
        journal_every: float = 10.0,
        on_came: Callable[[Came], None] = lambda _: None,
    ) -> None:
        self._told = on_came
        self._marks: deque[tuple[int, float]] = deque()
        self._path = path.absolute()
        self._clock = clock
        self._index = _Lookups(self._path, index)
        self._store = GitStore.open(self._path, create=True)
        try:
            ours = self._path / OURS
            self.redactor = Redactor(load_or_create_key(ours / "key"))
            tail = SpoolTail(ours / "spool", floor=self._store.last_sequence())
            head = SpoolHead(ours / "spool", limit=tail.last_sequence)
            place = Place(
                memory=str(self._path),
                index=index,
                lock=self._store.lock_descriptor,
                through=tail.last_sequence,
                decisions_every=decisions_every,
                journal_every=journal_every,
            )
            self.committer = CommitterProcess(place, self._came)
            self.spooling = Spooling(
                ours / "spool",
                tail,
                head.read(0),
                recorded=self._index.recorded,
                finished=self._index.close,
                durable=self._durable,
                clock=clock,
                room=room,
                discarded=head.discarded,
            )
        except BaseException:
            self._store.close()
            raise
        self.hearing = Hearing(clock)
        self.writing = threading.Lock()
        """Held by a thread that reads the memory and tells it what follows from that."""
        self.keeping: asyncio.Task[None] | None = None
        """What keeps the committer going; it ends by a fault of ours only."""

    async def __aenter__(self) -> Self:
        self.keeping = self.committer.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.spooling.settle()
        await self.committer.close()
        await self.spooling.close()
        self._store.close()

    async def accept(self, items: Sequence[SpoolItem]) -> Kept:
        """See `capture.accepting.Acceptor`."""
        return await self.spooling.accept(items)

    async def accept_events(
        self, events: Sequence[Prepared], source: str, also: Sequence[SpoolItem] = ()
    ) -> Kept:
        """See `capture.accepting.Acceptor`."""
        return await self.spooling.accept_events(events, source, also)

    async def record(self, items: Sequence[SpoolItem]) -> None:
        """Accept, and wait until it stands in git and in the index.

        StorageFull, Overloaded: if it is durable at all it is committed later.
        """
        await self.spooling.accept(items)
        await self.committer.committed(self.spooling.last_sequence)

    async def write_coverage(self) -> None:
        """Put into the memory what was heard and is not in it yet."""
        due = self.hearing.due()
        if due:
            now = self._clock()
            await self.spooling.accept([heard_item(one, now) for one in due])
            self.hearing.written(due)

    @property
    def lag(self) -> float:
        """Seconds since the oldest entry that is not committed was accepted, to a second."""
        return time.monotonic() - self._marks[0][1] if self._marks else 0.0

    def trouble(self) -> str:
        """Why nothing can be accepted just now, in one sentence; "" if it can."""
        if not self.committer.begun.is_set():
            return "the memory is being opened"
        return self.spooling.trouble()

    def _durable(self, through: int) -> None:
        now = time.monotonic()
        if not self._marks or now - self._marks[-1][1] >= 1.0:
            self._marks.append((through, now))
        self.committer.durable(through)

    def _came(self, came: Came) -> None:
        while self._marks and self._marks[0][0] <= came.committed:
            self._marks.popleft()
        self.spooling.relieved(came.discarded)
        self._told(came)


class _Lookups:
    """Asks the index which audit ids the memory knows; opened when asked, and anew if replaced."""

    def __init__(self, path: Path, index: str | None) -> None:
        self._place = index_place(path, index)
        self._index: Index | None = None
        self._seen: tuple[int, int] | None = None

    def recorded(self, audit_ids: Collection[str]) -> set[str]:
        """Those that are recorded. Overloaded while the index is being made."""
        try:
            return self._opened().has_audit_ids(audit_ids)
        except IndexUnusable as problem:
            self.close()
            _log.warning("%s; what is sent is asked for again", problem)
            raise Overloaded("the index is being made", _ASK_AGAIN) from None

    def _opened(self) -> Index:
        seen = self._file()
        if self._index is None or seen != self._seen:
            self.close()
            self._index, self._seen = open_index(self._place), seen
        return self._index

    def _file(self) -> tuple[int, int] | None:
        if not isinstance(self._place, Path):
            return None
        try:
            found = self._place.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def close(self) -> None:
        """Let go of it."""
        if self._index is not None:
            self._index.close()
            self._index = None
