"""What the memory knows of the changes of a bundle: how each may have led to the trouble in it.

A change and a piece of trouble are tied in a bundle by what only the memory knows: the states that
say whether a policy cuts, which pods had started since, what followed when the same was done
before, how often such changes come and since when anybody has listened. It goes along as two
numbers for each pair, those of the formula in memory/graph: what speaks for it, and how many
changes as suspicious fall so close before by accident. Who is ruled out has none.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_smart.memory.graph.chance import by_accident
from kubectl_smart.memory.graph.symptoms import Episode
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.graph.weighing import Suspect
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.bundle_parts import entity_id
from kubectl_smart.memory.questions.causes import MOST_TROUBLES, around_all, judge
from kubectl_smart.memory.records.evidence import Edit, Effect
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.store.git_store import GitStore


def with_effects(
    store: GitStore, index: Index, edits: Iterable[Edit], troubles: Iterable[Episode]
) -> tuple[Edit, ...]:
    """The changes, each with what it may have led to: for an object the clearest of its troubles.

    troubles  those of the window; the most frequent are looked at
    """
    found: dict[str, dict[ObjectRef, Suspect]] = {}
    most = sorted(troubles, key=lambda one: (-one.times, one.onset.high, one.object))
    ties_at = ties_of(index)
    around = around_all(store, index, most[:MOST_TROUBLES])
    for trouble in most[:MOST_TROUBLES]:
        for suspect in judge(around, ties_at, trouble).suspects.strongest:
            held = found.setdefault(suspect.change.id, {})
            before = held.get(trouble.object)
            if before is None or suspect.odds > before.odds:
                held[trouble.object] = suspect
    return tuple(
        one._replace(effects=tuple(sorted(_effects(found.get(one.id, {}).items()))))
        for one in edits
    )


def _effects(found: Iterable[tuple[ObjectRef, Suspect]]) -> Iterable[Effect]:
    """Of a configuration that a run was the first to read, those of the run."""
    for ref, suspect in found:
        told = suspect.acting
        yield Effect(entity_id(ref), round(told.weight, 6), round(by_accident(told.time), 9))
