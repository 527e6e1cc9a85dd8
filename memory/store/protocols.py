"""The seams of the store: what a memory can be asked, and what writes to it.

`Store` is what the index and the questions read; `Spool` is where everything accepted lies
until it stands in git; `Fold` turns what was accepted into records (capture implements it);
`Writer` takes commits. Git and the file system implement these, and so does an in-memory twin
(see `in_memory`), and one contract suite holds for both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar, runtime_checkable

from kubectl_smart.memory.records.changes import Facet
from kubectl_smart.memory.records.facts import Committed, Record, StatePlace
from kubectl_smart.memory.records.objects import ObjectRef


class SpoolItem(NamedTuple):
    """Something accepted, before it has a place in the order.

    key          identifies it for ever: "auditID/stage" for an audit event
    source       which source it came from: "audit-log", "note" ... ; the fold decides by it
    received_at  microseconds since 1970-01-01 UTC; becomes `recorded_at` of its records
    body         the bytes the fold decodes
    """

    key: str
    source: str
    received_at: int
    body: bytes


class SpoolEntry(NamedTuple):
    """A spooled item; `sequence` grows strictly and is never given twice."""

    key: str
    source: str
    received_at: int
    body: bytes
    sequence: int


class Progress(NamedTuple):
    """How far a recorder came: all up to `position` stands in git, but for what is open.

    position    sequence of the last entry folded at the last checkpoint; 0 if not known
    still_open  sequences, up to `position`, of the entries that open records were gathered from
    """

    position: int
    still_open: tuple[int, ...]


NO_PROGRESS = Progress(0, ())


class LiveState(NamedTuple):
    """An object that stands in the tree of main or of the newest journal.

    state   canonical JSON; for Facet.STATUS the trimmed status object
    branch  "main" or "journal/<yyyy-mm>"
    """

    ref: ObjectRef
    facet: Facet
    state: bytes
    branch: str


class NewCommit(NamedTuple):
    """One commit to be made on top of a branch (the branch is begun if there is none).

    author     b"Name <mail> 1700000000 +0000"
    committer  the same form
    message    the whole message, UTF-8
    files      path -> content, None to delete; paths not named stay as they are
    carry      (branch, top-level names): those sub-trees of another branch's tip are taken
               over, which is how a month's journal begins; None otherwise
    """

    branch: str
    author: bytes
    committer: bytes
    message: bytes
    files: Sequence[tuple[str, bytes | None]] = ()
    carry: tuple[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something in the repository that is not as it was written.

    sentence  what is wrong, in words
    object    object id (40 hex digits) concerned; "" if none
    commit    the commit it was met in; "" if none
    path      the path in that commit; "" if none
    branch    the branch walked
    """

    sentence: str
    object: str = ""
    commit: str = ""
    path: str = ""
    branch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """What one `Recorder.drain` did.

    entries   spool entries folded
    records   records committed (on both branches)
    commits   commits made
    dropped   late changes dropped because they changed nothing
    repeated  records found already committed by an earlier, interrupted run
    """

    entries: int = 0
    records: int = 0
    commits: int = 0
    dropped: int = 0
    repeated: int = 0


class Writer(Protocol):
    """Takes commits; they count only from the next `checkpoint` on."""

    def commit(self, new: NewCommit) -> None:
        """Put one commit on top of its branch; not yet visible to readers."""

    def checkpoint(self) -> list[str]:
        """Make everything since the last checkpoint durable, then move the branches.

        Returns the ids of the commits since then, in order. StorageFull or MemoryDamaged if
        git fails: nothing since the last checkpoint counts then, and this writer is of no
        more use.
        """

    def close(self) -> None:
        """End; commits since the last checkpoint are given up."""


