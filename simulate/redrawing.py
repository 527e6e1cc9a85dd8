"""How far an answer depends on chance: the same commands with other seeds, and what ends otherwise.

Two things are drawn: ties between nodes that are as good, and how long assumed things take. What
ends the same however they are drawn does not rest on them. It says nothing of what the model leaves
out.
"""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from kubectl_smart.simulate.answers.model import Answer, Confidence
from kubectl_smart.simulate.cluster.store import Cluster
from kubectl_smart.simulate.commands import Command
from kubectl_smart.simulate.controllers.timings import DEFAULT, Timings
from kubectl_smart.simulate.simulation import begin, carry_out, simulate

DRAWS = 5
"""So many seeds, the one asked for included."""
MOST_PODS = 5_000
"""A larger cluster is simulated once: each draw costs as much as the answer."""

_Part = tuple[str, Any]


def simulate_surely(
    cluster: Cluster,
    commands: Sequence[Command],
    *,
    timings: Timings = DEFAULT,
    seed: int = 0,
    epoch: float | None = None,
) -> Answer:
    """As `simulate`, with its confidence; the cluster is used up by it."""
    if len(cluster.pods) > MOST_PODS:
        return simulate(cluster, commands, timings=timings, seed=seed, epoch=epoch)
    kept = pickle.dumps(cluster, pickle.HIGHEST_PROTOCOL)
    answer = simulate(cluster, commands, timings=timings, seed=seed, epoch=epoch)
    first = set(_parts(answer))
    alike, differing = 1, Counter[str]()
    for other in range(seed + 1, seed + DRAWS):
        drawn = pickle.loads(kept)  # noqa: S301 - bytes of our own
        begun = begin(drawn, timings=timings, seed=other, epoch=epoch)
        apart = first ^ set(_parts(carry_out(begun, commands, whole=False)))
        alike += not apart
        differing.update({name for name, _ in apart})
    names = sorted(differing, key=lambda name: (-differing[name], name))
    return answer._replace(confidence=Confidence(DRAWS, alike, tuple(names)))


def _parts(answer: Answer) -> Iterator[_Part]:
    """What an answer says in the end, each with what it is about; not which node a pod is on."""
    for one in answer.workloads:
        if one.before != one.after:
            name = f"{one.namespace}/{one.kind.lower()}/{one.name}"
            yield name, (one.after.bound, one.after.pending, one.after.ready)
    for service in answer.services:
        if service.empty is not None:
            ends = service.empty[1] is not None
            yield f"service {service.namespace}/{service.name}", ("without endpoints", ends)
    for budget in answer.budgets:
        if budget.broken or budget.blocked:
            name = f"disruption budget {budget.namespace}/{budget.name}"
            yield name, (budget.broken, bool(budget.blocked))
    lost = Counter((one.namespace, one.owner or ("Pod", one.pod), one.what) for one in answer.lost)
    for (namespace, owner, what), number in lost.items():
        yield f"{what} of {namespace}/{owner[0].lower()}/{owner[1]}", ("lost", number)
