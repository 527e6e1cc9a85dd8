"""One simulation from beginning to end: a cluster, command lines, and the answer.

Pure: it reads nothing but what it is given, and the same input gives the same answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.answers.account import account
from kubectl_smart.simulate.answers.before import Before, before
from kubectl_smart.simulate.answers.deeds import deeds
from kubectl_smart.simulate.answers.model import Answer, Deed, Said
from kubectl_smart.simulate.cluster.reading import items, seconds
from kubectl_smart.simulate.cluster.store import Cluster
from kubectl_smart.simulate.commands import Command, Effect, Refused, effects
from kubectl_smart.simulate.controllers.control_plane import ControlPlane
from kubectl_smart.simulate.controllers.timings import DEFAULT, Timings


def simulate(
    cluster: Cluster,
    commands: Sequence[Command],
    *,
    timings: Timings = DEFAULT,
    seed: int = 0,
    epoch: float | None = None,
) -> Answer:
    """What a cluster would do after these commands. The cluster is used up by it.

    They run one after the other as in a shell with `;`: one that is refused as a whole does
    nothing, and the others go on. BadInput if all of them are refused, or the pods' nodes are not
    there.

    epoch  when the commands are given, seconds since 1970; by default when the cluster last changed
    """
    return carry_out(begin(cluster, timings=timings, seed=seed, epoch=epoch), commands)


class Begun(NamedTuple):
    """A cluster to which nothing has happened yet, ready for commands: once, for it is used up."""

    was: Before
    plane: ControlPlane
    seed: int


def begin(
    cluster: Cluster, *, timings: Timings = DEFAULT, seed: int = 0, epoch: float | None = None
) -> Begun:
    """What does not depend on the commands; the cluster stays as it is. As `simulate`."""
    if not cluster.list("Node") and any(pod.node for pod in cluster.pods.values()):
        raise BadInput(
            "there are pods on nodes, but no nodes: all of them would count as lost",
            "write a snapshot that has the nodes, too",
        )
    moment = _latest(cluster) if epoch is None else epoch
    return Begun(before(cluster), ControlPlane(cluster, timings, seed, moment), seed)


def carry_out(begun: Begun, commands: Sequence[Command], *, whole: bool = True) -> Answer:
    """What becomes of it. whole: as of `account`. BadInput as `simulate`."""
    was, plane, seed = begun
    cluster = plane.world.cluster
    said: list[Said] = []
    done: list[Deed] = []
    begins: list[tuple[int, int]] = []
    for number, command in enumerate(commands, start=1):
        at = round(plane.world.loop.now, 3)
        try:
            wanted = effects(command, cluster, datetime.fromtimestamp(plane.world.now, UTC))
        except BadInput as problem:
            if len(commands) == 1:
                raise
            said.append(Said(command.text, (problem.message,), at, done=False))
            continue
        refused = tuple(one.message for one in wanted if isinstance(one, Refused))
        said.append(Said(command.text, refused, at, idle=not wanted))
        begins.append((len(plane.world.events), number))
        done += deeds(wanted, cluster)
        plane.apply(wanted)
        if command is not commands[-1]:
            plane.until_done(wanted)
    _must_do_anything(said)
    settled = plane.run()
    answer = account(plane.world, was, said, begins, settled=settled, seed=seed, whole=whole)
    return answer._replace(deeds=tuple(dict.fromkeys(done)))


def react(
    cluster: Cluster,
    wanted: Sequence[Effect],
    *,
    timings: Timings = DEFAULT,
    seed: int = 0,
    epoch: float | None = None,
) -> Answer:
    """The same of what is asked of the API without a command line.

    The cluster is afterwards as it was at the end.
    """
    was = before(cluster)
    plane = ControlPlane(cluster, timings, seed, _latest(cluster) if epoch is None else epoch)
    done = tuple(dict.fromkeys(deeds(wanted, cluster)))
    plane.apply(wanted)
    settled = plane.run()
    return account(plane.world, was, (), settled=settled, seed=seed)._replace(deeds=done)


def _must_do_anything(said: Sequence[Said]) -> None:
    """BadInput if every command was refused as a whole."""
    if said and not any(one.done for one in said):
        numbered = (f"{number}: {one.refused[0]}" for number, one in enumerate(said, start=1))
        raise BadInput(
            f"all {len(said)} commands are refused: {'; '.join(numbered)}",
            "look at what is there with kubectl get, and mend the commands",
        )


def _latest(cluster: Cluster) -> float:
    """The last moment that the snapshot's pods and nodes tell of."""
    pods = max((max(pod.created, pod.ready or 0.0) for pod in cluster.pods.values()), default=0.0)
    return max(pods, *_told_by_nodes(cluster), 0.0)


def _told_by_nodes(cluster: Cluster) -> Iterator[float]:
    """When nodes were heard, and when they were tainted."""
    for raw in cluster.list("Node"):
        for one in items(raw, "status", "conditions"):
            yield seconds(one.get("lastHeartbeatTime")) or 0.0
        for one in items(raw, "spec", "taints"):
            yield seconds(one.get("timeAdded")) or 0.0
