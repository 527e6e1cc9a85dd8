"""Makes the answer out of what was before, what happened, and what is at the end."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from kubectl_smart.simulate.answers.before import Before, Workload, counted, wanted
from kubectl_smart.simulate.answers.course import course
from kubectl_smart.simulate.answers.limits import not_modelled
from kubectl_smart.simulate.answers.losses import losses, touched_by
from kubectl_smart.simulate.answers.model import (
    Answer,
    BudgetEnd,
    Counts,
    Failure,
    Outcome,
    PodEnd,
    Said,
    WorkloadEnd,
)
from kubectl_smart.simulate.answers.readiness import Changes, changes, least_ready, service_ends
from kubectl_smart.simulate.answers.rewritten_services import rewritten
from kubectl_smart.simulate.answers.shortages import shortages
from kubectl_smart.simulate.answers.single_points import single_points
from kubectl_smart.simulate.answers.stages import stages
from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import controller_of
from kubectl_smart.simulate.controllers.events import Event, What
from kubectl_smart.simulate.controllers.world import World

_NONE = Counts(0, 0, 0)


def account(
    world: World,
    was: Before,
    said: Sequence[Said],
    begins: Sequence[tuple[int, int]] = ((0, 1),),
    *,
    settled: bool,
    seed: int,
    whole: bool = True,
) -> Answer:
    """The answer.

    begins  as of `stages`
    whole  else without what no `toll` reads: pods that were there before, workloads to which
           nothing happened, stages and course
    """
    touched = {**dict.fromkeys(touched_by(world)), **dict.fromkeys(world.given)}.keys()
    changed = changes(world, was)
    services = (
        *service_ends(was, changed, world.relabelled, {key for _, key, _ in world.services}),
        *rewritten(was, changed, world.services),
    )
    services = tuple(sorted(services, key=lambda one: one[:2]))
    budgets = _budgets(world, was)
    lost = losses(world, was, touched)
    nodes = (len(was.nodes), len(world.board.slots))
    if not whole:
        return Answer(
            commands=tuple(said),
            pods=tuple(_new(world, touched)),
            workloads=_touched_workloads(world, was, touched),
            stages=(),
            services=services,
            budgets=budgets,
            lost=lost,
            similar=(),
            not_modelled=(),
            nodes=nodes,
            seconds=round(world.events[-1].at if world.events else 0.0, 3),
            settled=settled,
            seed=seed,
            refused=shortages(world),
        )
    anyway = _anyway(world, was)
    untold = {
        number
        for number, event in enumerate(world.events if anyway else ())
        if event.what is What.FAILED and _told_of(world, was, event) in anyway
    }
    told = (one.at for number, one in _backwards(world.events) if number not in untold)
    ended = next(told, 0.0)
    workloads = _workloads(world, was, changed, anyway)
    tied = {
        event.pod: tuple(map(world.board.known.__getitem__, event.tied))
        for event in world.events
        if event.what is What.BOUND and event.pod is not None and len(event.tied)
    }
    pods = tuple(
        _end(world, pod, tied.get(pod, ()))
        for pod in sorted(world.cluster.pods.values(), key=lambda one: one.key)
        if not pod.finished
    )
    until = world.epoch + (ended if settled else world.loop.now)
    return Answer(
        commands=tuple(said),
        pods=pods,
        workloads=workloads,
        stages=stages(world, begins, untold),
        services=services,
        budgets=budgets,
        lost=lost,
        similar=(),
        not_modelled=(
            *not_modelled(world.cluster, was.kinds, (world.epoch, until)),
            *world.assumed,
            *filter(None, (was.unlike,)),
        ),
        nodes=nodes,
        seconds=round(ended, 3),
        settled=settled,
        seed=seed,
        refused=shortages(world),
        single_points=single_points(
            world, was, workloads, services, lambda pod: _workload(world, was, pod)
        ),
        course=course(world, was),
    )


def _end(world: World, pod: Pod, tied: tuple[str, ...]) -> PodEnd:
    if pod.node is None:
        outcome = Outcome.STILL_PENDING if pod.old else Outcome.PENDING
    elif pod.node not in world.board.slots:
        outcome = Outcome.ORPHANED
    elif pod.deleting is not None:
        outcome = Outcome.ENDING
    else:
        outcome = Outcome.PLACED if pod in world.placed else Outcome.KEPT
    return PodEnd(
        pod.namespace,
        pod.name,
        world.cluster.top(pod),
        pod.node,
        outcome,
        pod.message if pod.node is None else None,
        tied,
    )


def _anyway(world: World, was: Before) -> Collection[Workload]:
    """Deployments that fail though nothing has happened to them: they were stuck before."""
    if not world.failed:
        return ()
    moved = set()
    for event in world.events:
        if event.what not in (What.FAILED, What.UNSCHEDULABLE):
            moved.add(_told_of(world, was, event))
    return {key for key in world.failed if key[1] == "Deployment" and key not in moved}


def _backwards(events: Sequence[Event]) -> Iterator[tuple[int, Event]]:
    """Each with its place, the last first."""
    return zip(range(len(events) - 1, -1, -1), reversed(events), strict=True)


def _told_of(world: World, was: Before, event: Event) -> Workload | None:
    """The workload that an event is about."""
    if event.pod is not None:
        return _workload(world, was, event.pod)
    if event.owner is None:
        return None
    above = controller_of(world.cluster.by_uid(event.owner[2]) or {})
    return (event.key[0], *(event.owner[:2] if above is None else above[:2]))


def _workloads(
    world: World, was: Before, changed: Changes, anyway: Collection[Workload]
) -> tuple[WorkloadEnd, ...]:
    # what was adopted counts for whom it belongs to now
    adopted = [pod for pod, (key, _, _) in was.pods.items() if key[1] == "Pod" and pod.owner]
    gone = {was.pods[pod][0] for pod in adopted}
    first = {key: counts for key, counts in was.counts.items() if key not in gone}
    last = counted(
        (_workload(world, was, pod), pod.node is not None, _serves(pod))
        for pod in world.cluster.pods.values()
        if not pod.finished
    )
    asked = {**was.workloads, **wanted(world.cluster)}
    worst = least_ready(world, was, changed)
    found = []
    for key in sorted(first.keys() | last.keys() | world.failed.keys()):
        before, after = first.get(key, _NONE), last.get(key, _NONE)
        least, moment = worst.get(key, (before.ready, 0.0))
        failed = world.failed.get(key)
        found.append(
            WorkloadEnd(
                *key,
                asked.get(key),
                before,
                after,
                least,
                moment,
                None if failed is None else Failure(round(failed[0], 3), failed[1], key in anyway),
            )
        )
    return tuple(found)


def _workload(world: World, was: Before, pod: Pod) -> Workload:
    """What a pod counts for at the end: one that was orphaned for what it was part of.

    One that was let go counts for itself where that is still there, and makes another in its place.
    """
    known = was.pods.get(pod)
    if known is not None and pod.owner is None:
        namespace, kind, name = known[0]
        if kind == "Pod" or world.cluster.get(kind, namespace, name) is None:
            return known[0]
    return was.workload(pod, world.cluster.top(pod))


def _serves(pod: Pod) -> bool:
    return pod.ready is not None and pod.deleting is None


def _new(world: World, touched: Iterable[Pod]) -> Iterator[PodEnd]:
    """The pods that were made since."""
    for pod in sorted(touched, key=lambda one: one.key):
        if not pod.old and not pod.finished and world.cluster.pods.get(pod.key) is pod:
            yield _end(world, pod, ())


def _touched_workloads(
    world: World, was: Before, touched: Collection[Pod]
) -> tuple[WorkloadEnd, ...]:
    """Workloads whose pods came, went or changed: from what they had before."""
    less = counted(was.pods[pod] for pod in touched if pod in was.pods)
    more = counted(
        (_workload(world, was, pod), pod.node is not None, _serves(pod))
        for pod in touched
        if not pod.finished and world.cluster.pods.get(pod.key) is pod
    )
    adopted = {
        was.pods[pod][0]
        for pod in touched
        if pod in was.pods and was.pods[pod][0][1] == "Pod" and pod.owner
    }
    found = []
    for key in sorted((less.keys() | more.keys()) - adopted):
        before = was.counts.get(key, _NONE)
        parts = zip(before, less.get(key, _NONE), more.get(key, _NONE), strict=True)
        after = Counts(*(had - out + now for had, out, now in parts))
        found.append(WorkloadEnd(*key, None, before, after, 0, 0.0))
    return tuple(found)


def _budgets(world: World, was: Before) -> tuple[BudgetEnd, ...]:
    blocked: dict[tuple[str, str], list[str]] = {}
    for event in world.events:
        if event.what is What.BLOCKED and event.pod is not None:
            for one in world.budgets.of(event.pod):
                names = blocked.setdefault((one.namespace, one.name), [])
                if event.pod.name not in names:
                    names.append(event.pod.name)
    found = []
    for one in world.budgets.states():
        key = (one.namespace, one.name)
        before = was.budgets.get(key)
        healthy_before = one.healthy if before is None else before.healthy
        least = min(healthy_before, one.healthy)
        found.append(
            BudgetEnd(
                one.namespace,
                one.name,
                one.desired,
                healthy_before,
                least,
                one.healthy,
                one.allowed,
                one.healthy < one.desired <= healthy_before,
                tuple(blocked.get(key, ())),
            )
        )
    return tuple(sorted(found))
