"""The memory as a bare git repository; beside git's files, a folder `smart` of our own.

Reading needs no lock and starts git only when a question needs an object; writing takes the
lock when the store is opened and keeps it until it is closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import orjson

from kubectl_smart.memory.formats.manifests import canonical, from_yaml, to_yaml
from kubectl_smart.memory.records.changes import Change, Facet
from kubectl_smart.memory.records.errors import BadInput, Busy, MemoryDamaged, NothingKnown
from kubectl_smart.memory.records.facts import Committed, StatePlace
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.store.cat_file import CatFile
from kubectl_smart.memory.store.git_commands import output
from kubectl_smart.memory.store.refs import head, newest_journal, read_tips

if TYPE_CHECKING:
    from kubectl_smart.memory.store.commit_graph import CommitGraph
    from kubectl_smart.memory.store.fast_import import FastImportWriter
    from kubectl_smart.memory.store.lock import WriterLock
    from kubectl_smart.memory.store.protocols import Fault, LiveState

OURS = "smart"
"""The folder for what is not git's: the index, the spool, the key and the lock."""


class GitStore:
    """Implements `protocols.Store` on a folder. Use `open`, and close it (or use `with`)."""

    def __init__(self, path: Path, lock: WriterLock | None) -> None:
        self._path = path
        self._lock = lock
        self._cat_file = CatFile(path)
        self._writer: FastImportWriter | None = None
        self._graph: CommitGraph | None = None
        self._lines: tuple[str, list[bytes]] = ("", [])

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        create: bool = False,
        read_only: bool = False,
        held: int | None = None,
    ) -> Self:
        """The memory at `path`, with its lock unless `read_only`.

        held  descriptor of the lock, if the process that started this one holds it

        NothingKnown if there is none and it is not to be made; Busy if somebody else writes.
        """
        path = path.absolute()
        exists = (path / "HEAD").is_file() and (path / "objects").is_dir()
        if not exists and (read_only or not create):
            raise NothingKnown(
                f"there is no memory at {path}", "make one with `kubectl smart import`"
            )
        if read_only:
            return cls(path, None)
        if not exists and path.exists() and any(one.name != OURS for one in path.iterdir()):
            raise BadInput(
                f"{path} holds other things than a memory", "name a folder that is empty or new"
            )
        # all that only writing needs is imported by what writes: a question begins in no time
        from kubectl_smart.memory.store import maintenance
        from kubectl_smart.memory.store.fast_import import clear_leftovers
        from kubectl_smart.memory.store.lock import WriterLock

        place = path / OURS / "lock"
        lock = WriterLock(place) if held is None else WriterLock.inherited(place, held)
        if held is None:
            lock.acquire()
        try:
            if not maintenance.is_complete(path):
                maintenance.create_repository(path)
            clear_leftovers(path)
        except BaseException:
            lock.release()
            raise
        return cls(path, lock)

    @property
    def path(self) -> Path:
        """The repository's folder."""
        return self._path

    @property
    def lock_descriptor(self) -> int:
        """Of the held lock, for a process that is to write in this one's place; -1 if none is."""
        return -1 if self._lock is None else self._lock.descriptor

    def tips(self) -> dict[str, str]:
        """Commit id at the tip of every branch."""
        return read_tips(self._path)

    def head(self) -> str:
        """The first 12 digits of main's tip and of the newest journal's, joined by "+"."""
        return head(self.tips())

    def messages(self, branch: str) -> Iterator[tuple[str, bytes]]:
        """(commit id, message) from the tip of a branch backwards."""
        commit: str | None = self.tips().get(branch)
        while commit is not None:
            found = self._cat_file.read(commit)
            if found is None or found.kind != b"commit":
                raise MemoryDamaged(
                    f"commit {commit} on {branch} is missing", "restore it from a clone"
                )
            head, _, message = found.content.partition(b"\n\n")
            yield commit, message
            parents = [line for line in head.split(b"\n") if line.startswith(b"parent ")]
            commit = parents[0][7:].decode() if parents else None

    def last_sequence(self) -> int:
        """Highest sequence the branches know of; 0 when empty."""
        from kubectl_smart.memory.store import positions

        return positions.last_sequence(self)

    def history(self, branch: str, since: str | None = None) -> Iterator[Committed]:
        """Every record of a branch, oldest first, after the commit `since` (None: all)."""
        tip = self.tips().get(branch)
        if tip is None or tip == since:
            return iter(())
        from kubectl_smart.memory.store.history import read_history
        from kubectl_smart.memory.store.walking import raw_commits

        return read_history(branch, raw_commits(self._path, branch, tip, since), self)

    def contents(self, ids: Sequence[str]) -> list[bytes]:
        """The contents of blobs; MemoryDamaged if one is missing."""
        found = []
        for name, one in zip(ids, self._cat_file.read_many(ids), strict=True):
            if one is None:
                raise MemoryDamaged(f"object {name} is missing", "run `kubectl smart verify`")
            found.append(one.content)
        return found

    def change_of_commit(self, commit: str) -> str:
        """The Change-Id of a commit, named by its id or the beginning of it; "" if it has none."""
        found = self._cat_file.read(commit)
        if found is None or found.kind != b"commit":
            return ""
        from kubectl_smart.memory.formats.messages import parse_message

        try:
            record = parse_message(found.content.partition(b"\n\n")[2]).record
        except ValueError:
            return ""  # a journal's batch, or the first commit
        return record.id if isinstance(record, Change) else ""

    def blob_at(self, commit: str, path: str) -> str | None:
        """The id of the file at a path in a commit's tree; None if there is none."""
        found = self._cat_file.read(f"{commit}:{path}")
        return found.id if found is not None and found.kind == b"blob" else None

    def read_path(self, branch: str, path: str) -> bytes | None:
        """The file at a path on the branch's tip; None if there is none."""
        tip = self.tips().get(branch)
        found = self._cat_file.read(f"{tip}:{path}") if tip else None
        return found.content if found is not None and found.kind == b"blob" else None

    def read_states(self, places: Sequence[StatePlace]) -> list[bytes | None]:
        """States as canonical JSON, in the order asked; None where there is none."""
        return [
            state if state is None or place.line >= 0 else canonical(from_yaml(state))
            for place, state in zip(places, self._read(places), strict=True)
        ]

    def read_files(self, places: Sequence[StatePlace]) -> list[bytes | None]:
        """States as YAML: the file's very bytes, or rendered for a line of a journal."""
        return list(self.each_file(places))

    def each_file(self, places: Sequence[StatePlace]) -> Iterator[bytes | None]:
        """What `read_files` returns, read as it is taken. Take all, and ask nothing meanwhile."""
        for place, state in zip(places, self._read(places), strict=True):
            yield state if state is None or place.line < 0 else to_yaml(orjson.loads(state))

    def _read(self, places: Sequence[StatePlace]) -> Iterator[bytes | None]:
        """YAML for files, canonical JSON for lines."""
        names = [place.blob for place in places if place.line < 0]
        files = self._cat_file.read_many(names)
        whole = iter(list(files)) if len(names) != len(places) else files
        for place in places:
            if place.line >= 0:
                yield self._line(place)
            else:
                found = next(whole)
                yield found.content if found is not None else None

    def _line(self, place: StatePlace) -> bytes | None:
        from kubectl_smart.memory.formats.journal_lines import from_line

        if self._lines[0] != place.blob:
            found = self._cat_file.read(place.blob)
            self._lines = (place.blob, found.content.splitlines() if found is not None else [])
        lines = self._lines[1]
        return from_line(lines[place.line]).state if place.line < len(lines) else None

    def live_states(self) -> Iterator[LiveState]:
        """Every object alive: the trees of main and of the newest journal."""
        from kubectl_smart.memory.formats.paths import parse_path
        from kubectl_smart.memory.store.branches import MAIN
        from kubectl_smart.memory.store.protocols import LiveState

        tips = self.tips()
        for branch in (MAIN, newest_journal(tips)):
            if branch not in tips:
                continue
            listing = output(self._path, "ls-tree", "-r", "-z", tips[branch], "state/", "status/")
            rows = [row.partition(b"\t") for row in listing.split(b"\0") if row]
            ids = [meta.split()[2].decode() for meta, _, _ in rows]
            for (_, _, path), content in zip(rows, self.contents(ids), strict=True):
                area, ref = parse_path(path.decode())
                if isinstance(ref, ObjectRef):
                    facet = Facet.STATUS if area == "status" else Facet.OBJECT
                    yield LiveState(ref, facet, canonical(from_yaml(content)), branch)

    def verify(self) -> Iterator[Fault]:
        """Walk everything; each fault as it is met. The first of a branch is the cause."""
        from kubectl_smart.memory.store.verification import verify  # only `verify` needs it

        return verify(self._path)

    def maintain(self, *, full: bool = False) -> None:
        """Keep reading fast: pack, write the commit graph. `full`: repack all, best deltas."""
        self._locked()
        if self._writer is not None:
            self._writer.close()
        if self._graph is not None:
            self._graph.finish()
        from kubectl_smart.memory.store import maintenance

        maintenance.tidy(self._path, full=full)

    def writer(self) -> FastImportWriter:
        """A new writer; the one before is closed. Busy if opened for reading only."""
        lock = self._locked()
        if self._writer is not None:
            self._writer.close()
        from kubectl_smart.memory.store import maintenance
        from kubectl_smart.memory.store.commit_graph import CommitGraph
        from kubectl_smart.memory.store.fast_import import FastImportWriter

        if self._graph is None:
            self._graph = CommitGraph(self._path, lock.descriptor)
        self._writer = FastImportWriter(
            self._path, lock.descriptor, self._graph, lambda: maintenance.gather_packs(self._path)
        )
        return self._writer

    def _locked(self) -> WriterLock:
        if self._lock is None:
            raise Busy("this memory was opened for reading only", "open it for writing")
        return self._lock

    def close(self) -> None:
        """Let go of processes and the lock; closing twice is fine."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if self._graph is not None:
            self._graph.finish()
            self._graph = None
        self._cat_file.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