class Store(Protocol):
    """A memory, read; and the way to a writer. Reading never locks and never waits."""

    def tips(self) -> dict[str, str]:
        """Commit id at the tip of every branch: {"main": …, "journal/2026-11": …}."""

    def head(self) -> str:
        """What the memory holds, in one short word; "" if empty. `tips` has the full ids.

        The first 12 digits of main's tip and of the newest journal's, joined by "+".
        """

    def history(self, branch: str, since: str | None = None) -> Iterator[Committed]:
        """Every record of a branch, oldest first, after the commit `since` (None: all).

        The same Committed as were delivered live, `record.state` present only where it had to
        be read anyway.  MemoryDamaged if `since` is not on the branch or git cannot be read.
        """

    def read_states(self, places: Sequence[StatePlace]) -> list[bytes | None]:
        """States as canonical JSON, in the order asked; None where there is none."""

    def read_files(self, places: Sequence[StatePlace]) -> list[bytes | None]:
        """States as YAML: the file's very bytes, or rendered for a line of a journal."""

    def read_path(self, branch: str, path: str) -> bytes | None:
        """The file at a path on the branch's tip; None if there is none."""

    def live_states(self) -> Iterator[LiveState]:
        """Every object alive: the trees of main and of the newest journal."""

    def messages(self, branch: str) -> Iterator[tuple[str, bytes]]:
        """(commit id, message) from the tip of a branch backwards."""

    def last_sequence(self) -> int:
        """Highest sequence the branches know of; 0 when empty. A spool goes on after it."""

    def verify(self) -> Iterator[Fault]:
        """Walk everything; each fault as it is met. The first of a branch is the cause."""

    def maintain(self, *, full: bool = False) -> None:
        """Keep reading fast: pack, write the commit graph. `full`: repack all, best deltas."""

    def writer(self) -> Writer:
        """A new writer. One at a time; Busy if the store was opened for reading only."""

    def close(self) -> None:
        """Let go of processes, files and the lock. Closing twice is fine."""


class Spool(Protocol):
    """Durable first, acknowledged second."""

    def append(self, items: Sequence[SpoolItem]) -> int:
        """Store the items; on return they survive power loss. Returns the last sequence.

        StorageFull if there is no room: then none of them is stored.
        """

    def read(self, after: int) -> Iterator[SpoolEntry]:
        """The entries with a sequence above `after`, in order."""

    def discard(self, through: int, progress: Progress = NO_PROGRESS) -> None:
        """Every entry up to `through` stands in git on both branches: it may be forgotten."""

    @property
    def progress(self) -> Progress:
        """What `discard` was last given; Progress(0, ()) if nothing."""

    @property
    def discarded(self) -> int:
        """The highest `through` ever given to `discard`; 0 if none."""

    @property
    def last_sequence(self) -> int:
        """The highest sequence given out; 0 if none."""

    def close(self) -> None:
        """Let go of files."""


State = TypeVar("State")


class Fold(Protocol[State]):
    """Turns what was accepted into records; pure: the same entries make the same records.

    A record that gathers several events (a step, a folded observation) is returned when it is
    complete, with the sequence of its FIRST event; until then `low_water` holds the place.
    """

    def fold(self, state: State, entry: SpoolEntry) -> tuple[State, Sequence[tuple[int, Record]]]:
        """The next state, and the (sequence, record) pairs complete with this entry."""

    def close(self, state: State) -> tuple[State, Sequence[tuple[int, Record]]]:
        """Complete everything open: the input has ended."""

    def low_water(self, state: State) -> int | None:
        """The lowest sequence that belongs to something still open; None if nothing is."""


@runtime_checkable
class Gathering(Protocol):
    """A fold that can name all entries its open records were gathered from.

    With it a restart gives the fold exactly what it held open. Without it, the fold is given
    everything from the lowest cursor on, and may gather again what it had completed; steps are
    recognised then by their audit ids, observations are not.
    """

    def open_entries(self, state: Any) -> Collection[int]:
        """Sequences of every entry that belongs to something still open."""


Previous = Callable[[ObjectRef, str, Facet, int], bytes | None]
"""(object, uid, facet, happened_at) -> state (canonical JSON) in force just before or at that
instant, as far as committed; None if not known. The index answers it."""

OnCommitted = Callable[[list[Committed], dict[str, str]], None]
"""Called at every checkpoint: the records since the last one, in order, and the new tips."""
