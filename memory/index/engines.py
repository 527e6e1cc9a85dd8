"""Connections that write, and errors in the memory's own words.

The one place where SQLite and PostgreSQL differ for the builder.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from kubectl_smart.memory.index.reading import REBUILD
from kubectl_smart.memory.index.rows import IndexUnusable
from kubectl_smart.memory.records.errors import BadInput, Busy, StorageFull

_SQLITE_SETTINGS = (
    "PRAGMA journal_mode = WAL",  # a reader never waits for the writer
    "PRAGMA synchronous = NORMAL",  # what a power cut takes is applied again from git
    "PRAGMA cache_size = -65536",
    "PRAGMA busy_timeout = 5000",
)
_FULL = {"53100"}
_REFUSED = ("28", "3D")
_BUSY = {"55P03", "40001", "40P01", "53300", "57P03"}


def sqlite_engine(path: Path) -> Engine:
    """An engine that writes to an index file, making it if need be."""
    engine = create_engine(f"sqlite:///{path.absolute()}", poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def settle(connection: Any, _record: object) -> None:
        for setting in _SQLITE_SETTINGS:
            connection.execute(setting)

    return engine


def postgresql_engine(url: str) -> Engine:
    """An engine for `postgresql://…`, through psycopg."""
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)


def insert_text(engine: Engine, table: Table, *, replacing: tuple[str, ...] = ()) -> str:
    """An INSERT of whole rows as the driver takes it; rows that are there already stay.

    replacing  columns to be set anew in such rows
    """
    dialect_name = engine.dialect.name
    insert = (sqlite if dialect_name == "sqlite" else postgresql).insert(table)
    if replacing:
        statement = insert.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_={name: insert.excluded[name] for name in replacing},
        )
    else:
        statement = insert.on_conflict_do_nothing()
    style = "qmark" if dialect_name == "sqlite" else "format"
    dialect: Callable[..., Dialect] = type(engine.dialect)
    return str(statement.compile(dialect=dialect(paramstyle=style)))


@contextmanager
def our_words() -> Iterator[None]:
    """Database errors come out as StorageFull, Busy or IndexUnusable."""
    try:
        yield
    except DBAPIError as error:
        raise in_our_words(error) from error


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """All or nothing, errors in our words."""
    with our_words(), connection.begin():
        yield


def in_our_words(error: DBAPIError) -> Exception:
    """The memory's error for one of a database, with the first line of what that says."""
    code = _code(error.orig)
    told = next(iter(str(error.orig).splitlines()), "").strip()
    if code in _FULL or code == "SQLITE_FULL":
        return StorageFull("there is no room for the index", "make room; git has everything")
    if code in _BUSY or code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Busy("somebody else writes to the index", "try again when they have finished")
    if code.startswith(_REFUSED):
        return BadInput(f"the database of the index refuses: {told}", "mend the address given")
    if not code and isinstance(error, OperationalError):
        return Busy(f"the database of the index cannot be reached: {told}", "try again later")
    return IndexUnusable(f"the index cannot be used: {told}", REBUILD)


def _code(error: BaseException | None) -> str:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorname", "") or ""
    return getattr(error, "sqlstate", "") or ""
