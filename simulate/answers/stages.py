"""The course of things, in stages: what happened to which pods, from when to when."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence

from kubectl_smart.simulate.answers.model import Stage
from kubectl_smart.simulate.controllers.events import Event, What
from kubectl_smart.simulate.controllers.pod_collector import WHY as COLLECTED
from kubectl_smart.simulate.controllers.world import World

_SHOWN = frozenset(
    {
        What.DELETED,
        What.FINISHED,
        What.BLOCKED,
        What.REFUSED,
        What.CREATED,
        What.NOMINATED,
        What.BOUND,
        What.UNSCHEDULABLE,
        What.READY,
        What.AVAILABLE,
        What.FAILED,
    }
)
_BY_CAUSE = frozenset({What.DELETED, What.FINISHED, What.BLOCKED, What.REFUSED, What.FAILED})
_LULL = 5.0


def stages(
    world: World, begins: Sequence[tuple[int, int]], untold: Collection[int] = ()
) -> tuple[Stage, ...]:
    """The stages, in the order they begin. A lull of seconds divides two of one kind.

    begins  (how many events came before it, its number) of each command that did anything, in
            order; it divides two stages, too
    untold  the places of events that are left out
    """
    counts = [before for before, _ in begins]
    groups: dict[tuple[What, str, int], list[list[Event]]] = {}
    for place, event in enumerate(world.events):
        if event.what not in _SHOWN or place in untold:
            continue
        if event.what is What.UNSCHEDULABLE and not _stays(event, world):
            continue
        if event.what is What.DELETED and event.detail == COLLECTED:
            continue  # told once, as the failure that comes first
        cause = event.detail if event.what in _BY_CAUSE else ""
        key = (event.what, cause, begins[bisect_right(counts, place) - 1][1])
        runs = groups.setdefault(key, [])
        if runs and event.at - runs[-1][-1].at <= _LULL:
            runs[-1].append(event)
        else:
            runs.append([event])
    return tuple(
        sorted(
            (
                _stage(what, cause, number, run, world)
                for (what, cause, number), runs in groups.items()
                for run in runs
            ),
            key=lambda one: (one.command, one.begin, one.name),
        )
    )


def _stays(event: Event, world: World) -> bool:
    """Whether a new pod that could not be placed stays so."""
    pod = event.pod
    return (
        pod is not None
        and not pod.old
        and pod.node is None
        and world.cluster.pods.get(pod.key) is pod
    )


def _stage(what: What, cause: str, number: int, run: list[Event], world: World) -> Stage:
    begin, end = run[0].at, run[-1].at
    early, late = _slack(begin, world)
    return Stage(
        what.value,
        round(begin, 3),
        round(end, 3),
        round(max(0.0, begin - early), 3),
        round(end + late, 3),
        tuple(
            dict.fromkeys(
                event.key for event in run if event.pod is not None or what is not What.FAILED
            )
        ),
        cause,
        number,
    )


def _slack(begin: float, world: World) -> tuple[float, float]:
    """How much earlier or later it may come: once a node is gone, by the collector's intervals."""
    if world.collected is None or begin < world.collected:
        return 0.0, 0.0
    tick = world.timings.gc_tick
    return tick / 2, 1.5 * tick
