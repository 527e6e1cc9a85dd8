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
from kubectl_smart.simulate.answers.stages import stages
from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.controllers.events import What
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
    touched = touched_by(world)
    changed = changes(world, was)
    services = service_ends(was, changed, world.relabelled)
    budgets = _budgets(world, was)
    lost = losses(world, was, touched)
    nodes = (len(was.nodes), len(world.board.slots))
    seconds = round(world.events[-1].at if world.events else 0.0, 3)
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
            seconds=seconds,
            settled=settled,
            seed=seed,
        )
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
    ended = world.events[-1].at if world.events else 0.0
    until = world.epoch + (ended if settled else world.loop.now)
    return Answer(
        commands=tuple(said),
        pods=pods,
        workloads=_workloads(world, was, changed),
        stages=stages(world, begins),
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
        seconds=seconds,
        settled=settled,
        seed=seed,
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


def _workloads(world: World, was: Before, changed: Changes) -> tuple[WorkloadEnd, ...]:
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
                None if failed is None else Failure(round(failed[0], 3), failed[1]),
            )
        )
    return tuple(found)


def _workload(world: World, was: Before, pod: Pod) -> Workload:
    """What a pod counts for at the end: one that was orphaned for what it was part of."""
    known = was.pods.get(pod)
    if known is not None and pod.owner is None:
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
    found = []
    for key in sorted(less.keys() | more.keys()):
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
