"""The acceptor of a live process: everything handed over becomes durable here, or is refused.

What several sources hand over at the same time goes to disk together, with one sync. Work that
waits for disk or index is done by one thread of its own, so the event loop never does.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from kubectl_smart.capture.accepting import Kept, Overloaded
from kubectl_smart.capture.held_keys import HeldKeys
from kubectl_smart.capture.preparing import Prepared, known
from kubectl_smart.memory.records.errors import SmartError, StorageFull
from kubectl_smart.memory.store.protocols import SpoolEntry, SpoolItem
from kubectl_smart.memory.store.spool_ends import SpoolTail

_CHUNK = 1_000


class Room(NamedTuple):
    """How much may wait, in bytes.

    spool    on disk, accepted and not yet committed; beyond it nothing more is accepted
    free     left on that disk for everything else; below it nothing more is accepted
    waiting  in memory, handed over and not yet on disk
    """

    spool: int = 8 << 30
    free: int = 256 << 20
    waiting: int = 64 << 20


ROOM = Room()


class Backlog(NamedTuple):
    """What waits in the spool: entries, and the bytes of its files."""

    entries: int
    bytes: int


class _Handed(NamedTuple):
    """One handing over."""

    items: Sequence[SpoolItem]
    events: Sequence[Prepared]
    source: str
    size: int
    kept: asyncio.Future[Kept]


class Spooling:
    """Implements `accepting.Acceptor` on the tail of a spool. Start it, and close it.

    folder    of the spool
    entries   what the spool holds already
    recorded  tells which of these audit ids the memory holds records of; asked in a thread, in
              which `finished` is called in the end
    durable   is told, in the event loop, up to which sequence all is durable
    clock     microseconds since 1970-01-01 UTC
    """

    def __init__(
        self,
        folder: Path,
        tail: SpoolTail,
        entries: Iterable[SpoolEntry],
        *,
        recorded: Callable[[Collection[str]], set[str]],
        finished: Callable[[], None],
        durable: Callable[[int], None],
        clock: Callable[[], int],
        room: Room = ROOM,
        discarded: int = 0,
    ) -> None:
        self._folder = folder
        self._tail = tail
        self._recorded = recorded
        self._finished = finished
        self._durable = durable
        self._clock = clock
        self._room = room
        self._discarded = discarded
        self._held = HeldKeys()
        for chunk in _chunks(entries):
            self._held.add([entry.key for entry in chunk], chunk[0].sequence)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spooling")
        self._waiting: list[_Handed] = []
        self._waiting_bytes = 0
        self._work: asyncio.Task[None] | None = None
        self.counts: Counter[tuple[str, str]] = Counter()
        """(source, "new" | "repeated" | "irrelevant") -> how many since the process began."""

    @property
    def last_sequence(self) -> int:
        """Up to here all is durable."""
        return self._tail.last_sequence

    @property
    def backlog(self) -> Backlog:
        """What is accepted and not yet committed."""
        return Backlog(self._tail.last_sequence - self._discarded, _size(self._folder))

    @property
    def waiting_bytes(self) -> int:
        """What is handed over and not yet on disk."""
        return self._waiting_bytes

    def trouble(self) -> str:
        """Why nothing can be accepted just now, in one sentence; "" if it can."""
        try:
            self._find_room()
        except SmartError as problem:
            return problem.message
        return ""

    def relieved(self, through: int) -> None:
        """Everything up to here stands in git."""
        self._discarded = max(self._discarded, through)
        self._thread.submit(self._held.relieved, self._discarded)

    async def accept(self, items: Sequence[SpoolItem]) -> Kept:
        """See `accepting.Acceptor`."""
        size = sum(len(item.body) for item in items)
        return await self._hand_over(items, (), items[0].source if items else "", size)

    async def accept_events(
        self, events: Sequence[Prepared], source: str, also: Sequence[SpoolItem] = ()
    ) -> Kept:
        """See `accepting.Acceptor`."""
        size = sum(len(event.body) for event in events)
        return await self._hand_over(also, events, source, size)

    async def _hand_over(
        self, items: Sequence[SpoolItem], events: Sequence[Prepared], source: str, size: int
    ) -> Kept:
        if self._waiting and self._waiting_bytes + size > self._room.waiting:
            raise Overloaded("more is handed over than goes to disk", 1)
        kept: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Handed(items, events, source, size, kept))
        self._waiting_bytes += size
        if self._work is None:
            self._work = asyncio.create_task(self._spool_all())
        return await asyncio.shield(kept)

    async def _spool_all(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                handed, self._waiting = self._waiting, []
                try:
                    done = await loop.run_in_executor(self._thread, self._spool, handed)
                except (SmartError, OSError) as problem:
                    _refuse(handed, problem)
                except BaseException as problem:
                    # nobody waits for ever for what a fault of ours ended
                    _refuse([*handed, *self._waiting], RuntimeError(f"not kept: {problem!r}"))
                    raise
                else:
                    for one, kept in zip(handed, done, strict=True):
                        for outcome, count in kept._asdict().items():
                            self.counts[one.source, outcome] += count
                        if not one.kept.done():
                            one.kept.set_result(kept)
                    self._durable(self._tail.last_sequence)
                self._waiting_bytes = sum(one.size for one in self._waiting)
        finally:
            self._work = None

    def _spool(self, handed: Sequence[_Handed]) -> list[Kept]:
        """In the thread: make it durable, all of it or none."""
        self._find_room()
        keys = [event.key for one in handed for event in one.events if event.body]
        keys += [item.key for one in handed for item in one.items]
        held = self._held.which(keys)
        asked = {
            event.audit_id
            for one in handed
            for event in one.events
            if event.body and event.key not in held
        }
        recorded = self._recorded(asked) if asked else set()
        items: dict[str, SpoolItem] = {}
        now = self._clock()
        done = [self._sorted(one, held, recorded, items, now) for one in handed]
        last = self._tail.append(list(items.values()))
        self._held.add(items, last - len(items) + 1)
        return done

    def _sorted(
        self,
        handed: _Handed,
        held: set[str],
        recorded: set[str],
        items: dict[str, SpoolItem],
        now: int,
    ) -> Kept:
        """Put what is new of one handing over into `items`."""
        new = repeated = irrelevant = 0
        for item in handed.items:
            known_already = item.key in held or item.key in items
            if not known_already:
                items[item.key] = item
            if item.source == handed.source:
                repeated += known_already
                new += not known_already
        for event in handed.events:
            key = event.key
            if not event.body:
                irrelevant += 1
            elif key in items:
                repeated += 1
            elif key in held or event.audit_id in recorded:
                repeated += 1
                if event.leads_up and key not in held:
                    # what led up to it is no step of its own, this time either
                    items[key] = SpoolItem(key, handed.source, now, known(event.body))
            else:
                new += 1
                items[key] = SpoolItem(key, handed.source, now, event.body)
        return Kept(new, repeated, irrelevant)

    def _find_room(self) -> None:
        place = os.statvfs(self._folder)
        if place.f_bavail * place.f_frsize < self._room.free:
            raise StorageFull(
                f"less than {self._room.free >> 20} MiB are left on the disk of {self._folder}",
                "make room on that disk; what is refused meanwhile is sent again",
            )
        if _size(self._folder) > self._room.spool:
            raise Overloaded(f"more than {self._room.spool >> 20} MiB wait to be committed", 10)

    async def settle(self) -> None:
        """Wait for what was handed over."""
        while self._work is not None:
            await asyncio.wait([self._work])

    async def close(self) -> None:
        """Wait for what was handed over, then let go."""
        await self.settle()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._finished)
        self._thread.shutdown()
        self._held.close()
        self._tail.close()


def _chunks(entries: Iterable[SpoolEntry]) -> Iterator[list[SpoolEntry]]:
    """The entries in runs of sequences without a gap."""
    chunk: list[SpoolEntry] = []
    for entry in entries:
        if chunk and (len(chunk) >= _CHUNK or entry.sequence != chunk[-1].sequence + 1):
            yield chunk
            chunk = []
        chunk.append(entry._replace(body=b""))
    if chunk:
        yield chunk


def _refuse(handed: Sequence[_Handed], problem: Exception) -> None:
    for one in handed:
        if not one.kept.done():
            one.kept.set_exception(problem)


def _size(folder: Path) -> int:
    total = 0
    with os.scandir(folder) as found:
        for one in found:
            try:
                total += one.stat().st_size
            except FileNotFoundError:
                continue  # relieved just now
    return total
