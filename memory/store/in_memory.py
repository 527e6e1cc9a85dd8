"""The store and the spool without a disk: the twin for tests and for the demonstration.

It passes the same contract suite as git and the file system do, because it keeps the same
commits (messages, files, blob ids) and reads them back with the same code. Nothing survives
the process.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import orjson

from kubectl_smart.memory.formats.journal_lines import from_line
from kubectl_smart.memory.formats.manifests import canonical, from_yaml, to_yaml
from kubectl_smart.memory.formats.paths import parse_path
from kubectl_smart.memory.records.changes import Facet
from kubectl_smart.memory.records.errors import MemoryDamaged
from kubectl_smart.memory.records.facts import Committed, StatePlace
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.store import positions, refs
from kubectl_smart.memory.store.branches import MAIN
from kubectl_smart.memory.store.decisions import blob_id
from kubectl_smart.memory.store.history import FileChange, RawCommit, read_history
from kubectl_smart.memory.store.protocols import (
    NO_PROGRESS,
    Fault,
    LiveState,
    NewCommit,
    Progress,
    SpoolEntry,
    SpoolItem,
)


class InMemorySpool:
    """Implements `protocols.Spool` in a list."""

    def __init__(self, *, floor: int = 0) -> None:
        self._entries: list[SpoolEntry] = []
        self._last = floor
        self._discarded = 0
        self._progress = NO_PROGRESS

    def append(self, items: Sequence[SpoolItem]) -> int:
        """Store the items. Returns the last sequence."""
        for item in items:
            self._last += 1
            self._entries.append(SpoolEntry(*item, self._last))
        return self._last

    def read(self, after: int) -> Iterator[SpoolEntry]:
        """The entries with a sequence above `after` (and above what is discarded), in order."""
        after = max(after, self._discarded)
        return iter([entry for entry in self._entries if entry.sequence > after])

    def discard(self, through: int, progress: Progress = NO_PROGRESS) -> None:
        """Forget every entry up to `through`."""
        self._progress = progress
        self._discarded = max(self._discarded, through)
        self._entries = [entry for entry in self._entries if entry.sequence > through]

    @property
    def progress(self) -> Progress:
        """What `discard` was last given; Progress(0, ()) if nothing."""
        return self._progress

    @property
    def discarded(self) -> int:
        """The highest `through` ever given to `discard`; 0 if none."""
        return self._discarded

    @property
    def last_sequence(self) -> int:
        """The highest sequence given out; 0 if none."""
        return self._last

    def close(self) -> None:
        """Nothing to let go of."""


class InMemoryStore:
    """Implements `protocols.Store` in dictionaries."""

    def __init__(self) -> None:
        self._branches: dict[str, list[RawCommit]] = {}
        self._trees: dict[str, dict[str, str]] = {}
        self._blobs: dict[str, bytes] = {}

    def tips(self) -> dict[str, str]:
        """Commit id at the tip of every branch."""
        return {name: commits[-1].id for name, commits in sorted(self._branches.items())}

    def head(self) -> str:
        """The first 12 digits of main's tip and of the newest journal's, joined by "+"."""
        return refs.head(self.tips())

    def messages(self, branch: str) -> Iterator[tuple[str, bytes]]:
        """(commit id, message) from the tip of a branch backwards."""
        return ((raw.id, raw.message) for raw in reversed(self._branches.get(branch, [])))

    def last_sequence(self) -> int:
        """Highest sequence the branches know of; 0 when empty."""
        return positions.last_sequence(self)

    def history(self, branch: str, since: str | None = None) -> Iterator[Committed]:
        """Every record of a branch, oldest first, after the commit `since` (None: all)."""
        commits = self._branches.get(branch, [])
        ids = [raw.id for raw in commits]
        if since is not None and since not in ids:
            raise MemoryDamaged(f"{branch} does not contain {since}", "rebuild the index")
        begin = 0 if since is None else ids.index(since) + 1
        return read_history(branch, commits[begin:], self)

    def contents(self, ids: Sequence[str]) -> list[bytes]:
        """The contents of blobs."""
        return [self._blobs[name] for name in ids]

    def blob_at(self, commit: str, path: str) -> str | None:
        """The id of the file at a path in a commit's tree; None if there is none."""
        for commits in self._branches.values():
            found: str | None = None
            for raw in commits:
                found = next((file.new for file in raw.files if file.path == path), found)
                if raw.id == commit:
                    return found
        return None

    def read_path(self, branch: str, path: str) -> bytes | None:
        """The file at a path on the branch's tip; None if there is none."""
        name = self._trees.get(branch, {}).get(path)
        return self._blobs[name] if name is not None else None

    def read_states(self, places: Sequence[StatePlace]) -> list[bytes | None]:
        """States as canonical JSON, in the order asked; None where there is none."""
        return [self._state(place) for place in places]

    def read_files(self, places: Sequence[StatePlace]) -> list[bytes | None]:
        """States as YAML: the file's very bytes, or rendered for a line of a journal."""
        found: list[bytes | None] = []
        for place in places:
            state = self._state(place) if place.line >= 0 else None
            file = self._blobs.get(place.blob) if place.line < 0 else None
            found.append(file if state is None else to_yaml(orjson.loads(state)))
        return found

    def _state(self, place: StatePlace) -> bytes | None:
        content = self._blobs.get(place.blob)
        if content is None or place.line < 0:
            return None if content is None else canonical(from_yaml(content))
        lines = content.splitlines()
        return from_line(lines[place.line]).state if place.line < len(lines) else None

    def live_states(self) -> Iterator[LiveState]:
        """Every object alive: the trees of main and of the newest journal."""
        for branch in (MAIN, refs.newest_journal(self.tips())):
            for path, name in sorted(self._trees.get(branch, {}).items()):
                area, ref = parse_path(path)
                if area in ("state", "status") and isinstance(ref, ObjectRef):
                    facet = Facet.STATUS if area == "status" else Facet.OBJECT
                    state = canonical(from_yaml(self._blobs[name]))
                    yield LiveState(ref, facet, state, branch)

    def verify(self) -> Iterator[Fault]:
        """Nothing here can be damaged."""
        return iter(())

    def maintain(self, *, full: bool = False) -> None:
        """Nothing to keep in order."""

    def writer(self) -> InMemoryWriter:
        """A new writer."""
        return InMemoryWriter(self)

    def close(self) -> None:
        """Nothing to let go of."""

    def add(self, new: NewCommit) -> str:
        """Put one commit on its branch; returns its id."""
        commits = self._branches.setdefault(new.branch, [])
        tree = self._trees.setdefault(new.branch, {})
        files = []
        for path, content in [*self._carried(new), *new.files]:
            old = tree.pop(path, None)
            name = None
            if content is not None:
                name = tree[path] = blob_id(content)
                self._blobs[name] = content
            if old != name:
                files.append(FileChange(path, old, name))
        parent = commits[-1].id.encode() if commits else b""
        parts = (parent, new.author, new.committer, new.message, repr(files).encode())
        commit = hashlib.sha1(b"\0".join(parts)).hexdigest()  # noqa: S324 - an id like git's
        commits.append(RawCommit(commit, new.message, files))
        return commit

    def _carried(self, new: NewCommit) -> list[tuple[str, bytes | None]]:
        if new.carry is None:
            return []
        branch, names = new.carry
        return [
            (path, self._blobs[name])
            for path, name in self._trees.get(branch, {}).items()
            if path.partition("/")[0] in names
        ]


class InMemoryWriter:
    """Implements `protocols.Writer`."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store
        self._new: list[NewCommit] = []

    def commit(self, new: NewCommit) -> None:
        """Put one commit on top of its branch; not yet visible to readers."""
        self._new.append(new)

    def checkpoint(self) -> list[str]:
        """Let readers see everything since the last checkpoint."""
        new, self._new = self._new, []
        return [self._store.add(one) for one in new]

    def close(self) -> None:
        """Give up commits since the last checkpoint."""
        self._new.clear()
