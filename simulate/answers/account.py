"""Makes the answer out of what was before, what happened, and what is at the end."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_smart.simulate.answers.before import Before, Workload, wanted, workload_of
from kubectl_smart.simulate.answers.course import course
from kubectl_smart.simulate.answers.limits import not_modelled
from kubectl_smart.simulate.answers.losses import losses
from kubectl_smart.simulate.answers.model import (
    Answer,
    BudgetEnd,
    Counts,
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


def account(world: World, was: Before, said: Sequence[Said], *, settled: bool, seed: int) -> Answer:
    """The answer."""
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
    changed = changes(world, was)
    return Answer(
        commands=tuple(said),
        pods=pods,
        workloads=_workloads(world, was, changed),
        stages=stages(world),
        services=service_ends(was, changed),
        budgets=_budgets(world, was),
        lost=losses(world, was),
        similar=(),
        not_modelled=not_modelled(world.cluster),
        nodes=(len(was.nodes), len(world.board.slots)),
        seconds=round(world.events[-1].at if world.events else 0.0, 3),
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
    first: dict[Workload, list[int]] = {}
    for key, bound, ready in was.pods.values():
        counted = first.setdefault(key, [0, 0, 0])
        counted[0 if bound else 1] += 1
        counted[2] += ready
    last: dict[Workload, list[int]] = {}
    for pod in world.cluster.pods.values():
        if not pod.finished:
            counted = last.setdefault(workload_of(pod, world.cluster.top(pod)), [0, 0, 0])
            counted[0 if pod.node is not None else 1] += 1
            counted[2] += pod.ready is not None and pod.deleting is None
    asked = {**was.workloads, **wanted(world.cluster)}
    worst = least_ready(world, was, changed)
    found = []
    for key in sorted(first.keys() | last.keys()):
        before = Counts(*first.get(key, (0, 0, 0)))
        after = Counts(*last.get(key, (0, 0, 0)))
        least, moment = worst.get(key, (before.ready, 0.0))
        found.append(WorkloadEnd(*key, asked.get(key), before, after, least, moment))
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
