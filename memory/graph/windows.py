"""A window of the causal graph as a networkx graph, for whoever wants to walk it.

Nodes are the ids of changes and observations, edges lead from causes to effects. networkx is only
imported when a graph is asked for: no answer of the program needs it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.records.links import Link

if TYPE_CHECKING:
    import networkx  # type: ignore[import-untyped]  # it ships no types

_ROUNDS = 12
"""From an effect to the first cause of all: autoscaler, Deployment, ReplicaSet, Pod, its end."""


def loaded(links: Iterable[Link]) -> networkx.MultiDiGraph:
    """The links as a graph.

    nodes  record id; attributes `object` (ObjectRef), `at` (microseconds UTC)
    edges  from the cause to the effect, by the key `rule`; attributes `version`, `lag`
           (microseconds), `confidence`, `evidence`
    """
    import networkx

    graph = networkx.MultiDiGraph()
    for link in links:
        graph.add_node(link.cause, object=link.cause_of, at=link.cause_at)
        graph.add_node(link.effect, object=link.effect_of, at=link.effect_at)
        graph.add_edge(
            link.cause, link.effect, key=link.rule.value, version=link.version, lag=link.lag,
            confidence=link.confidence, evidence=link.evidence,
        )  # fmt: skip
    return graph


def window(
    index: Index, since: int | None, until: int | None, more: Iterable[Link] = ()
) -> networkx.MultiDiGraph:
    """What happened in a window, and all that led to it, however long ago that was.

    since, until  of the effects: since <= t < until, microseconds since 1970-01-01 UTC
    more          links that are not in the index: those of trouble
    """
    return loaded(with_causes(index, [*index.links_between(since, until), *more]))


def with_causes(index: Index, links: Iterable[Link]) -> list[Link]:
    """The same, with the links that lead to their causes, by time of the effect."""
    found = {(one.effect, one.rule, one.cause): one for one in links}
    known = {one.effect for one in found.values()}
    for _ in range(_ROUNDS):
        wanted = {one.cause for one in found.values()} - known
        if not wanted:
            break
        known |= wanted
        for one in index.links_with(sorted(wanted)):
            if one.effect in wanted:
                found.setdefault((one.effect, one.rule, one.cause), one)
    return sorted(
        found.values(), key=lambda one: (one.effect_at, one.effect, one.rule.value, one.cause)
    )
