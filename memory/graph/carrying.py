"""Who told a run what it did: a suspected run leads on to the edit that it obeyed first."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_smart.memory.graph import chance
from kubectl_smart.memory.graph.change_classes import Class
from kubectl_smart.memory.graph.symptoms import SECOND
from kubectl_smart.memory.graph.taking_effect import PROOF, Taken
from kubectl_smart.memory.graph.weighing import BEFORE, Scene, Suspect, Trouble
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.objects import ObjectRef

_SOON = 600 * SECOND
_NONE_BEFORE = 1.0
"""So many runs by the schedule lie between: those of the last hours alone are looked up."""


def with_runs(judged: Sequence[Suspect], trouble: Trouble, scene: Scene) -> list[Suspect]:
    """What a run was the first to carry out stands in the place of the run.

    The configuration that a job read, its own template or schedule; the bounds by which an
    autoscaler then set a number of pods. The run did what it was told; whoever told it is asked
    first. It stays a suspect behind it.
    """
    found = list(judged)
    for at, one in enumerate(found):
        if one.ruled_out:
            continue
        run = _first_run(one, found, scene)
        if run is None:
            continue
        unsure = trouble.onset.high - trouble.onset.low
        time = chance.by_time(run.lag, unsure, one.others, one.looked_back)
        ran = run.change.happened_at
        taken = one.taken._replace(at=ran)
        if not taken.proven and 0 <= trouble.onset.high - ran <= BEFORE:
            taken = Taken(PROOF, "the first run since it was shortly before", ran)
        found[at] = one._replace(carrier=run, time=max(one.time, time), taken=taken)
    return found


def _first_run(one: Suspect, found: Sequence[Suspect], scene: Scene) -> Suspect | None:
    """The first thing that carried a change out, if it is a suspect and nothing did before."""
    way = one.reached.way
    if one.change.object.kind == "CronJob" and one.of is not Class.DELETED:
        owner = one.change.object
    elif one.of is Class.CONFIG and way and way[-1].near.kind == "CronJob":
        owner = way[-1].near
    elif one.of is Class.BOUNDS and way:
        return _scaled(one, found)
    else:
        return None
    return _first_of(one, owner, found, scene)


def _scaled(one: Suspect, found: Sequence[Suspect]) -> Suspect | None:
    """What an autoscaler did right after its bounds were changed."""
    near = one.reached.way[-1].near
    scaled = [
        run
        for run in found
        if run.change.object == near
        and run.of in (Class.REPLICAS_DOWN, Class.REPLICAS_UP)
        and run.effect >= one.effect
        and run.change.actor.kind is ActorKind.CONTROLLER
        and 0 <= run.change.happened_at - one.change.happened_at <= _SOON
    ]
    return min(scaled, key=lambda run: run.change.happened_at, default=None)


def _first_of(
    one: Suspect, owner: ObjectRef, found: Sequence[Suspect], scene: Scene
) -> Suspect | None:
    """The first run of a CronJob since a change."""
    runs = [
        run
        for run in found
        if run.change.object.kind == "Job"
        and run.change.owner == owner
        and run.change.happened_at >= one.change.happened_at
    ]
    first = min(runs, key=lambda run: run.change.happened_at, default=None)
    later = any(
        other.change.object == one.change.object
        and first is not None
        and one.change.happened_at < other.change.happened_at <= first.change.happened_at
        for other in found
    )
    if first is None or first.lag < 0 or later:
        return None
    days = (first.change.happened_at - one.change.happened_at) / (86_400 * SECOND)
    between = days * scene.runs_a_day(owner, first.change.happened_at)
    return first if between < _NONE_BEFORE else None
