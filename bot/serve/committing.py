"""The committer: a process of its own that brings what is in the spool into git and the index.

    python -m kubectl_smart.bot.serve.committing

Its parent holds the memory's lock and the tail of the spool, and tells it through its input, in
lines of JSON, first where the memory is (`Place`), then up to which sequence all is durable
(`{"through": 4711}`), that somebody waits (`"now": true`), an errand (`"do": "pack"`), and to end
(`"stop": true`). It tells through its output how far it came (`Came`), or what keeps it from going
on, and what came of an errand (`{"done": "pack", "trouble": "", "more": false}`). Folding and
committing hence never delay an answer to the API server, and if this process dies, nothing is lost
and another one goes on.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import select
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from kubectl_smart.bot.recorders import recorder_of
from kubectl_smart.memory.index.rows import IndexUnusable
from kubectl_smart.memory.opening import Memory, index_place, open_for_writing
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.errors import SmartError, StorageFull
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.store.git_store import OURS
from kubectl_smart.memory.store.spool_ends import SpoolHead

MAINTAIN, PACK, LINK = "maintain", "pack", "links"
"""Errands: small packs are gathered and the commit graph is written; everything is packed anew;
some trouble is linked to what led to it."""
AT_A_TIME = 20
"""Pieces of trouble linked between two commits, each in some hundredths of a second."""
RARELY = (100_000, 50, 100)
"""Thresholds of Python's cycle collector, for processes that make many objects and no cycles."""
_log = logging.getLogger(__name__)
_AT_ONCE = 2_000
"""Entries folded before the next look whether somebody waits."""
_NICE = 10
"""Where processors are short, whoever accepts goes first, and git with the committer last."""
_FAR = 10_000
"""Entries behind, from which on there is no hurry to show the newest: catching up comes first."""
_LOOK_EVERY = 2.0
"""Seconds between two looks whether the index is still there, when nothing else is to be done."""
_LAST = 20.0
"""Seconds after which what is not yet folded is left to the next run, once it is told to stop."""
_AGAIN_AFTER = 5.0
"""Seconds until the next attempt when there was no room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the committer is told first.

    memory           its folder
    index            URL of the index; None for the file beside the memory
    lock             descriptor of the memory's lock
    through          up to which sequence the spool is durable
    decisions_every  seconds between two commits of decisions, at least
    journal_every    seconds within which the bulk is committed
    """

    memory: str
    index: str | None
    lock: int
    through: int
    decisions_every: float
    journal_every: float


class Came(NamedTuple):
    """How far the committer came.

    folded     sequence of the last entry that was folded
    committed  all up to here stands in git and in the index, but for what is gathered
    discarded  all up to here is out of the spool
    gathering  whether something is held open that a later entry would complete
    records    committed since the committer began; changes among them; unknown: their actor is;
               notes among them
    seconds    the last commit took
    received   when the last entry committed was received, microseconds since 1970-01-01 UTC
    trouble    why it does not go on, in words; "" if it does
    """

    folded: int
    committed: int
    discarded: int
    gathering: bool
    records: int
    changes: int
    unknown: int
    notes: int
    seconds: float
    received: int
    trouble: str


class Done(NamedTuple):
    """What came of an errand.

    done     its name
    trouble  what went wrong, in words; "" if nothing did
    more     whether it is to be given again, for all that is left
    """

    done: str
    trouble: str = ""
    more: bool = False


