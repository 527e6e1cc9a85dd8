"""Whether an edited address still leads to a Service: checked against which Services there were.

A value that named a Service and now names one that is not there leads nowhere; so does one that
asks for a port which the Service does not have. An address outside the cluster is none of ours: of
a name that may be one nothing is said unless its namespace was known then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from kubectl_smart.memory.formats.field_paths import parse_path
from kubectl_smart.memory.formats.wiring.addresses import Named, in_value, lines_naming
from kubectl_smart.memory.index.rows import Wired
from kubectl_smart.memory.records.changes import Change, FieldEdit
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef

_OWN = frozenset({"localhost"})
"""What a name means in the pod itself."""

_PORT = re.compile(r":([0-9]{1,5})(?![0-9])")


class Services(Protocol):
    """Where Services are looked up; an `Index` is one."""

    def lives_of(self, ref: ObjectRef) -> list[tuple[int, int]]:
        """See `Index.lives_of`."""

    def wired_of(self, ref: ObjectRef) -> list[Wired]:
        """See `Index.wired_of`."""

    def changes_between(
        self,
        since: int | None,
        until: int | None,
        namespace: str | None = None,
        derived: bool = False,
        limit: int | None = None,
    ) -> list[Committed]:
        """See `Index.changes_between`."""


def leads_nowhere(change: Change, services: Services) -> bool | None:
    """Whether an edit of a change made an address lead nowhere; None if it edited no address."""
    found = None
    for edit in change.edits:
        here = _nowhere(edit, change, services)
        if here:
            return True
        found = found if here is None else here
    return found


def _nowhere(edit: FieldEdit, change: Change, services: Services) -> bool | None:
    at, namespace = change.happened_at, change.object.namespace
    before = list(_named(edit.path, edit.before, namespace))
    if not any(_alive(one, services, at - 1) for one in before):
        return None
    if not isinstance(edit.after, str):
        return None
    after = list(_named(edit.path, edit.after, namespace))
    fresh = [one for one in after if one not in before and one.name not in _OWN]
    if any(
        not _alive(one, services, at) and (one.sure or _has_namespace(services, one.namespace, at))
        for one in fresh
    ):
        return not any(_alive(one, services, at) for one in fresh)
    return _port_lost(edit, [one for one in after if _alive(one, services, at)], services, at)


def _port_lost(edit: FieldEdit, after: list[Named], services: Services, at: int) -> bool:
    """Whether another port is asked for, and none of the Services named has it."""
    old, new = ({int(one) for one in _PORT.findall(str(value))} for value in edit[1:])
    had = {port for one in after for port in _ports(one, services, at)}
    return bool(new - old) and bool(had) and bool(old & had) and not new & had


def _named(path: str, value: object, namespace: str) -> Iterator[Named]:
    if not isinstance(value, str):
        return
    words = [step.text for step in parse_path(path)]
    key = words[-2] if words[-1:] == ["value"] and len(words) > 1 else words[-1] if words else ""
    if "\n" in value.strip():
        yield from (one for _, one in lines_naming(value, namespace))
    else:
        yield from in_value(value, key, namespace)


def _ref(named: Named) -> ObjectRef:
    return ObjectRef("", "Service", named.namespace, named.name)


def _alive(named: Named, services: Services, at: int) -> bool:
    return any(low <= at < high for low, high in services.lives_of(_ref(named)))


def _has_namespace(services: Services, namespace: str, at: int) -> bool:
    """Whether anything had been decided in it; what comes later proves nothing of then."""
    return bool(services.changes_between(None, at + 1, namespace, limit=1))


def _ports(named: Named, services: Services, at: int) -> tuple[int, ...]:
    for one in services.wired_of(_ref(named)):
        if one.from_at <= at < one.to_at:
            return one.wiring.ports
    return ()
