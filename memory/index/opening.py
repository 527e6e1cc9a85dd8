"""Opening an index: the one place that decides between SQLite and PostgreSQL.

Called by `memory.opening`. A SQLite index is opened with the standard library alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.index.reading import REBUILD, Reader, SqliteReader
from kubectl_smart.memory.index.rows import IndexUnusable
from kubectl_smart.memory.index.versions import SCHEMA_VERSION

if TYPE_CHECKING:
    from kubectl_smart.memory.index.build import Builder

__all__ = ["Index", "IndexUnusable", "open_index"]

_POSTGRESQL = ("postgresql://", "postgresql+psycopg://", "postgres://")


def open_index(place: str | Path, *, create: bool = False, read_only: bool = True) -> Index:
    """The index at a file's path, or at `postgresql://user:password@host/database`.

    create     make an empty one, also in place of one that cannot be used; implies writing
    read_only  for look-ups only; several may read while one writes, and nobody waits

    IndexUnusable if there is none, or it is damaged, of another version or half built: then open
    with `create=True` and call `catch_up(store)`. There must be one writer at a time: who writes
    holds the memory's lock. Several memories in one PostgreSQL database need a schema each:
    `…/database?options=-csearch_path%3Dpayments`.
    """
    if isinstance(place, str) and place.startswith(_POSTGRESQL):
        return _postgresql(place, create=create, read_only=read_only)
    return _sqlite(Path(place), create=create, read_only=read_only)


def _sqlite(path: Path, *, create: bool, read_only: bool) -> Index:
    def make() -> Builder:
        from kubectl_smart.memory.index.build import Builder
        from kubectl_smart.memory.index.engines import sqlite_engine

        return Builder(sqlite_engine(path))

    def anew() -> Reader:
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            path.with_name(name).unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        make().close()
        return SqliteReader(path)

    return _index(
        lambda: SqliteReader(path), make, anew, str(path), create=create, read_only=read_only
    )


def _index(
    read: Callable[[], Reader],
    make: Callable[[], Builder],
    anew: Callable[[], Reader],
    where: str,
    *,
    create: bool,
    read_only: bool,
) -> Index:
    if read_only and not create:
        return Index(_checked(read(), building=False), where=where)
    try:
        reader = _checked(read(), building=True)
    except IndexUnusable:
        if not create:
            raise
        reader = anew()
    return Index(reader, where=where, builder=make, anew=anew)


def _postgresql(url: str, *, create: bool, read_only: bool) -> Index:
    from kubectl_smart.memory.index.build import Builder, clear
    from kubectl_smart.memory.index.engines import postgresql_engine
    from kubectl_smart.memory.index.postgresql import PostgresqlReader

    def make() -> Builder:
        return Builder(postgresql_engine(url))

    def read() -> Reader:
        return PostgresqlReader(postgresql_engine(url))

    def anew() -> Reader:
        clear(postgresql_engine(url))
        make().close()
        return read()

    where = postgresql_engine(url).url.render_as_string(hide_password=True)
    return _index(read, make, anew, where, create=create, read_only=read_only)


def _checked(reader: Reader, *, building: bool) -> Reader:
    """The reader, if what it reads is an index of this version (and, to read it, complete)."""
    try:
        _check(dict(reader.rows("meta")), building=building)
    except IndexUnusable:
        reader.close()
        raise
    return reader


def _check(meta: dict[str, str], *, building: bool) -> None:
    version = meta.get("version", "none")
    if version != SCHEMA_VERSION:
        raise IndexUnusable(
            f"the index has version {version}, this program makes version {SCHEMA_VERSION}",
            REBUILD,
        )
    if meta.get("complete") != "1" and not building:
        raise IndexUnusable("the index is being built or was left half built", REBUILD)
