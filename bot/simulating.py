"""Simulations asked for: which cluster they begin from, and what the memory adds to their answer.

The terminal and the chat ask here, so that a command means the same in both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.answers.model import Answer, Ground

if TYPE_CHECKING:
    from kubectl_smart.memory.opening import Memory
    from kubectl_smart.simulate.commands import Command

HIDDEN = "what is in namespaces that you may not see: nodes may be fuller than they seem"


class Start(NamedTuple):
    """Where a simulation begins: the objects of a cluster, and what is known of them."""

    objects: Iterable[dict[str, Any]]
    ground: Ground


def from_file(path: Path) -> Start:
    """From a snapshot. BadInput if it is none."""
    from kubectl_smart.simulate.cluster.snapshot import read_file

    return Start(read_file(path), Ground("snapshot", str(path), None, None, ()))


def from_memory(memory: Memory, at: int | None, *, restricted: bool = False) -> Start:
    """From the memory at an instant, microseconds since 1970-01-01 UTC; None: the newest known.

    restricted  whether its index shows some namespaces only
    NotCovered if the memory knows nothing of so early a time; BadInput if it is empty.
    """
    from kubectl_smart.memory.questions.past_state import past_state
    from kubectl_smart.simulate.cluster.remembered import remembered

    heard = max((one.to_at for one in memory.index.coverage()), default=None)
    if heard is None:
        raise BadInput(
            "the memory is empty, so there is no cluster to simulate",
            "name a snapshot with --snapshot, or ask the cluster itself with --live",
        )
    moment = heard if at is None else at
    answer = past_state(memory.store, memory.index, moment)
    found = remembered(answer)
    lacks = (*found.lacks, HIDDEN) if restricted else found.lacks
    ground = Ground("memory", answer.basis.memory, moment, min(heard, moment), lacks)
    return Start(found.objects, ground)


def from_live(kubeconfig: str, context: str) -> Start:
    """From a cluster that is asked now, by lists alone. CannotList, NoCluster."""
    from importlib.metadata import version

    from kubectl_smart.capture.sources.cluster import must_have_client
    from kubectl_smart.capture.sources.listing import list_cluster
    from kubectl_smart.simulate.cluster.reads import NEEDED, READ

    must_have_client("name a snapshot with --snapshot")
    agent = f"kubectl-smart/{version('kubectl-smart')}"
    found = list_cluster(kubeconfig, context, READ, NEEDED, agent=agent)
    return Start(found.objects, Ground("live", context, None, None, found.refused))


def simulated(start: Start, commands: Sequence[Command], *, seed: int = 0) -> Answer:
    """What the cluster would do after these commands; and from what it was worked out."""
    from kubectl_smart.simulate.cluster.store import load
    from kubectl_smart.simulate.simulation import simulate

    at = start.ground.at
    epoch = None if at is None else at / 1_000_000
    answer = simulate(load(start.objects), commands, seed=seed, epoch=epoch)
    return answer._replace(ground=start.ground)
