"""Simulations asked for: which cluster they begin from, and what the memory adds to their answer.

The terminal and the chat ask here, so that a command means the same in both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kubectl_smart.memory.records.errors import BadInput, NothingKnown
from kubectl_smart.memory.records.wiring import CALLS, ROUTES
from kubectl_smart.simulate.answers.model import Answer, Caller, Ground, ServiceEnd

if TYPE_CHECKING:
    from kubectl_smart.memory.opening import Memory
    from kubectl_smart.simulate.commands import Command
    from kubectl_smart.simulate.sweeps.sweep import SweepAnswer, Told

HIDDEN = "what is in namespaces that you may not see: nodes may be fuller than they seem"

_HELD = "what a {} holds: only names and labels were asked for, so nothing follows from its keys"

MOST_NODES, MOST_PODS = 1_000, 10_000
"""Of a cluster that is simulated for a chat: seconds at most, while others wait for theirs."""
_HOUR = 3_600.0

_CALLING = frozenset({CALLS, ROUTES})


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

    moment, heard = _moment(memory, at), _heard(memory)
    answer = past_state(memory.store, memory.index, moment)
    found = remembered(answer)
    lacks = (*found.lacks, HIDDEN) if restricted else found.lacks
    ground = Ground("memory", answer.basis.memory, moment, min(heard, moment), lacks)
    return Start(found.objects, ground)


def _moment(memory: Memory, at: int | None) -> int:
    """The instant meant: the newest known, if none is said. BadInput if the memory is empty."""
    heard = _heard(memory)
    return heard if at is None else at


def _heard(memory: Memory) -> int:
    heard = max((one.to_at for one in memory.index.coverage()), default=None)
    if heard is None:
        raise BadInput(
            "the memory is empty, so there is no cluster to simulate",
            "name a snapshot with --snapshot, or ask the cluster itself with --live",
        )
    return heard


def from_live(kubeconfig: str, context: str, commands: Sequence[Command] = ()) -> Start:
    """From a cluster that is asked now, by lists alone. CannotList, NoCluster.

    commands  what will be simulated: of ConfigMaps and Secrets the names are asked for if any of
              them names one, and never what they hold
    """
    from importlib.metadata import version

    from kubectl_smart.capture.sources.cluster import must_have_client
    from kubectl_smart.capture.sources.listing import list_cluster
    from kubectl_smart.simulate.cluster.reads import NAMED, NEEDED, READ
    from kubectl_smart.simulate.commands import named

    must_have_client("name a snapshot with --snapshot")
    agent = f"kubectl-smart/{version('kubectl-smart')}"
    names = named(commands, NAMED)
    found = list_cluster(kubeconfig, context, READ, NEEDED, agent=agent, named=names)
    lacks = (*found.refused, *(_HELD.format(kind) for _, kind in names))
    return Start(found.objects, Ground("live", context, None, None, lacks))


def simulated(
    start: Start, commands: Sequence[Command], *, seed: int = 0, horizon: float | None = None
) -> Answer:
    """What the cluster would do after these commands; and from what it was worked out.

    horizon  seconds after which nothing is looked at any more; None: as the model has it
    """
    from kubectl_smart.simulate.cluster.store import load
    from kubectl_smart.simulate.controllers.timings import DEFAULT
    from kubectl_smart.simulate.redrawing import simulate_surely

    at = start.ground.at
    epoch = None if at is None else at / 1_000_000
    timings = DEFAULT if horizon is None else replace(DEFAULT, horizon=horizon)
    with _well_formed(start.ground):
        cluster = load(start.objects)
        answer = simulate_surely(cluster, commands, seed=seed, epoch=epoch, timings=timings)
    return answer._replace(ground=start.ground)


@contextmanager
def _well_formed(ground: Ground) -> Iterator[None]:
    """Say which field of a snapshot is wrong, where that is why it cannot be simulated."""
    from kubectl_smart.simulate.cluster.quantities import NoQuantity

    wrong = (ArithmeticError, AttributeError, LookupError, NoQuantity, TypeError, ValueError)
    try:
        yield
    except wrong as error:
        if ground.source == "snapshot":
            from kubectl_smart.simulate.cluster.snapshot import read_file
            from kubectl_smart.simulate.cluster.well_formed import faults

            found = next(faults(read_file(Path(ground.place))), None)
            if found is not None:
                raise BadInput(
                    f"{ground.place} cannot be simulated: {found}",
                    "mend it, or write it anew with kubectl get -o json",
                ) from error
        raise


def asked(memory: Memory, lines: Sequence[str], at: int | None) -> Answer:
    """What a chat asks: on the memory, for one simulated hour, if the cluster is not too large.

    at  microseconds since 1970-01-01 UTC; None: the newest the memory knows
    BadInput for lines that are not understood, and for a cluster of more than MOST_NODES nodes or
    MOST_PODS pods; NothingKnown where no node is known.
    """
    from kubectl_smart.memory.index.restricted import RestrictedIndex
    from kubectl_smart.memory.questions.past_state import counted_alive
    from kubectl_smart.simulate.commands import parse

    commands = [parse(line) for line in lines]
    kinds = counted_alive(
        memory.store, memory.index, _moment(memory, at), [("", "Node"), ("", "Pod")]
    )
    if not kinds["Node"]:
        raise NothingKnown(
            "the memory knows no node of the cluster, or none that you may see",
            "ask somebody who sees all of it",
        )
    if kinds["Node"] > MOST_NODES or kinds["Pod"] > MOST_PODS:
        raise BadInput(
            f"{kinds['Node']:,} nodes and {kinds['Pod']:,} pods are too many to simulate here",
            f"use `kubectl smart simulate` at a terminal; here it is at most {MOST_NODES:,} nodes "
            f"and {MOST_PODS:,} pods",
        )
    start = from_memory(memory, at, restricted=isinstance(memory.index, RestrictedIndex))
    answer = simulated(start, commands, horizon=_HOUR)
    moment = start.ground.at
    return answer if moment is None else with_past(memory, answer, before=moment)


def swept(
    start: Start, what: str, *, seed: int = 0, processes: int | None = None, told: Told
) -> SweepAnswer:
    """Every single loss of one of `sweeps.WHAT`, ranked; see `sweep`."""
    from kubectl_smart.simulate.cluster.store import load
    from kubectl_smart.simulate.sweeps.sweep import sweep

    at = start.ground.at
    epoch = None if at is None else at / 1_000_000
    with _well_formed(start.ground):
        cluster = load(start.objects)
        answer = sweep(cluster, what, seed=seed, epoch=epoch, processes=processes, told=told)
    return answer._replace(ground=start.ground)


def with_past(memory: Memory, answer: Answer, *, before: int) -> Answer:
    """The same answer with what the memory knows of the like: past operations, and callers.

    before  only what was done before that instant, microseconds since 1970-01-01 UTC
    """
    from kubectl_smart.memory.questions.similar_operations import Doing, similar_operations

    moved = {
        (one.namespace, one.kind, one.name)
        for one in answer.workloads
        if one.before != one.after or one.least < one.before.ready
    }
    doing = [Doing(one.operation, one.kind, one.namespace, one.name) for one in answer.deeds]
    similar = similar_operations(memory.store, memory.index, doing, moved, before=before)
    services = tuple(_called(memory, one, before) for one in answer.services)
    return answer._replace(similar=similar, services=services)


def _called(memory: Memory, service: ServiceEnd, at: int) -> ServiceEnd:
    """A service that is left without endpoints, with those who call it."""
    if service.empty is None:
        return service
    from kubectl_smart.memory.questions.dependencies import dependencies

    rows = memory.index.find_objects([("", "Service")], service.name, service.namespace)
    found: dict[Caller, None] = {}
    for row in rows:
        answer = dependencies(memory.store, memory.index, row, since=at, until=at)
        for one in answer.needed_by:
            if one.kind in _CALLING:
                caller = one.caller
                found[Caller(caller.namespace, caller.kind, caller.name, one.kind)] = None
    return service._replace(callers=tuple(sorted(found)))
