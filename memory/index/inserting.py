"""The builder's pen: rows are gathered per table, numbered, and written many at a time.

Also keeps the small dictionaries (kinds, namespaces, branches, manners) in memory: there is one
writer, so what it knows is what the database holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, delete, func, select

from kubectl_smart.memory.index import packing
from kubectl_smart.memory.index.engines import insert_text
from kubectl_smart.memory.index.schema import (
    audits,
    branches,
    changes,
    commits,
    entries,
    heard,
    kinds,
    links,
    manners,
    meta,
    moments,
    namespaces,
    objects,
    spans,
    terms,
    tips,
    trouble_links,
    wired,
    wiring_terms,
    wirings,
)
from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.objects import ObjectRef

_Row = tuple[Any, ...]
_NUMBERED = (kinds, namespaces, branches, manners, objects, commits, changes, entries, wirings)
_PLAIN = (*_NUMBERED, audits, heard, terms, wiring_terms, moments, links, trouble_links)
_REPLACING = {
    meta: ("value",),
    tips: ("commit",),
    spans: ("to_at", "node"),
    wired: ("to_at", "wiring", "change"),
}


class Pen:
    """Writes rows through one connection; nothing is visible before the caller's commit."""

    def __init__(self, engine: Engine, connection: Connection) -> None:
        self._connection = connection
        self._texts = {table: insert_text(engine, table) for table in _PLAIN}
        self._texts |= {
            table: insert_text(engine, table, replacing=columns)
            for table, columns in _REPLACING.items()
        }
        self._pending: dict[Table, list[_Row]] = {table: [] for table in self._texts}
        self._numbers: dict[Table, int] = {}
        self._kinds: dict[tuple[str, str], int] = {}
        self._namespaces: dict[str, int] = {}
        self._branches: dict[str, int] = {}
        self._manners: dict[_Row, int] = {}
        self._commit: tuple[str, str, int] = ("", "", 0)
        self.load()

    def load(self) -> None:
        """Read anew what the database holds; to be called after a transaction that failed."""
        for rows in self._pending.values():
            rows.clear()
        execute = self._connection.execute
        for table in _NUMBERED:
            self._numbers[table] = execute(select(func.max(table.c.n))).scalar() or 0
        self._kinds = {(group, kind): n for n, group, kind in execute(select(kinds))}
        self._namespaces = {name: n for n, name in execute(select(namespaces))}
        self._branches = {name: n for n, name in execute(select(branches))}
        self._manners = {
            tuple(packing.unpack_detail(packed)): n for n, packed in execute(select(manners))
        }
        self._commit = ("", "", 0)

    # --- rows ---------------------------------------------------------------------------

    def number(self, table: Table) -> int:
        """The next number of a table."""
        self._numbers[table] += 1
        return self._numbers[table]

    def put(self, table: Table, row: _Row) -> None:
        """A whole row, in the order of the table's columns."""
        self._pending[table].append(row)

    def adder(self, table: Table) -> Callable[[_Row], None]:
        """`put` of one table, for the innermost loop."""
        return self._pending[table].append

    def flush(self) -> None:
        """Write everything gathered."""
        for table, rows in self._pending.items():
            if rows:
                if table is audits:
                    rows.sort()
                self._connection.exec_driver_sql(self._texts[table], rows)
                rows.clear()

    def remove(self, table: Table, column: str, values: Iterable[Any], **also: Any) -> None:
        """Delete the rows with these values, and the same values in other columns."""
        where = [table.c[column] == bindparam("wanted")]
        where += [table.c[name] == value for name, value in also.items()]
        rows = [{"wanted": value} for value in values]
        if rows:
            self._connection.execute(delete(table).where(*where), rows)

    def select(self, statement: Any, parameters: dict[str, Any] | None = None) -> Sequence[Any]:
        """Rows as the transaction sees them (without what is gathered and not flushed)."""
        return self._connection.execute(statement, parameters or {}).fetchall()

    def execute(self, statement: Any, rows: Sequence[dict[str, Any]] = ()) -> None:
        """Any other statement, once for each of the rows of parameters if there are any."""
        self._connection.execute(statement, rows or None)

    # --- dictionaries ---------------------------------------------------------------------

    def kind(self, group: str, kind: str) -> int:
        """The number of a kind."""
        key = (group, kind)
        if key not in self._kinds:
            self._kinds[key] = self.number(kinds)
            self.put(kinds, (self._kinds[key], group, kind))
        return self._kinds[key]

    def namespace(self, name: str) -> int:
        """The number of a namespace."""
        if name not in self._namespaces:
            self._namespaces[name] = self.number(namespaces)
            self.put(namespaces, (self._namespaces[name], name))
        return self._namespaces[name]

    def place_of(self, ref: ObjectRef) -> tuple[int, int] | None:
        """The numbers of an object's namespace and kind; None if one of them is not known."""
        namespace = self._namespaces.get(ref.namespace)
        kind = self._kinds.get((ref.group, ref.kind))
        return None if namespace is None or kind is None else (namespace, kind)

    def manner(self, verb: str, actor: Actor, via: str) -> int:
        """The number of a manner; `via` only where it is the same for many changes, else ""."""
        key = (verb, actor.name, actor.kind.value, actor.acting_for, via)
        found = self._manners.get(key)
        if found is None:
            found = self._manners[key] = self.number(manners)
            self.put(manners, (found, packing.pack_detail(list(key))))
        return found

    def commit(self, branch: str, commit: str) -> int:
        """The number of a commit; the records of one commit come one after another."""
        if self._commit[:2] == (branch, commit):
            return self._commit[2]
        if branch not in self._branches:
            self._branches[branch] = self.number(branches)
            self.put(branches, (self._branches[branch], branch))
        number = self.number(commits)
        self.put(commits, (number, bytes.fromhex(commit), self._branches[branch]))
        self._commit = (branch, commit, number)
        return number
