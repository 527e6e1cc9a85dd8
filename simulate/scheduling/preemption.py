"""Making room for a pod by deleting pods of lower priority.

Rule: framework/preemption and plugins/defaultpreemption. On each node where it may help all pods of
lower priority are taken away; if the pod then fits, as many as possible are put back, those whose
budgets would be broken first, then the more important ones. Of the nodes: fewest broken budgets,
lowest top priority of the victims, smallest sum, fewest, latest start of the most important.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from kubectl_smart.memory.formats.wiring.selecting import matches
from kubectl_smart.memory.records.wiring import Selector
from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.store import Cluster
from kubectl_smart.simulate.scheduling.board import Board
from kubectl_smart.simulate.scheduling.filtering import Verdict, judge_beside
from kubectl_smart.simulate.scheduling.messages import (
    NEVER,
    NO_VICTIMS,
    NOT_HELPFUL,
    TERMINATING,
    nodes_message,
)
from kubectl_smart.simulate.scheduling.profile import Profile

_OFFSET = 2**31


@dataclass(frozen=True, slots=True)
class Budget:
    """A disruption budget: whose pods, and how many may be disrupted now."""

    namespace: str
    selector: Selector
    allowed: int


@dataclass(slots=True)
class Attempt:
    """node: where room is made, if anywhere; tied: nodes that were as good; message: why not.

    hopeless: no node was found, so that one where room was made before is given up.
    """

    node: str | None = None
    victims: list[Pod] = field(default_factory=list)
    tied: tuple[int, ...] = ()
    message: str = ""
    hopeless: bool = False


@dataclass(slots=True)
class _Candidate:
    slot: int
    victims: list[Pod]
    broken: int


def preempt(
    board: Board,
    cluster: Cluster,
    pod: Pod,
    verdict: Verdict,
    budgets: Callable[[], list[Budget]],
    choose: Callable[[int], int],
) -> Attempt:
    """Find a node and its victims.

    budgets  as they are now; asked for once, if there is a node where room could be made
    choose   picks one of so many equals
    """
    asked = cache(budgets)
    profile = board.profile(pod.shape)
    if not profile.preempts:
        return Attempt(message=NEVER)
    if _room_coming(board, pod, profile, verdict):
        return Attempt(message=TERMINATING)
    total = len(board.slots)
    helped = verdict.helped()
    reasons: Counter[str] = Counter()
    reasons[NOT_HELPFUL] = total - int(helped.sum())
    candidates: list[_Candidate] = []
    order = board.tree.order()
    limit = max(total // 10, 100)
    places = order[helped[order]]
    weaker = board.weaker(profile.priority)[places]
    reasons[NO_VICTIMS] += len(places) - int(weaker.sum())
    for slot in places[weaker]:
        found = _on_node(board, cluster, pod, profile, int(slot), asked)
        if isinstance(found, _Candidate):
            candidates.append(found)
            if len(candidates) >= limit:
                break
        else:
            reasons.update(found)
    if not candidates:
        return Attempt(message=nodes_message(total, reasons), hopeless=True)
    best = _best(candidates)
    chosen = best[choose(len(best))]
    return Attempt(
        node=board.names[chosen.slot],
        victims=chosen.victims,
        tied=tuple(one.slot for one in best),
    )


def _room_coming(board: Board, pod: Pod, profile: Profile, verdict: Verdict) -> bool:
    if pod.nominated is None:
        return False
    slot = board.slots.get(pod.nominated)
    if slot is None or not (verdict.helped()[slot] or verdict.fits[slot]):
        return False
    return any(
        one.deleting is not None and other.priority < profile.priority
        for one, other in board.pods[slot].items()
    )


def _on_node(
    board: Board,
    cluster: Cluster,
    pod: Pod,
    profile: Profile,
    slot: int,
    budgets: Callable[[], list[Budget]],
) -> _Candidate | Counter[str]:
    lower = [one for one, other in board.pods[slot].items() if other.priority < profile.priority]
    if not lower:
        return Counter({NO_VICTIMS: 1})
    lower.sort(key=_importance)
    for one in lower:
        board.remove(one)
    out = list(lower)
    try:
        told = judge_beside(board, cluster, pod, profile, slot)
        if told is not None:
            return told.reasons
        breaking, harmless = _by_budget(lower, budgets())
        victims: list[Pod] = []
        broken = 0
        for one in (*breaking, *harmless):
            board.add(one, slot)
            out.remove(one)
            if judge_beside(board, cluster, pod, profile, slot) is not None:
                board.remove(one)
                out.append(one)
                victims.append(one)
                broken += one in breaking
        return _Candidate(slot, sorted(victims, key=_importance), broken)
    finally:
        for one in out:
            board.add(one, slot)


def _importance(pod: Pod) -> tuple[int, float]:
    """The more important first: higher priority, then the longer it has run."""
    return (-pod.shape.priority, pod.started if pod.started is not None else pod.created)


def _by_budget(pods: list[Pod], budgets: list[Budget]) -> tuple[list[Pod], list[Pod]]:
    """(those whose budget would be broken, the others), each in the order given."""
    left = [one.allowed for one in budgets]
    breaking: list[Pod] = []
    harmless: list[Pod] = []
    for pod in pods:
        broken = False
        for place, budget in enumerate(budgets):
            empty = not budget.selector.pairs and not budget.selector.requirements
            if empty or budget.namespace != pod.namespace or not pod.shape.labels:
                continue
            if matches(budget.selector, pod.shape.labels):
                left[place] -= 1
                broken |= left[place] < 0
        (breaking if broken else harmless).append(pod)
    return breaking, harmless


def _best(candidates: list[_Candidate]) -> list[_Candidate]:
    def rank(one: _Candidate) -> tuple[float, ...]:
        priorities = [pod.shape.priority for pod in one.victims]
        highest = max(priorities, default=-_OFFSET)
        starts = [
            pod.started if pod.started is not None else pod.created
            for pod in one.victims
            if pod.shape.priority == highest
        ]
        return (
            one.broken,
            highest,
            sum(priority + _OFFSET for priority in priorities),
            len(one.victims),
            -min(starts, default=0.0),
        )

    best = min(map(rank, candidates))
    return [one for one in candidates if rank(one) == best]
