"""The statements with which moments and links are kept up."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, delete, func, select

from kubectl_smart.memory.index.linking.moments import Role
from kubectl_smart.memory.index.schema import (
    changes,
    kinds,
    links,
    moments,
    namespaces,
    objects,
    wired,
    wiring_terms,
    wirings,
)

_m, _c = moments.c, changes.c
_moment = (
    _m.at, _m.role, _c.version, _c.sequence, _c.id, _m.done_by, _m.maker, _m.change, _m.subject,
)  # fmt: skip
_from = moments.join(changes, _c.n == _m.change)
_order = (_m.at, _c.version, _c.sequence, _c.id)
_EDITED = (Role.ORDER, Role.NOTED, Role.MORE, Role.LESS, Role.KEPT)
_ALL = tuple(int(role) for role in Role)

BETWEEN = (
    select(*_moment)
    .select_from(_from)
    .where(
        _m.family == bindparam("family"),
        _m.role.in_(_ALL),
        _m.at >= bindparam("since"),
        _m.at < bindparam("until"),
    )
)
LAST = (
    select(*_moment)
    .select_from(_from)
    .where(_m.family == bindparam("family"), _m.role == bindparam("role"), _m.at < bindparam("at"))
    .order_by(*(column.desc() for column in _order))
    .limit(1)
)
NEXT = select(func.min(_m.at)).where(
    _m.family == bindparam("family"), _m.role == bindparam("role"), _m.at > bindparam("at")
)
SAME = select(_c.n).where(_c.n.in_(bindparam("numbers", expanding=True)))
BY_EDITS = (
    select(_m.family, *_moment)
    .select_from(
        changes.join(
            moments,
            and_(
                _m.family == func.coalesce(_c.owner, _c.object),
                _m.role.in_([int(r) for r in _EDITED]),
                _m.at == _c.happened_at,
                _m.change == _c.n,
            ),
        )
    )
    .where(_c.n.in_(bindparam("numbers", expanding=True)), _c.facet == 0)
)
DROP = delete(moments).where(
    *(_m[name] == bindparam(f"of_{name}") for name in ("family", "role", "at", "change"))
)
UNLINK = delete(links).where(
    links.c.at == bindparam("on"),
    links.c.effect == bindparam("number"),
    links.c.rule == bindparam("by"),
)
READERS = (
    select(wired.c.object)
    .join(wiring_terms, wiring_terms.c.wiring == wired.c.wiring)
    .where(wiring_terms.c.term == bindparam("term"))
    .distinct()
)
WIRED_AT = (
    select(wired.c.wiring)
    .where(
        wired.c.object == bindparam("object"),
        wired.c.from_at <= bindparam("at"),
        wired.c.to_at > bindparam("at"),
    )
    .limit(1)
)
BOUNDARIES = select(
    func.min(wired.c.from_at).filter(wired.c.from_at > bindparam("at")),
    func.min(wired.c.to_at).filter(wired.c.to_at > bindparam("at")),
).where(wired.c.object == bindparam("object"))
AFTER = (
    select(_m.at)
    .where(_m.family == bindparam("family"), _m.role.in_(_ALL), _m.at >= bindparam("at"))
    .limit(1)
)
PACKED = select(wirings.c.packed).where(wirings.c.n == bindparam("number"))
NAMED = (
    select(kinds.c.grp, kinds.c.kind, namespaces.c.name, objects.c.name)
    .select_from(
        objects.join(kinds, kinds.c.n == objects.c.kind).join(
            namespaces, namespaces.c.n == objects.c.namespace
        )
    )
    .where(objects.c.n == bindparam("n"))
)
NEWEST = select(func.max(_c.happened_at)).where(_c.bulk == bindparam("bulk"))
ANY = select(_m.family).limit(1)
