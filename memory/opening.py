"""The front door: a memory opened for a question, or for writing.

A question never fails for want of an index: one that is missing, damaged or behind git is
brought up first, unless somebody is writing to the memory right now or it may only be read; then
it answers from what the index holds, and says how far that reaches. Opening for a question
imports neither SQLAlchemy nor GitPython as long as the index is as it should be.
"""

from __future__ import annotations

import errno
from pathlib import Path
from types import TracebackType
from typing import Self

from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.index.opening import open_index
from kubectl_smart.memory.index.rows import IndexUnusable
from kubectl_smart.memory.records.errors import Busy
from kubectl_smart.memory.store.git_store import OURS, GitStore

INDEX_FILE = "index.sqlite"
_NOT_OURS_TO_WRITE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class Memory:
    """A git store and its index, open together. Close it, or use `with`."""

    def __init__(self, path: Path, store: GitStore, index: Index) -> None:
        self.path = path
        self.store = store
        self.index = index

    def close(self) -> None:
        """Let go of both. Closing twice is fine."""
        self.index.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def index_place(path: Path, index: str | None) -> str | Path:
    """Where the index of a memory is: the URL given, or the file beside the repository."""
    return index if index is not None else path / OURS / INDEX_FILE


def open_memory(path: Path, *, index: str | None = None) -> Memory:
    """The memory at `path`, for questions.

    NothingKnown if there is none. An index that is missing, damaged or behind is brought up first;
    IndexUnusable if that is not possible, because somebody else is writing or the memory may only
    be read, and there is none to answer from.
    """
    path = path.absolute()
    store = GitStore.open(path, read_only=True)
    try:
        found = _ready(path, store, index)
    except BaseException:
        store.close()
        raise
    return Memory(path, store, found)


def _ready(path: Path, store: GitStore, index: str | None) -> Index:
    place = index_place(path, index)
    damaged: IndexUnusable | None = None
    try:
        found = open_index(place)
        if not found.lag(store.tips()):
            return found
        found.close()
    except IndexUnusable as problem:
        damaged = problem
    try:
        with open_for_writing(path, index=index):
            pass
    except (Busy, OSError) as obstacle:
        if isinstance(obstacle, OSError) and obstacle.errno not in _NOT_OURS_TO_WRITE:
            raise
        if damaged is not None:
            raise damaged from obstacle
    return open_index(place)


def open_for_writing(
    path: Path, *, create: bool = False, index: str | None = None, held: int | None = None
) -> Memory:
    """The memory at `path` with its lock held and its index brought up to git.

    held  descriptor of the lock, if the process that started this one holds it

    NothingKnown if there is none and `create` is not said; Busy if somebody else is writing.
    """
    path = path.absolute()
    store = GitStore.open(path, create=create, held=held)
    try:
        found = open_index(index_place(path, index), create=True, read_only=False)
        try:
            if found.lag(store.tips()):
                found.catch_up(store)
        except BaseException:
            found.close()
            raise
    except BaseException:
        store.close()
        raise
    return Memory(path, store, found)
