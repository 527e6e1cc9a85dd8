"""Runs the shipped statements on SQLite with the standard library, or hands them to SQLAlchemy.

`SqliteReader` is the cold path of every question: it must import neither SQLAlchemy nor git.
The texts come from `compiled`, which is generated from the very statements that the PostgreSQL
reader executes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NoReturn, Protocol
from urllib.parse import quote

from kubectl_smart.memory.index.compiled import TEXTS
from kubectl_smart.memory.index.rows import IndexUnusable
from kubectl_smart.memory.records.errors import BadInput, Busy, Stopped
from kubectl_smart.memory.records.stopping import look, stop_wanted

REBUILD = "run `kubectl smart reindex`; it is rebuilt from git and nothing is lost"
_WAIT_MS = 5_000
_BETWEEN_LOOKS = 10_000
"""Steps of SQLite's machine between two looks whether to stop: about a millisecond."""

BEGINNING = -(1 << 62)
END = 1 << 62
"""Before and after every instant, for windows with an open side."""


class Reader(Protocol):
    """Executes one of the statements of `statements` by its name."""

    def rows(self, statement: str, /, **parameters: Any) -> list[tuple[Any, ...]]:
        """All rows. IndexUnusable if the database is damaged; Stopped, see `stopping`."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Everything read inside sees one instant."""

    def close(self) -> None:
        """Let go of the connection. Closing twice is fine."""


def only_for_reading() -> NoReturn:
    """BadInput: the index was opened with `read_only`."""
    raise BadInput("the index was opened for reading only", "open it with read_only=False")


class SqliteReader:
    """Reads an index file; never writes to it, never waits for who does."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise IndexUnusable(f"there is no index at {path}", REBUILD)
        self._path = path
        self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        """A read-only connection; one that needs no -shm file where the folder is read-only."""
        try:
            return self._connect("mode=ro")
        except sqlite3.OperationalError as error:
            waiting = self._path.with_name(self._path.name + "-wal")
            if waiting.exists() and waiting.stat().st_size:
                raise IndexUnusable(f"the index cannot be read: {error}", REBUILD) from error
        try:
            return self._connect("mode=ro&immutable=1")
        except sqlite3.DatabaseError as error:
            raise IndexUnusable(f"the index cannot be read: {error}", REBUILD) from error

    def _connect(self, how: str) -> sqlite3.Connection:
        place = f"file:{quote(str(self._path.absolute()))}?{how}"
        connection = sqlite3.connect(place, uri=True, isolation_level=None, timeout=_WAIT_MS / 1000)
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.OperationalError:
            connection.close()
            raise
        except sqlite3.DatabaseError as error:
            connection.close()
            raise IndexUnusable(f"the index is damaged: {error}", REBUILD) from error
        connection.execute("PRAGMA cache_size = -16384")
        connection.set_progress_handler(stop_wanted(), _BETWEEN_LOOKS)
        return connection

    def rows(self, statement: str, /, **parameters: Any) -> list[tuple[Any, ...]]:
        """All rows of the statement."""
        look()
        try:
            return self._connection.execute(TEXTS[statement], parameters).fetchall()
        except sqlite3.ProgrammingError:
            raise
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise Busy("the index is being written", "try again") from error
            if error.sqlite_errorname == "SQLITE_INTERRUPT":
                raise Stopped("the question was given up", "ask again") from error
            raise IndexUnusable(f"the index cannot be read: {error}", REBUILD) from error
        except sqlite3.DatabaseError as error:
            raise IndexUnusable(f"the index is damaged: {error}", REBUILD) from error

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything read inside sees one instant."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
