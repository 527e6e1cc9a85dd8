"""Opening an index: the one place that decides between SQLite and PostgreSQL.

Called by `memory.opening`. A SQLite index is opened with the standard library alone.
"""

from __future__ import annotations

from pathlib import Path

from kubectl_smart.memory.index.lookups import Index

__all__ = ["Index", "open_index"]


def open_index(place: str | Path, *, create: bool = False, read_only: bool = True) -> Index:
    """The index at a file's path, or at `postgresql://user:password@host/database[?schema=…]`.

    create     make an empty one (or replace one that cannot be used); implies writing
    read_only  for look-ups only; several may read while one writes, and nobody waits

    IndexUnusable if there is none, or it is damaged, of another version or half built: then open
    with `create=True` and call `catch_up(store)`.
    """
    raise NotImplementedError
