"""The tables of the index: one schema, for SQLite and for PostgreSQL.

Everything here is derived from git and may be thrown away; SCHEMA_VERSION names what the tables
hold, and an index of another version is rebuilt, never migrated. Ids and hashes are bytes, not
hex; what is only shown and never asked for is packed in `detail` (see packing).

Numbers `n` are given by the one writer, in order of arrival. They never show in an answer.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeEngine

from kubectl_smart.memory.index.versions import SCHEMA_VERSION

__all__ = [
    "SCHEMA_VERSION",
    "audits",
    "branches",
    "changes",
    "commits",
    "entries",
    "heard",
    "kinds",
    "links",
    "manners",
    "meta",
    "metadata",
    "moments",
    "namespaces",
    "objects",
    "spans",
    "terms",
    "tips",
    "trouble_links",
    "wired",
    "wiring_terms",
    "wirings",
]

metadata = MetaData()

_Number: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")
_Sorted: TypeEngine[str] = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that sorts by code point on both databases."""


def _n() -> Column[int]:
    return Column("n", _Number, primary_key=True, autoincrement=False)


meta = Table(
    "meta",
    metadata,
    Column("key", _Sorted, primary_key=True),
    Column("value", _Sorted, nullable=False),
    sqlite_with_rowid=False,
)