class Committer:
    """Folds and commits until it is told to stop."""

    def __init__(self, place: Place) -> None:
        self._place = place
        path = Path(place.memory)
        self._memory = open_for_writing(path, index=place.index, held=place.lock)
        self._spool = SpoolHead(path / OURS / "spool", limit=place.through)
        self._durable = place.through
        self._index = index_place(path.absolute(), place.index)
        self._seen_index = self._index_now()
        self._recorder = recorder_of(self._memory, self._spool, on_committed=self._count)
        self._came = Came(
            self._position,
            self._spool.discarded,
            self._spool.discarded,
            gathering=False,
            records=0,
            changes=0,
            unknown=0,
            notes=0,
            seconds=0.0,
            received=0,
            trouble="",
        )
        self._flushed_at = 0.0
        self._somebody_waits = False
        self._errands: deque[str] = deque()

    @property
    def came(self) -> Came:
        """How far it is."""
        return self._came

    def told(self, message: dict[str, Any]) -> None:
        """A line of the parent's."""
        self._durable = max(self._durable, int(message.get("through", 0)))
        self._somebody_waits = self._somebody_waits or bool(message.get("now"))
        if "do" in message:
            self._errands.append(str(message["do"]))

    @property
    def idle_for(self) -> float:
        """Seconds for which there is nothing to do, if nothing is told."""
        if self._durable > self._came.folded or self._somebody_waits or self._errands:
            return 0.0
        waiting = self._recorder.uncommitted
        if waiting.decisions:
            return max(0.0, self._flushed_at + self._place.decisions_every - time.monotonic())
        if waiting.journalled or self._came.folded > self._came.committed:
            due = max(0.0, self._flushed_at + self._place.journal_every - time.monotonic())
            return min(due, _LOOK_EVERY)
        return _LOOK_EVERY

    def work(self) -> None:
        """Fold some of what is there, and commit what is due. StorageFull, MemoryDamaged."""
        self._heal()
        self._spool.limit = min(self._durable, self._came.folded + _AT_ONCE)
        self._recorder.drain(final=False)
        self._came = self._came._replace(
            folded=self._spool.limit,
            committed=max(self._came.committed, self._spool.progress.position),
            gathering=self._recorder.is_gathering,
            discarded=self._spool.discarded,
        )
        caught_up = self._came.folded >= self._durable
        if (caught_up and self._somebody_waits) or self.is_due:
            self.flush()

    @property
    def is_due(self) -> bool:
        """Whether something has waited long enough to be committed."""
        if self._durable - self._came.folded > _FAR:
            return False  # the recorder commits as it goes
        waiting = self._recorder.uncommitted
        since = time.monotonic() - self._flushed_at
        if waiting.decisions > 0 and since >= self._place.decisions_every:
            return True
        behind = waiting.journalled > 0 or self._came.folded > self._came.committed
        return behind and since >= self._place.journal_every

    def flush(self) -> None:
        """Commit all that is complete."""
        began = time.monotonic()
        self._recorder.drain(final=False, flush=True)
        self._flushed_at = time.monotonic()
        self._somebody_waits = False
        self._came = self._came._replace(
            committed=self._came.folded,
            discarded=self._spool.discarded,
            seconds=self._flushed_at - began,
            trouble="",
        )

    def errand(self) -> Done | None:
        """Do the next errand; None if there is none.

        Before packs are gathered all that is complete is committed; the recorder begins anew after,
        for what it held open lies in the spool, and its writer was of the packs before.
        """
        if not self._errands:
            return None
        name = self._errands.popleft()
        if name == LINK:
            return self._link()
        try:
            self.flush()
            self._recorder.close()
            self._memory.store.maintain(full=name == PACK)
        except SmartError as problem:
            self.failed(problem)
            return Done(name, f"{problem}; {problem.remedy}")
        self._begin()
        return Done(name)

    def _link(self) -> Done:
        from kubectl_smart.memory.questions.trouble_links import link_trouble

        try:
            linked = link_trouble(self._memory.store, self._memory.index, AT_A_TIME)
        except SmartError as problem:
            return Done(LINK, f"{problem}; {problem.remedy}")
        return Done(LINK, more=not linked.whole)

    def finish(self) -> None:
        """Commit all that is durable, or as much as can be in a short time."""
        deadline = time.monotonic() + _LAST
        while self._came.folded < self._durable and time.monotonic() < deadline:
            self.work()
        self.flush()

    def failed(self, problem: SmartError) -> None:
        """Say so, and begin anew: a recorder that failed is of no more use."""
        self._came = self._came._replace(trouble=str(problem))
        self._recorder.close()
        self._begin()

    def _begin(self) -> None:
        self._recorder = recorder_of(self._memory, self._spool, on_committed=self._count)
        self._came = self._came._replace(folded=self._position)

    @property
    def _position(self) -> int:
        """Where a new recorder goes on reading; what it holds open lies before."""
        return max(self._spool.discarded, self._spool.progress.position)

    def close(self) -> None:
        """Let go; what is not committed stays in the spool."""
        self._recorder.close()
        self._memory.close()

    def _count(self, records: Sequence[Committed]) -> None:
        changes = [one.record for one in records if isinstance(one.record, Change)]
        unknown = sum(1 for one in changes if one.actor.kind is ActorKind.UNKNOWN)
        notes = sum(1 for one in records if isinstance(one.record, Note))
        self._came = self._came._replace(
            records=self._came.records + len(records),
            changes=self._came.changes + len(changes),
            unknown=self._came.unknown + unknown,
            notes=self._came.notes + notes,
            received=max((one.recorded_at for one in records), default=self._came.received),
        )

    def _index_now(self) -> tuple[int, int] | None:
        """What tells the index's file from another one; None if it has none, or is no file."""
        if not isinstance(self._index, Path):
            return None
        with contextlib.suppress(FileNotFoundError):
            found = self._index.stat()
            return found.st_dev, found.st_ino
        return None

    def _heal(self) -> None:
        """An index that was removed or put in another's place is made anew, from git."""
        if not isinstance(self._index, Path) or self._index_now() == self._seen_index:
            return
        _log.warning("the index %s is gone or is another; it is made anew", self._index)
        self.reopen()

    def reopen(self) -> None:
        """Bring the index up to git, made anew if need be, and go on from there."""
        self._recorder.close()
        self._memory.index.close()
        self._memory = _reopened(self._memory, self._place)
        self._seen_index = self._index_now()
        self._begin()


