"""A dependency that was seen at work: one object calls, reads or mounts another."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_smart.memory.records.objects import ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """An edge from whoever depends to what it depends on, as one source saw it.

    What follows from configuration alone is not recorded: it is read from the states (see
    `memory.graph.references`). Recorded is what only a source can tell, such as a service graph.

    id         32 hex digits, a function of source, caller and callee; of several recorded
               versions of one id the one recorded last is the valid one
    caller     the object that depends
    callee     the object it depends on
    kind       "calls", "reads" ...
    source     "service-graph" ...
    evidence   what shows it: a metric's name, in words; redacted
    first_at   microseconds since 1970-01-01 UTC: seen first
    last_at    the same: seen last, as of this version
    """

    id: str
    caller: ObjectRef
    callee: ObjectRef
    kind: str
    source: str
    evidence: str
    first_at: int
    last_at: int
