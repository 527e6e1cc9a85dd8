"""What caused an incident: the chains of its window that have to do with its objects.

Trouble in the namespaces of the incident is explained as in `replay`; a chain belongs to the
incident if the change, the trouble or anything on the way between them is one of its objects, and
every chain does where none is linked. Where that explains nothing, people are believed: that a
decision about an object of it was taken back by somebody else, and, if its title names a kind of
trouble, that its objects had it when it was opened, as if `trace` were asked. Not where metrics
were heard then: those would have shown it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from kubectl_smart.memory.answers.causes import Chain
from kubectl_smart.memory.graph.explaining import explanations
from kubectl_smart.memory.graph.scene import METRICS
from kubectl_smart.memory.graph.symptoms import Episode, Onset, Symptom, episodes
from kubectl_smart.memory.graph.ties import TiesAt, ties_of
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.cause_chains import chain_of
from kubectl_smart.memory.questions.causes import MOST_TROUBLES, around_all, judge_all
from kubectl_smart.memory.questions.taken_back import chains_of_undone, undone
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.store.git_store import GitStore

MOST_ASKED = 10
"""Of the objects of an incident so many are asked about, by name."""

_SUFFER = frozenset({"Service", "Deployment", "StatefulSet", "DaemonSet", "Ingress", "Rollout"})


def root_causes(
    store: GitStore,
    index: Index,
    changes: Iterable[Committed],
    observations: Iterable[Committed],
    objects: Collection[ObjectRef],
    window: tuple[int, int],
    said: tuple[Symptom, int] | None = None,
) -> tuple[Chain, ...]:
    """The chains, the one that explains most first.

    changes, observations  of the incident's namespaces
    objects  of the incident; none: all there are
    window   microseconds since 1970-01-01 UTC, the second excluded: when trouble began
    said     the kind of trouble that people named, and when; None if they named none
    """
    since, until = window
    found = [one for one in episodes(observations) if since <= one.onset.high < until]
    found.sort(key=lambda one: (-one.times, one.onset.high, one.object))
    ties_at = ties_of(index)
    chains = _own(_chains(store, index, ties_at, found[:MOST_TROUBLES]), objects)
    if chains:
        return chains
    back = [one for one in undone(changes) if since <= one.by.happened_at < until]
    chains = _own(chains_of_undone(store, index, ties_at, back, ()), objects)
    if chains or said is None:
        return chains
    symptom, at = said
    if any(one.source == METRICS and one.from_at <= at <= one.to_at for one in index.coverage()):
        return ()
    asked = [
        Episode(ref, symptom, Onset(at, at), 0, ())
        for ref in sorted(objects)
        if ref.kind in _SUFFER
    ]
    return _chains(store, index, ties_at, asked[:MOST_ASKED])


def _chains(
    store: GitStore, index: Index, ties_at: TiesAt, troubles: Sequence[Episode]
) -> tuple[Chain, ...]:
    judged = judge_all(around_all(store, index, troubles), ties_at, troubles)
    explained, _ = explanations(judged)
    return tuple(chain_of(store, index, ties_at, one) for one in explained)


def _own(chains: Iterable[Chain], objects: Collection[ObjectRef]) -> tuple[Chain, ...]:
    """Those that name an object of the incident."""
    return tuple(one for one in chains if not objects or _met(one) & set(objects))


def _met(chain: Chain) -> set[ObjectRef]:
    """Everything that a chain names."""
    return {step.object for step in (*chain.steps, *chain.symptoms)}


def proposals(chains: Iterable[Chain]) -> tuple[str, ...]:
    """What would have prevented them, each once."""
    return tuple(dict.fromkeys(one for chain in chains for one in chain.prevention))
