"""How right an answer about a planted outage is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from planting import Case

from kubectl_smart.memory.answers.causes import Chain, StepKind
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.objects import ObjectRef


def is_root(chain: Chain | None, root: Change | None) -> bool:
    """Whether a chain ends at the change that broke it."""
    return (
        chain is not None
        and root is not None
        and chain.root.object == root.object
        and chain.root.at == root.happened_at
    )


def is_editor(chain: Chain | None, root: Change | None) -> bool:
    """Whether it names who made it."""
    return chain is not None and root is not None and chain.root.actor == root.actor


def edges_right(chain: Chain | None, case: Case) -> float:
    """F1 of the edges of its way against the true way that comes nearest, 0 to 1."""
    if chain is None:
        return 0.0
    mine = [one.object for one in chain.steps if one.kind in (StepKind.SYMPTOM, StepKind.WAY)]
    return max((_alike(mine, path) for path in case.paths), default=0.0)


def _alike(mine: Sequence[ObjectRef], path: Sequence[ObjectRef]) -> float:
    found, true = set(pairwise(mine)), set(pairwise(path))
    if not found and not true:
        return float(list(path) == list(mine))
    return 2 * len(found & true) / (len(found) + len(true))
