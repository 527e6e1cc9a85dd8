"""A dependency: one object needs another, and what shows it."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_smart.memory.records.objects import ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """An edge, folded: seeing it again moves `last_at`.

    id         32 hex digits, the same for ever for one edge and what shows it; of several recorded
               versions of one id the one recorded last is the valid one
    caller     what needs the other: a client, a Pod that mounts, an Ingress that routes
    callee     what is needed
    kind       "calls", "mounts", "reads", "routes" ...
    source     where it is known from: "prometheus", "configuration" ...
    evidence   what proves it: the query or the field
    first_at   microseconds since 1970-01-01 UTC: when it was first seen
    last_at    the same: when it was last seen, at least `first_at`
    """

    id: str
    caller: ObjectRef
    callee: ObjectRef
    kind: str
    source: str
    evidence: str
    first_at: int
    last_at: int
