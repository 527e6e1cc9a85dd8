"""Edges of the graph of objects: who needs whom, from when to when, and which fields prove it."""

from __future__ import annotations

from typing import NamedTuple

from kubectl_smart.memory.records.objects import ObjectRef


class Proof(NamedTuple):
    """A field that says so.

    object  whose field it is: the caller's, or a ConfigMap's that the caller reads
    path    the field
    value   what stands there, redacted, at most 200 characters
    since   from when on it stood there, microseconds since 1970-01-01 UTC
    change  what `Index.listed` knows the change by that brought it; means nothing else
    """

    object: ObjectRef
    path: str
    value: str
    since: int
    change: int


class Edge(NamedTuple):
    """One object needs another, as the configuration says it.

    kind     one of the words of `records.wiring`
    proofs   the fields that say so; the first one is the caller's own
    from_at  from when on all proofs and both objects were there, microseconds since 1970-01-01 UTC
    to_at    the same: when the first of them was gone; `spans.FOREVER` if none is
    """

    caller: ObjectRef
    callee: ObjectRef
    kind: str
    proofs: tuple[Proof, ...]
    from_at: int
    to_at: int


def order_of(edge: Edge) -> tuple[object, ...]:
    """How edges are ordered: by who, whom and how, then by field and time."""
    where = tuple((one.object, one.path, one.value) for one in edge.proofs)
    return edge.caller, edge.callee, edge.kind, where, edge.from_at