tips = Table(
    "tips",
    metadata,
    Column("branch", _Sorted, primary_key=True),
    Column("commit", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# --- dictionaries: few rows, never changed, cached by whoever reads them ----------------------

kinds = Table(
    "kinds",
    metadata,
    _n(),
    Column("grp", _Sorted, nullable=False),
    Column("kind", _Sorted, nullable=False),
    UniqueConstraint("grp", "kind"),
)

namespaces = Table(
    "namespaces", metadata, _n(), Column("name", _Sorted, nullable=False, unique=True)
)

branches = Table("branches", metadata, _n(), Column("name", _Sorted, nullable=False, unique=True))

# How things are done: packed (verb, actor, kind of actor, acting for, via). The unpacked text of
# a person's `via` is not here but in the change's detail: it is different every time.
manners = Table("manners", metadata, _n(), Column("manner", LargeBinary, nullable=False))

objects = Table(
    "objects",
    metadata,
    _n(),
    Column("name", _Sorted, nullable=False),
    Column("namespace", _Number, nullable=False),
    Column("kind", _Number, nullable=False),
    Column("uid", LargeBinary),  # of its first change here; changes hold theirs if it differs
    UniqueConstraint("name", "namespace", "kind"),
)

commits = Table(
    "commits",
    metadata,
    _n(),
    Column("hash", LargeBinary, nullable=False),
    Column("branch", _Number, nullable=False),
)

# --- records ---------------------------------------------------------------------------------

changes = Table(
    "changes",
    metadata,
    _n(),
    Column("id", LargeBinary, nullable=False),
    Column("object", _Number, nullable=False),
    Column("facet", SmallInteger, nullable=False),  # 0 OBJECT, 1 STATUS
    Column("bulk", SmallInteger, nullable=False),  # 1 for derived objects and STATUS facets
    Column("namespace", _Number, nullable=False),
    Column("happened_at", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),  # numeric resource version; -1 if not numeric
    Column("sequence", BigInteger, nullable=False),
    Column("flags", SmallInteger, nullable=False),
    Column("manner", _Number, nullable=False),
    Column("owner", _Number),
    Column("uid", LargeBinary),
    Column("audit", LargeBinary),
    Column("recorded_at", BigInteger, nullable=False),
    Column("commit", _Number, nullable=False),
    Column("blob", LargeBinary),
    Column("line", Integer, nullable=False),
    Column("detail", LargeBinary),
    Column("wiring", _Number),  # of its OBJECT state, where it says something of others
)
Index("changes_id", changes.c.id, unique=True)
Index("changes_of_object", changes.c.object, changes.c.facet, changes.c.happened_at)
Index("changes_by_time", changes.c.bulk, changes.c.happened_at)
Index(
    "changes_declared_in",
    changes.c.namespace,
    changes.c.happened_at,
    sqlite_where=text("bulk = 0"),
    postgresql_where=text("bulk = 0"),
)
# What was done to the pods and Jobs of one object: one row in three.
Index(
    "changes_of_owner",
    changes.c.owner,
    changes.c.happened_at,
    sqlite_where=text("owner IS NOT NULL AND facet = 0"),
    postgresql_where=text("owner IS NOT NULL AND facet = 0"),
)

# Observations, dependencies (object: the caller, owner: the callee), steps, notes, versions of
# incidents.
entries = Table(
    "entries",
    metadata,
    _n(),
    Column("family", SmallInteger, nullable=False),
    Column("id", LargeBinary, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("object", _Number),
    Column("owner", _Number),
    Column("subject", LargeBinary),  # the change a note explains; the incident of a version
    Column("recorded_at", BigInteger, nullable=False),
    Column("commit", _Number, nullable=False),
    Column("blob", LargeBinary),
    Column("line", Integer, nullable=False),
    Column("detail", LargeBinary, nullable=False),
)
Index("entries_id", entries.c.id, entries.c.family, unique=True)
Index("entries_by_time", entries.c.family, entries.c.first_at)
Index(
    "entries_of_object",
    entries.c.object,
    entries.c.last_at,
    sqlite_where=text("object IS NOT NULL"),
    postgresql_where=text("object IS NOT NULL"),
)
Index(
    "entries_of_owner",
    entries.c.owner,
    entries.c.last_at,
    sqlite_where=text("owner IS NOT NULL"),
    postgresql_where=text("owner IS NOT NULL"),
)
Index(
    "entries_by_subject",
    entries.c.subject,
    sqlite_where=text("subject IS NOT NULL"),
    postgresql_where=text("subject IS NOT NULL"),
)

audits = Table(
    "audits",
    metadata,
    Column("audit", LargeBinary, primary_key=True),
    sqlite_with_rowid=False,
)

heard = Table(
    "heard",
    metadata,
    Column("source", _Sorted, primary_key=True),
    Column("session", _Sorted, primary_key=True),
    Column("from_at", BigInteger, primary_key=True),
    Column("to_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

terms = Table(
    "terms",
    metadata,
    Column("term", _Sorted, primary_key=True),
    Column("entry", _Number, primary_key=True),
    sqlite_with_rowid=False,
)

# What lasted (see the module spans): lives of objects (family 0, key: the object), and entries
# that took longer than an instant (their family, key: the entry).
spans = Table(
    "spans",
    metadata,
    Column("family", SmallInteger, primary_key=True),
    Column("key", _Number, primary_key=True),
    Column("from_at", BigInteger, primary_key=True),
    Column("to_at", BigInteger, nullable=False),
    Column("node", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("spans_left", spans.c.family, spans.c.node, spans.c.to_at)
Index("spans_right", spans.c.family, spans.c.node, spans.c.from_at)

# --- wiring: what objects say of others (see records.wiring) -------------------------------------

wirings = Table(
    "wirings",
    metadata,
    _n(),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("packed", LargeBinary, nullable=False),
)

# What found a wiring: see formats.wiring.packing.
wiring_terms = Table(
    "wiring_terms",
    metadata,
    Column("term", BigInteger, primary_key=True),
    Column("wiring", _Number, primary_key=True),
    sqlite_with_rowid=False,
)

# When an object had it; change: the one that brought it.
wired = Table(
    "wired",
    metadata,
    Column("object", _Number, primary_key=True),
    Column("from_at", BigInteger, primary_key=True),
    Column("to_at", BigInteger, nullable=False),
    Column("wiring", _Number, nullable=False),
    Column("change", _Number, nullable=False),
    sqlite_with_rowid=False,
)
Index("wired_by_wiring", wired.c.wiring)

# --- links: what happened because of what (see linking) -------------------------------------------

# What of a change can be a cause or an effect, by the family it belongs to.
moments = Table(
    "moments",
    metadata,
    Column("family", _Number, primary_key=True),
    Column("role", SmallInteger, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("change", _Number, primary_key=True),
    Column("done_by", SmallInteger, nullable=False),
    Column("maker", BigInteger, nullable=False),
    Column("subject", _Number, nullable=False),
    sqlite_with_rowid=False,
)

# effect and cause: numbers of changes; confidence: thousandths.
links = Table(
    "links",
    metadata,
    Column("at", BigInteger, primary_key=True),
    Column("effect", _Number, primary_key=True),
    Column("rule", SmallInteger, primary_key=True),
    Column("cause", _Number, primary_key=True),
    Column("confidence", SmallInteger, nullable=False),
    Column("evidence", LargeBinary),
    sqlite_with_rowid=False,
)
Index("links_by_cause", links.c.cause)

# Links to trouble, up to the instant in `meta`; ids and not numbers, for an observation that goes
# on gets another number. confidence: ten-thousandths.
trouble_links = Table(
    "trouble_links",
    metadata,
    Column("at", BigInteger, primary_key=True),
    Column("effect", LargeBinary, primary_key=True),
    Column("rule", SmallInteger, primary_key=True),
    Column("cause", LargeBinary, primary_key=True),
    Column("effect_of", _Number, nullable=False),
    Column("cause_of", _Number, nullable=False),
    Column("cause_at", BigInteger, nullable=False),
    Column("confidence", SmallInteger, nullable=False),
    Column("evidence", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
