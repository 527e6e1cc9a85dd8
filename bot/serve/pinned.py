"""The notes pinned to objects, kept in the process for whoever must not wait for the index."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from kubectl_smart.bot.serve.committing import Came
from kubectl_smart.capture.warning import EMPTY, Table, table_of
from kubectl_smart.memory.index.opening import open_index
from kubectl_smart.memory.index.rows import IndexUnusable
from kubectl_smart.memory.opening import index_place
from kubectl_smart.memory.records.notes import Note

_log = logging.getLogger(__name__)
_AGAIN_AFTER = 2.0
"""Seconds until the next attempt when the index could not be read."""


class PinnedNotes:
    """Read anew whenever a note was committed, and in between as it was.

    memory, index  which memory; index: URL, None for the file beside it
    """

    def __init__(self, memory: Path, index: str | None) -> None:
        self._place = index_place(memory.absolute(), index)
        self._seen = (-1, -1)
        self._news = asyncio.Event()
        self.table = EMPTY

    def came(self, came: Came, lives: int) -> None:
        """The committer has come further; `lives`: how often one was started again.

        One that died may have committed a note of which it could not tell.
        """
        if (came.notes, lives) != self._seen:
            self._seen = (came.notes, lives)
            self._news.set()

    async def keep(self) -> None:
        """For as long as it lives."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                self.table = await asyncio.to_thread(self._read)
            except IndexUnusable as problem:
                _log.warning("%s; notes are warned of as they were before", problem)
                await asyncio.sleep(_AGAIN_AFTER)
                self._news.set()

    def _read(self) -> Table:
        index = open_index(self._place)
        try:
            return table_of(each.record for each in index.notes() if isinstance(each.record, Note))
        finally:
            index.close()
