"""What lies in the spool, and lately did, by key: so that what is sent again is known again.

A table of SQLite in a temporary file of its own: hundreds of thousands of keys may wait while
nothing is committed, and none of them should cost memory. Made anew by every process, from the
spool.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b

from kubectl_smart.memory.records.errors import StorageFull

KEPT = 200_000
"""Keys that are remembered after their entries have left the spool. What is resent later than that
is known by the memory itself; until then nobody need ask it."""

_CACHE_KIB = 4_096


class HeldKeys:
    """Keys with their sequences. For one thread; close it.

    StorageFull from everything if there is no room for temporary files.
    """

    def __init__(self) -> None:
        self._table = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._table.executescript(
            f"pragma cache_size=-{_CACHE_KIB}; pragma synchronous=off; pragma journal_mode=off;"
            " create table held (key blob primary key, sequence integer not null) without rowid;"
            " create index by_sequence on held (sequence);"
        )
        self._forgotten = 0

    def which(self, keys: Iterable[str]) -> set[str]:
        """Those of the keys that are held."""
        seek = "select 1 from held where key = ?"
        with _told():
            return {key for key in keys if self._table.execute(seek, (_digest(key),)).fetchone()}

    def add(self, keys: Collection[str], first: int) -> None:
        """Keys whose sequences are `first` and those after it, in order; a known one is moved."""
        rows = [(_digest(key), first + at) for at, key in enumerate(keys)]
        with _told(), self._table:
            self._table.execute("begin")
            self._table.executemany("insert or replace into held values (?, ?)", rows)

    def relieved(self, through: int) -> None:
        """The spool is rid of all up to here: forget those that left it long ago."""
        oldest = through - KEPT
        if oldest - self._forgotten < KEPT // 10:
            return
        with _told():
            self._table.execute("delete from held where sequence <= ?", (oldest,))
        self._forgotten = oldest

    def close(self) -> None:
        """Remove it."""
        self._table.close()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as problem:
        raise StorageFull(
            f"what waits cannot be noted in a temporary file: {problem}", "make room for such files"
        ) from None


def _digest(key: str) -> bytes:
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).digest()
