"""The answer to `dependencies`: what an object needs, and who needs it, each with its proof."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_smart.memory.answers.basis import Basis, Citation
from kubectl_smart.memory.records.objects import ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One field that proves a dependency, or the query that shows it.

    object    whose field it is: the caller's, or a ConfigMap's that the caller reads
    field     its path; "" for a query
    value     what stands there (redacted, at most 200 characters), or the query
    since     from when on, microseconds since 1970-01-01 UTC
    citation  the change that brought it, or the record of what was measured
    """

    object: ObjectRef
    field: str
    value: str
    since: int
    citation: Citation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """One dependency.

    kind      calls, names, routes, selects, mounts, reads, uses, scales or binds
    source    "configuration", or what measured it: "prometheus"
    evidence  at least one; the first is the caller's own
    since     when it began, or was first seen, microseconds since 1970-01-01 UTC
    until     when it ended, or was last seen; None while it stands
    """

    caller: ObjectRef
    callee: ObjectRef
    kind: str
    source: str
    evidence: tuple[Evidence, ...]
    since: int
    until: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DependenciesAnswer:
    """What one object needs, and who needs it: at an instant, or at some time of a window.

    object     the object; of a Pod that was made for a workload, that workload
    asked      the object that was named
    exists     whether the object was there at that instant, or at some time of the window
    since      first instant of the window
    until      its end, which is not part of it; the same as since: that instant
    needs      ordered by kind and by what is needed
    needed_by  ordered by kind and by who needs it; of a workload also who needs a Service that
               selects it, with that Service as the callee
    """

    basis: Basis
    object: ObjectRef
    asked: ObjectRef
    exists: bool
    since: int
    until: int
    needs: tuple[Needed, ...]
    needed_by: tuple[Needed, ...]
