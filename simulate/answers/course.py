"""How many pods were in which state at each moment: what a picture of the stages draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from enum import Enum

from kubectl_smart.simulate.answers.before import Before, Workload
from kubectl_smart.simulate.answers.model import Point
from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.controllers.events import What
from kubectl_smart.simulate.controllers.pod_collector import WHY as COLLECTED
from kubectl_smart.simulate.controllers.world import World

_POINTS = 240


class State(Enum):
    """What a pod is, in the order of the members of `Point`."""

    READY = "ready"
    STARTING = "starting"
    PENDING = "pending"
    ENDING = "ending"
    CUT_OFF = "cut off"
    GONE = "gone"

    __hash__ = object.__hash__


_AFTER = {
    What.CREATED: State.PENDING,
    What.BOUND: State.STARTING,
    What.READY: State.READY,
    What.DELETED: State.ENDING,
    What.FINISHED: State.GONE,
    What.GONE: State.GONE,
}
_Step = tuple[float, State, State]
"""When a pod went from one state to another, in seconds since the command."""
_LATER = frozenset(State) - {State.PENDING}
_NEXT = {
    State.PENDING: _LATER,
    State.STARTING: _LATER,
    State.READY: _LATER,
    State.ENDING: frozenset({State.GONE, State.CUT_OFF}),
    State.CUT_OFF: frozenset({State.GONE, State.ENDING}),
    State.GONE: frozenset({State.PENDING}),
}
"""What may follow: of a node that is gone nobody hears that a pod is ready."""


def course(world: World, was: Before) -> tuple[Point, ...]:
    """The pods of all workloads that anything happens to, at most 240 moments; () if nothing does.

    Each point holds until the next; of those that stand too close together the last is kept.
    """
    changes = sorted(_changes(world), key=lambda one: one[0])
    if not changes:
        return ()
    touched = {_workload(pod, was, world) for _, pod, _ in changes}
    states = {
        pod: _first(bound=bound, ready=ready)
        for pod, (workload, bound, ready) in was.pods.items()
        if workload in touched
    }
    first = Counter(states.values())
    steps: list[_Step] = []
    for at, pod, state in changes:
        before = states.get(pod, State.GONE)
        if before is state or state not in _NEXT[before]:
            continue
        states[pod] = state
        steps.append((round(at, 3), before, state))
    return tuple(_points(first, steps)) if steps else ()


def _changes(world: World) -> Iterator[tuple[float, Pod, State]]:
    for event in world.events:
        state = _AFTER.get(event.what)
        if state is None or event.pod is None:
            continue
        if event.what is What.FINISHED and event.detail == COLLECTED:
            yield world.nodes_gone.get(event.pod.node or "", 0.0), event.pod, State.CUT_OFF
        yield event.at, event.pod, state


def _workload(pod: Pod, was: Before, world: World) -> Workload:
    known = was.pods.get(pod)
    return was.workload(pod, world.tops.get(pod)) if known is None else known[0]


def _first(*, bound: bool, ready: bool) -> State:
    if ready:
        return State.READY
    return State.STARTING if bound else State.PENDING


def _point(at: float, counts: dict[State, int]) -> Point:
    return Point(at, *(counts[state] for state in State if state is not State.GONE))


def _points(first: Counter[State], steps: Sequence[_Step]) -> Iterator[Point]:
    """One point of each moment, and of each 240th of the time; the first and the last are kept."""
    counts = {state: first[state] for state in State}
    yield _point(0.0, counts)
    width = steps[-1][0] / _POINTS
    for (at, before, state), after in zip(steps, [*steps[1:], None], strict=True):
        counts[before] -= 1
        counts[state] += 1
        if after is None or (
            after[0] != at and (not width or int(after[0] / width) != int(at / width))
        ):
            yield _point(at, counts)