def _reopened(memory: Memory, place: Place) -> Memory:
    """The memory with an index that is there; the lock stays held by the descriptor."""
    lock = os.dup(memory.store.lock_descriptor)
    memory.store.close()
    return open_for_writing(Path(place.memory), index=place.index, held=lock)


class _Lines:
    """Lines of JSON from a descriptor; nothing waits longer than it is told to."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""
        self.ended = False

    def first(self) -> dict[str, Any]:
        """The first line."""
        while b"\n" not in self._rest:
            data = os.read(self._descriptor, 65_536)
            if not data:
                raise EOFError
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return dict(orjson.loads(line))

    def within(self, seconds: float) -> Iterator[dict[str, Any]]:
        """The lines that are there, or come within so many seconds."""
        if b"\n" not in self._rest:
            ready, _, _ = select.select([self._descriptor], [], [], seconds)
            if not ready:
                return
            data = os.read(self._descriptor, 65_536)
            self.ended = self.ended or not data
            self._rest += data
        *lines, self._rest = self._rest.split(b"\n")
        yield from (orjson.loads(line) for line in lines)


def main() -> int:
    """Run until the parent closes the input or says stop; the process's exit code."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    gc.set_threshold(*RARELY)
    os.nice(_NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the parent says when
    lines = _Lines(0)
    try:
        committer = Committer(Place(**lines.first()))
        try:
            _tell(committer.came._asdict())
            return _run(committer, lines)
        finally:
            committer.close()
    except SmartError as problem:
        _log.error("%s; %s", problem, problem.remedy)
        return 1
    except (BrokenPipeError, EOFError):
        return 0  # the parent was killed; whoever comes next goes on


def _run(committer: Committer, lines: _Lines) -> int:
    pause = 0.0
    said = committer.came
    while not lines.ended:
        wait = committer.idle_for
        for message in lines.within(pause or wait):
            committer.told(message)
            if message.get("stop"):
                with contextlib.suppress(SmartError):
                    committer.finish()
                _tell(committer.came._asdict())
                return 0
        try:
            committer.work()
            pause = 0.0
        except StorageFull as problem:
            pause = _AGAIN_AFTER
            committer.failed(problem)
        except IndexUnusable as problem:
            _log.warning("%s; it is made anew", problem)
            committer.reopen()
        done = committer.errand()
        if done is not None:
            _tell(done._asdict())
        if committer.came != said:
            said = committer.came
            _tell(said._asdict())
    return 0


def _tell(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(message) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
