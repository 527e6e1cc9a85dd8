"""What caused an incident: the chains of its window that have to do with its objects.

Trouble in the namespaces of the incident is explained as in `replay`; a chain belongs to the
incident if the change, the trouble or anything on the way between them is one of its objects, and
every chain does where none is linked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kubectl_smart.memory.answers.causes import Chain
from kubectl_smart.memory.graph.explaining import explanations
from kubectl_smart.memory.graph.symptoms import episodes
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.cause_chains import chain_of
from kubectl_smart.memory.questions.causes import MOST_TROUBLES, around_all, judge_all
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.store.git_store import GitStore


def root_causes(
    store: GitStore,
    index: Index,
    observations: Iterable[Committed],
    objects: Collection[ObjectRef],
    window: tuple[int, int],
) -> tuple[Chain, ...]:
    """The chains, the one that explains most first.

    observations  of the incident's namespaces
    objects       of the incident; none: all there are
    window        microseconds since 1970-01-01 UTC, the second excluded: when trouble began
    """
    since, until = window
    found = [one for one in episodes(observations) if since <= one.onset.high < until]
    found.sort(key=lambda one: (-one.times, one.onset.high, one.object))
    ties_at = ties_of(index)
    around = around_all(store, index, found[:MOST_TROUBLES])
    judged = judge_all(around, ties_at, found[:MOST_TROUBLES])
    explained, _ = explanations(judged)
    chains = (chain_of(store, index, ties_at, one) for one in explained)
    return tuple(one for one in chains if not objects or _met(one) & set(objects))


def _met(chain: Chain) -> set[ObjectRef]:
    """Everything that a chain names."""
    return {step.object for step in (*chain.steps, *chain.symptoms)}


def proposals(chains: Iterable[Chain]) -> tuple[str, ...]:
    """What would have prevented them, each once."""
    return tuple(dict.fromkeys(one for chain in chains for one in chain.prevention))
