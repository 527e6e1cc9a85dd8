"""How what is told gets into a memory: by whoever holds it open for writing, or by a live process.

A `Teller` hands over items and gets back the memory in which they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kubectl_smart.bot.recorders import recorder_of
from kubectl_smart.capture import statements
from kubectl_smart.capture.decoding.knowing import EMPTY, FoldState
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.store.git_store import OURS
from kubectl_smart.memory.store.protocols import SpoolItem
from kubectl_smart.memory.store.recorder import Recorder
from kubectl_smart.memory.store.spool import FileSpool


class Recording(Protocol):
    """Records items of what people said."""

    @property
    def memory(self) -> Memory:
        """The memory as of the last recording."""

    def settle(self) -> None:
        """Record first what an interrupted run left."""

    def record(self, items: Sequence[SpoolItem]) -> None:
        """On return they stand in git and in the index. StorageFull if there is no room."""

    def close(self) -> None:
        """Let go of what it holds; not of the memory it was given."""


class OwnRecording:
    """Records into a memory that is open for writing, in this process."""

    def __init__(self, memory: Memory) -> None:
        """What an interrupted run left is recorded first: StorageFull if there is no room."""
        self._memory = memory
        folder = memory.path / OURS / "spool"
        self._spool = FileSpool(folder, floor=memory.store.last_sequence())
        self._recorder: Recorder[FoldState] | None = None
        try:
            self.settle()
        except BaseException:
            self._spool.close()
            raise

    @property
    def memory(self) -> Memory:
        """The memory it was given."""
        return self._memory

    def settle(self) -> None:
        """Record what an interrupted run, or a statement that failed, left in the spool."""
        if self._recorder is None and next(self._spool.read(0), None) is not None:
            self._drain()

    def record(self, items: Sequence[SpoolItem]) -> None:
        """See `Recording`."""
        self._spool.append(items)
        self._drain()

    def close(self) -> None:
        """Let go of the spool; closing twice is fine."""
        self._spool.close()

    def _drain(self) -> None:
        """Commit what is in the spool. A recorder that failed is of no more use."""
        recorder = self._recorder or self._begin()
        self._recorder = None
        recorder.drain(False, flush=True)
        self._recorder = recorder

    def _begin(self) -> Recorder[FoldState]:
        index, store = self.memory.index, self.memory.store
        if index.lag(store.tips()):
            index.catch_up(store)
        ours = all(entry.source in statements.SOURCES for entry in self._spool.read(0))
        return recorder_of(self.memory, self._spool, EMPTY if ours else None)
