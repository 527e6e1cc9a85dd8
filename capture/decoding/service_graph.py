"""Calls between services, as Prometheus knows them, and the dependencies they make."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from kubectl_smart.capture.decoding.naming import ANY_KIND, named
from kubectl_smart.capture.decoding.state import Objects
from kubectl_smart.memory.formats.identity import dependency_id
from kubectl_smart.memory.records.dependencies import Dependency
from kubectl_smart.memory.records.errors import MemoryDamaged
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.store.protocols import SpoolEntry, SpoolItem

SOURCE = "service-graph"
CALLS = "calls"
_VERSION = 1


class Call(NamedTuple):
    """An edge of a service graph, with the names that its labels give; texts redacted.

    caller, callee  (namespace, name); namespace "" if the labels have none
    query           the PromQL that shows it
    first_at        microseconds since 1970-01-01 UTC: when it was first seen; last_at: last
    """

    caller: tuple[str, str]
    callee: tuple[str, str]
    query: str
    first_at: int
    last_at: int


def item(call: Call, now: int) -> SpoolItem:
    """The entry; the same edge, seen until the same instant, has the same key."""
    body = orjson.dumps({"v": _VERSION, "call": list(call)})
    caller, callee = (ObjectRef("", "", *one) for one in (call.caller, call.callee))
    edge = dependency_id(caller, callee, CALLS, SOURCE)
    return SpoolItem(f"{SOURCE}/{edge}/{call.last_at}", SOURCE, now, body)


def dependency_of(entry: SpoolEntry, objects: Objects) -> Dependency:
    """The dependency. MemoryDamaged for an entry that a newer program made."""
    found = orjson.loads(entry.body)
    if found["v"] != _VERSION:
        raise MemoryDamaged(
            "the spool holds calls that a newer program took in", "install a newer kubectl-smart"
        )
    caller, callee, query, first_at, last_at = found["call"]
    ends = [named(name, place, ANY_KIND, objects) for place, name in (caller, callee)]
    return Dependency(
        id=dependency_id(ends[0], ends[1], CALLS, SOURCE),
        caller=ends[0],
        callee=ends[1],
        kind=CALLS,
        source=SOURCE,
        evidence=query,
        first_at=first_at,
        last_at=last_at,
    )
