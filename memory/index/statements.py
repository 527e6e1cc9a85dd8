"""Every SELECT of the index, once, as SQLAlchemy Core.

PostgreSQL executes them; for SQLite their compiled texts are shipped in the module `compiled`,
so that asking a question needs no SQLAlchemy. After a change here run

    python -m kubectl_smart.memory.index.statements

which writes that module anew; a test asserts that both agree.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sqlalchemy import BindParameter, Select, and_, bindparam, func, literal_column, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from kubectl_smart.memory.index.packing import GONE, INCIDENT, LIFE, NOTE, OBSERVATION, STEP
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
from kubectl_smart.memory.index.spans import WIDTH

CHUNK = 64
"""How many values v0 ... a statement with a list of values takes."""

_owners = objects.alias("owners")
_c, _e = changes.c, entries.c


def _p(name: str) -> BindParameter[Any]:
    return bindparam(name)


def _values() -> list[BindParameter[Any]]:
    return [_p(f"v{number}") for number in range(CHUNK)]


def _nodes() -> list[BindParameter[Any]]:
    return [_p(f"n{number}") for number in range(WIDTH)]


# --- changes -----------------------------------------------------------------------------------

_CHANGE = (
    _c.happened_at, _c.version, _c.sequence, _c.id, _c.facet, _c.flags, _c.manner,
    _c.uid, objects.c.uid.label("common_uid"), _c.audit, _c.recorded_at,
    commits.c.hash, commits.c.branch, _c.blob, _c.line, _c.detail,
    objects.c.name, objects.c.namespace, objects.c.kind,
    _owners.c.name.label("owner_name"), _owners.c.namespace.label("owner_namespace"),
    _owners.c.kind.label("owner_kind"),
)  # fmt: skip
"""What `Decoder.changes` takes, in order."""

_OUTLINE = (
    _c.happened_at, _c.version, _c.sequence, _c.id, _c.n, _c.flags, _c.manner, _c.uid,
    _c.blob, _c.line, _c.detail,
)  # fmt: skip
"""What `Decoder.outlines` takes, in order: of the table of changes alone."""

_ACT = (
    _c.happened_at, _c.version, _c.sequence, _c.id, _c.n, _c.flags, _c.manner, _c.detail,
    objects.c.name, objects.c.namespace, objects.c.kind,
)  # fmt: skip
"""What `Decoder.acts` takes, in order."""

_OLDEST = (_c.happened_at, _c.version, _c.sequence, _c.id)
_NEWEST = tuple(column.desc() for column in _OLDEST)


def _placed(start: FromClause) -> FromClause:
    """Changes and their objects, with where they stand and who owns them."""
    return start.join(commits, commits.c.n == _c.commit).outerjoin(_owners, _owners.c.n == _c.owner)


def _changes(*where: ColumnElement[bool]) -> Select[Any]:
    joined = _placed(changes.join(objects, objects.c.n == _c.object))
    return select(*_CHANGE).select_from(joined).where(*where)


def _acts(*where: ColumnElement[bool]) -> Select[Any]:
    """What was decided, without what is only shown; not what repositories declare."""
    return (
        select(*_ACT)
        .select_from(changes.join(objects, objects.c.n == _c.object))
        .where(*where, _c.facet == literal_column("0"), _window())
        .order_by(*_OLDEST)
        .limit(_p("limit"))
    )


def _window() -> ColumnElement[bool]:
    return and_(_c.happened_at >= _p("since"), _c.happened_at < _p("until"))


def _one(side: str, *where: ColumnElement[bool]) -> Select[Any]:
    """The nearest change strictly before or after an instant."""
    if side == "before":
        return _changes(*where, _c.happened_at < _p("at")).order_by(*_NEWEST).limit(1)
    return _changes(*where, _c.happened_at > _p("at")).order_by(*_OLDEST).limit(1)


def _alive(side: ColumnElement[bool], *where: ColumnElement[bool]) -> Select[Any]:
    """The newest change of a facet of every object whose life holds an instant.

    Several of an object if they happened at the same instant: the caller takes the last by order
    (sorting here would cost more than all the rest).
    """
    inner = changes.alias("inner")
    newest = (
        select(func.max(inner.c.happened_at))
        .where(
            inner.c.object == spans.c.key,
            inner.c.facet == _p("facet"),
            inner.c.happened_at <= _p("at"),
            inner.c.happened_at >= spans.c.from_at,
        )
        .correlate(spans)
        .scalar_subquery()
    )
    lives = spans.join(objects, objects.c.n == spans.c.key).join(
        changes,
        and_(_c.object == spans.c.key, _c.facet == _p("facet"), _c.happened_at == newest),
    )
    return (
        select(*_CHANGE)
        .select_from(_placed(lives))
        .where(spans.c.family == LIFE, spans.c.node.in_(_nodes()), side, *where)
    )


_LEFT, _RIGHT = spans.c.to_at > _p("at"), spans.c.from_at <= _p("at")
_OF_OBJECT = (_c.object == _p("object"), _c.facet == _p("facet"))
_DECLARED = _c.bulk == literal_column("0")
_IN = (_c.namespace == _p("number"), _DECLARED)
_OF = (_c.object == _p("number"), _c.facet == literal_column("0"))

_ABOUT_CHANGES: dict[str, Select[Any]] = {
    "changes_of": _changes(*_OF_OBJECT, _window()).order_by(*_OLDEST).limit(_p("limit")),
    "last_changes_of": _changes(*_OF_OBJECT, _window()).order_by(*_NEWEST).limit(_p("limit")),
    "last_changes_owned": _changes(
        _c.owner == _p("owner"), _c.owner.is_not(None), _c.facet == literal_column("0"), _window()
    )
    .order_by(*_NEWEST)
    .limit(_p("limit")),
    "count_of": select(func.count()).select_from(changes).where(*_OF_OBJECT, _window()),
    "outlines_of": select(*_OUTLINE)
    .where(*_OF_OBJECT, _c.happened_at < _p("until"))
    .order_by(_c.happened_at),
    "newest_of": _changes(*_OF_OBJECT, _c.happened_at <= _p("at")).order_by(*_NEWEST).limit(1),
    "first_of": select(_c.happened_at).where(*_OF_OBJECT).order_by(_c.happened_at).limit(1),
    "changes_between": _changes(_c.bulk == _p("bulk"), _window())
    .order_by(*_OLDEST)
    .limit(_p("limit")),
    "declared_between_in": _changes(_c.namespace == _p("namespace"), _DECLARED, _window())
    .order_by(*_OLDEST)
    .limit(_p("limit")),
    "bulk_between_in": _changes(
        _c.bulk == literal_column("1"), _window(), _c.namespace == _p("namespace")
    )
    .order_by(*_OLDEST)
    .limit(_p("limit")),
    "acts_between": _acts(_DECLARED),
    "acts_between_in": _acts(_c.namespace == _p("namespace"), _DECLARED),
    "busy_slots": select(_c.happened_at // _p("width")).where(_DECLARED, _window()).distinct(),
    "busy_slots_in": select(_c.happened_at // _p("width"), objects.c.kind)
    .select_from(changes.join(objects, objects.c.n == _c.object))
    .where(_c.namespace == _p("namespace"), _DECLARED, _window())
    .distinct(),
    "declared": select(_c.n)
    .where(_c.object == _p("object"), _c.facet == literal_column("0"), _DECLARED)
    .limit(1),
    "before_all": _one("before", _DECLARED),
    "after_all": _one("after", _DECLARED),
    "before_in": _one("before", *_IN),
    "after_in": _one("after", *_IN),
    "before_of": _one("before", *_OF),
    "after_of": _one("after", *_OF),
    "changes_by_id": _changes(_c.id >= _p("low"), _c.id <= _p("high")).order_by(_c.id).limit(10),
    "changes_listed": _changes(_c.n.in_(_values())).with_only_columns(_c.n, *_CHANGE),
    "alive_left": _alive(_LEFT),
    "alive_right": _alive(_RIGHT),
    "alive_left_in": _alive(_LEFT, objects.c.namespace == _p("number")),
    "alive_right_in": _alive(_RIGHT, objects.c.namespace == _p("number")),
    "life_of": select(spans.c.from_at).where(
        spans.c.family == literal_column(str(LIFE)),
        spans.c.key == _p("object"),
        spans.c.from_at <= _p("at"),
        spans.c.to_at > _p("at"),
    ),
    "gone_since": _changes(
        _c.bulk.in_([literal_column("0"), literal_column("1")]),
        _c.happened_at >= _p("since"),
        _c.facet == literal_column("0"),
        _c.flags.op("&")(literal_column(str(GONE))) != literal_column("0"),
    ).order_by(*_OLDEST),
}

# --- everything else -----------------------------------------------------------------------------

_ENTRY = (
    _e.first_at, _e.id, _e.sequence, _e.family, _e.last_at, _e.subject, _e.recorded_at,
    commits.c.hash, commits.c.branch, _e.blob, _e.line, _e.detail,
    objects.c.name, objects.c.namespace, objects.c.kind,
    _owners.c.name.label("owner_name"), _owners.c.namespace.label("owner_namespace"),
    _owners.c.kind.label("owner_kind"), _e.n,
)  # fmt: skip
"""What `Decoder.entries` takes, in order."""


def _entries(start: FromClause, *where: ColumnElement[bool]) -> Select[Any]:
    joined = (
        start.join(commits, commits.c.n == _e.commit)
        .outerjoin(objects, objects.c.n == _e.object)
        .outerjoin(_owners, _owners.c.n == _e.owner)
    )
    return select(*_ENTRY).select_from(joined).where(*where)


def _cut(side: ColumnElement[bool]) -> Select[Any]:
    """Entries that began before an instant and ended at or after it."""
    return _entries(
        spans.join(entries, _e.n == spans.c.key),
        spans.c.family == _p("family"),
        spans.c.node.in_(_nodes()),
        side,
        spans.c.from_at < _p("at"),
    )


def _overlapping(column: ColumnElement[Any]) -> Select[Any]:
    return _entries(
        entries,
        column == _p("number"),
        _e.last_at >= _p("since"),
        _e.family == _p("family"),
        _e.first_at < _p("until"),
    )


def _count(table: FromClause, *where: ColumnElement[bool]) -> ColumnElement[int]:
    return select(func.count()).select_from(table).where(*where).scalar_subquery()


_ABOUT_ENTRIES: dict[str, Any] = {
    "entries_between": _entries(
        entries,
        _e.family == _p("family"),
        _e.first_at >= _p("since"),
        _e.first_at < _p("until"),
    ),
    "entries_left": _cut(_LEFT),
    "entries_right": _cut(_RIGHT),
    "entries_of_object": _overlapping(_e.object),
    "entries_of_owner": _overlapping(_e.owner),
    "entries_by_n": _entries(entries, _e.n.in_(_values())),
    "explaining": _entries(entries, _e.subject.in_(_values()), _e.family == NOTE),
    "notes_by_id": _entries(entries, _e.id >= _p("low"), _e.id <= _p("high"), _e.family == NOTE)
    .order_by(_e.id)
    .limit(10),
    "terms_equal": select(terms.c.entry).where(terms.c.term == _p("low")),
    "terms_between": select(terms.c.entry)
    .where(terms.c.term >= _p("low"), terms.c.term < _p("high"))
    .distinct(),
    "changes_known": select(_c.id).where(_c.id.in_(_values())),
    "audit_ids": select(audits.c.audit).where(audits.c.audit.in_(_values())),
    "coverage": select(heard.c.source, heard.c.session, heard.c.from_at, heard.c.to_at),
}

_WIRED = (
    objects.c.name, objects.c.namespace, objects.c.kind, wired.c.from_at, wired.c.to_at,
    wired.c.wiring, wired.c.change,
)  # fmt: skip
"""What `wired.Wires` takes, in order."""

_wired = wired.join(objects, objects.c.n == wired.c.object)
_found_by = wiring_terms.join(wired, wired.c.wiring == wiring_terms.c.wiring).join(
    objects, objects.c.n == wired.c.object
)
_within = (wired.c.to_at > _p("since"), wired.c.from_at < _p("until"))

_ABOUT_WIRING: dict[str, Any] = {
    "wired_of": select(*_WIRED).select_from(_wired).where(wired.c.object == _p("object")),
    "wired_with": select(*_WIRED).select_from(_found_by).where(wiring_terms.c.term.in_(_values())),
    "wired_with_in": select(*_WIRED)
    .select_from(_found_by)
    .where(wiring_terms.c.term.in_(_values()), objects.c.namespace == _p("number")),
    "wired_between": select(*_WIRED).select_from(_wired).where(*_within),
    "wirings": select(wirings.c.n, wirings.c.packed).where(wirings.c.n.in_(_values())),
    "lives_of": select(spans.c.from_at, spans.c.to_at)
    .where(spans.c.family == literal_column(str(LIFE)), spans.c.key == _p("object"))
    .order_by(spans.c.from_at),
}

_effect, _cause = changes.alias("effects"), changes.alias("causes")
_of_effect, _of_cause = objects.alias("effect_objects"), objects.alias("cause_objects")
_LINK = (
    links.c.at, _effect.c.id.label("effect"), links.c.rule, _cause.c.id.label("cause"),
    _cause.c.happened_at, links.c.confidence, links.c.evidence,
    _of_effect.c.name, _of_effect.c.namespace, _of_effect.c.kind,
    _of_cause.c.name.label("cause_name"), _of_cause.c.namespace.label("cause_namespace"),
    _of_cause.c.kind.label("cause_kind"),
)  # fmt: skip
"""What `linking.reading` takes, in order."""


def _links(*where: ColumnElement[bool]) -> Select[Any]:
    joined = (
        links.join(_effect, _effect.c.n == links.c.effect)
        .join(_cause, _cause.c.n == links.c.cause)
        .join(_of_effect, _of_effect.c.n == _effect.c.object)
        .join(_of_cause, _of_cause.c.n == _cause.c.object)
    )
    return select(*_LINK).select_from(joined).where(*where)


_effect_within = (links.c.at >= _p("since"), links.c.at < _p("until"))
_same_instant = links.c.at == _effect.c.happened_at

_ABOUT_LINKS: dict[str, Any] = {
    "links_between": _links(*_effect_within).order_by(
        links.c.at, _effect.c.id, links.c.rule, _cause.c.id
    ),
    "links_to": _links(_effect.c.id.in_(_values()), _same_instant),
    "links_from": _links(_cause.c.id.in_(_values())),
    "links_to_object": _links(
        _effect.c.object == _p("object"),
        _effect.c.facet == literal_column("0"),
        _effect.c.happened_at >= _p("since"),
        _effect.c.happened_at < _p("until"),
        _same_instant,
    ),
    "links_from_object": _links(
        _cause.c.object == _p("object"),
        _cause.c.facet.in_([literal_column("0"), literal_column("2")]),
        *_effect_within,
    ),
}

_t = trouble_links.c
_ABOUT_TROUBLE: dict[str, Any] = {
    "trouble_links_between": select(
        _t.at, _t.effect, _t.rule, _t.cause, _t.cause_at, _t.confidence, _t.evidence,
        _of_effect.c.name, _of_effect.c.namespace, _of_effect.c.kind,
        _of_cause.c.name.label("cause_name"), _of_cause.c.namespace.label("cause_namespace"),
        _of_cause.c.kind.label("cause_kind"),
    )
    .select_from(
        trouble_links.join(_of_effect, _of_effect.c.n == _t.effect_of).join(
            _of_cause, _of_cause.c.n == _t.cause_of
        )
    )
    .where(_t.at >= _p("since"), _t.at < _p("until"))
    .order_by(_t.at, _t.effect, _t.rule, _t.cause),
}  # fmt: skip

_DICTIONARIES: dict[str, Any] = {
    "meta": select(meta.c.key, meta.c.value),
    "tips": select(tips.c.branch, tips.c.commit).order_by(tips.c.branch),
    "kinds": select(kinds.c.grp, kinds.c.kind).order_by(kinds.c.grp, kinds.c.kind),
    "kind": select(kinds.c.grp, kinds.c.kind).where(kinds.c.n == _p("n")),
    "namespace": select(namespaces.c.name).where(namespaces.c.n == _p("n")),
    "namespace_named": select(namespaces.c.n).where(namespaces.c.name == _p("name")),
    "namespaces": select(namespaces.c.name).order_by(namespaces.c.name),
    "branch": select(branches.c.name).where(branches.c.n == _p("n")),
    "manner": select(manners.c.manner).where(manners.c.n == _p("n")),
    "object_names": select(objects.c.name).distinct(),
    "uid_of": select(objects.c.uid).where(objects.c.n == _p("n")),
    "objects_named": select(
        objects.c.n, kinds.c.grp, kinds.c.kind, namespaces.c.name.label("namespace")
    )
    .select_from(
        objects.join(kinds, kinds.c.n == objects.c.kind).join(
            namespaces, namespaces.c.n == objects.c.namespace
        )
    )
    .where(objects.c.name == _p("name")),
    "counts": select(
        _count(objects),
        _count(changes),
        *(_count(entries, _e.family == family) for family in (OBSERVATION, STEP, NOTE)),
        select(func.count(_e.subject.distinct())).where(_e.family == INCIDENT).scalar_subquery(),
    ),
}

STATEMENTS: dict[str, Select[Any]] = {
    **_ABOUT_CHANGES,
    **_ABOUT_ENTRIES,
    **_ABOUT_WIRING,
    **_ABOUT_LINKS,
    **_ABOUT_TROUBLE,
    **_DICTIONARIES,
}
"""Name -> statement with named parameters."""

_HEAD = '''"""The SELECTs of `statements` as SQLite runs them. Generated: do not edit.

Made by `python -m kubectl_smart.memory.index.statements`; a test asserts that it is up to date.
"""

from __future__ import annotations

# ruff: noqa: E501
# fmt: off
TEXTS: dict[str, str] = {
'''


def compiled_module() -> str:
    """The source of the module `compiled`."""
    dialect = sqlite.dialect(paramstyle="named")
    options = {"literal_binds": False, "render_postcompile": True}
    parts = [_HEAD]
    for name in sorted(STATEMENTS):
        statement = STATEMENTS[name].compile(dialect=dialect, compile_kwargs=options)
        text = " ".join(str(statement).split())
        for literal, value in statement.params.items():
            if value is not None:
                text = re.sub(rf":{literal}\b", str(int(value)), text)
        parts.append(f'    "{name}": {text!r},\n')
    return "".join([*parts, "}\n"])


if __name__ == "__main__":
    Path(__file__).with_name("compiled.py").write_text(compiled_module(), encoding="utf-8")
