"""The scheduler: one pod at a time, from the queue to a node or to a message.

It decides; what follows from a decision (binding, deleting victims) is done by whoever runs it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import Raw, labels_of, mapping, name_of
from kubectl_smart.simulate.cluster.requests import amounts_of
from kubectl_smart.simulate.cluster.store import Cluster
from kubectl_smart.simulate.scheduling import messages
from kubectl_smart.simulate.scheduling.board import HOSTNAME, Board, Mask, Numbers
from kubectl_smart.simulate.scheduling.default_spread import DefaultSpread
from kubectl_smart.simulate.scheduling.filtering import Verdict, judge, judge_beside, plugin_of
from kubectl_smart.simulate.scheduling.hints import NodeView
from kubectl_smart.simulate.scheduling.node_tree import ZONE
from kubectl_smart.simulate.scheduling.plugins import volume_binding
from kubectl_smart.simulate.scheduling.preemption import Budget, preempt
from kubectl_smart.simulate.scheduling.profile import Profile, taints_of
from kubectl_smart.simulate.scheduling.scoring import Scores, enough, rate


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of one attempt.

    node     where the pod goes; None if nowhere
    tied     the slots of the nodes that were as good, the chosen one's among them
    claims   (claim, volume) to bind with it; volume None: to be provisioned
    message  of the pod, where it goes nowhere
    room     the node where victims make room; None if none is made
    hopeless room cannot be made anywhere: where it was made before it is given up
    plugins  those that turned it down
    """

    node: str | None = None
    tied: Sequence[int] | Numbers = ()
    claims: tuple[tuple[Raw, Raw | None], ...] = ()
    message: str = ""
    room: str | None = None
    hopeless: bool = False
    victims: tuple[Pod, ...] = ()
    plugins: frozenset[str] = frozenset()


class Scheduler:
    """Decides where pods go.

    budgets  the disruption budgets as they are now
    """

    def __init__(self, cluster: Cluster, budgets: Callable[[], list[Budget]], seed: int) -> None:
        self.cluster = cluster
        self._budgets = budgets
        self._random = random.Random(seed)  # noqa: S311 - ties, not secrets
        self._spread = DefaultSpread(cluster)
        self._start = 0
        self._nowhere: dict[int, tuple[int, Decision | None]] = {}
        self.board = Board({name_of(one): labels_of(one) for one in cluster.list("Namespace")})
        for node in cluster.list("Node"):
            pods = cluster.by_node.get(name_of(node), {})
            self.board.add_node(node, list(pods.values()))

    def services_changed(self) -> None:
        """Services or controllers have changed."""
        self._spread.forget()

    def prepare(self) -> None:
        """Work out now what most attempts look at: for many schedulers that begin as this one."""
        for key in (HOSTNAME, ZONE):
            self.board.column(key)
        self._spread.prepare()

    def attempt(self, pod: Pod) -> Decision:
        """Try to place a pod.

        What is said of a pod that goes nowhere holds for its like until something changes, unless
        it depends on the pod itself: on its claims, or on room that was made for it.
        """
        board, shape = self.board, pod.shape
        alike = not shape.claims and pod.nominated is None
        if alike:
            version, known = self._nowhere.get(shape.id, (-1, None))
            if known is not None and version == board.version:
                return known
        version = board.version
        decision = self._decide(pod)
        board.version = version  # whatever was tried is as it was
        if alike and decision.node is None and decision.room is None:
            self._nowhere[shape.id] = (version, decision)
        return decision

    def _decide(self, pod: Pod) -> Decision:
        board = self.board
        total = len(board.slots)
        if total == 0:
            return Decision(message=messages.NO_NODES)
        profile = board.profile(pod.shape)
        verdict = judge(board, self.cluster, pod, profile)
        if verdict.refusal is not None:
            return Decision(
                message=messages.refused(total, verdict.refusal),
                plugins=frozenset((volume_binding.NAME,)),
            )
        fits = verdict.fits
        if board.nominated:
            fits = self._beside_nominated(pod, profile, verdict)
        slots = self._sample(fits, total)
        if len(slots) == 0:
            return self._turned_down(pod, verdict, total)
        best = slots if len(slots) == 1 else slots[self.rated(pod, slots).best]
        slot = int(best[0] if len(best) == 1 else best[self._random.randrange(len(best))])
        return Decision(
            node=board.names[slot],
            tied=best if len(best) > 1 else (),
            claims=_bindings(verdict, slot),
        )

    def rated(self, pod: Pod, slots: Numbers) -> Scores:
        """How good these nodes are for a pod."""
        return rate(self.board, self.board.profile(pod.shape), self._spread.of(pod), slots)

    def _sample(self, fits: Mask, total: int) -> Numbers:
        """The nodes to score: on large clusters the scheduler looks for only so many."""
        order = self.board.tree.order()
        wanted = enough(total)
        if wanted >= total:
            return order[fits[order]]
        start = self._start % total
        round_ = self.board.tree.round(start)
        for reach in (2 * wanted, total):
            places = fits.take(round_[:reach]).nonzero()[0]
            if len(places) > wanted:
                places = places[:wanted]
                self._start = (start + int(places[-1]) + 1) % total
                break
        return round_.take(places)

    def _beside_nominated(self, pod: Pod, profile: Profile, verdict: Verdict) -> Mask:
        """The nodes that also fit with the pods that room was made for there."""
        fits = verdict.fits.copy()
        for slot in list(self.board.nominated):
            told = judge_beside(self.board, self.cluster, pod, profile, slot)
            fits[slot] = told is None
            if told is not None:
                verdict.beside[slot] = told
        return fits

    def _turned_down(self, pod: Pod, verdict: Verdict, total: int) -> Decision:
        attempt = preempt(
            self.board,
            self.cluster,
            pod,
            verdict,
            self._budgets,
            self._random.randrange,
        )
        reasons = verdict.reasons()
        message = messages.unschedulable(
            total, reasons, None if attempt.node is not None else attempt.message
        )
        return Decision(
            message=message,
            room=attempt.node,
            hopeless=attempt.hopeless,
            victims=tuple(attempt.victims),
            tied=attempt.tied,
            plugins=verdict.plugins(),
        )


def _bindings(verdict: Verdict, slot: int) -> tuple[tuple[Raw, Raw | None], ...]:
    volumes = verdict.volumes
    if volumes is None:
        return ()
    return tuple(
        (claim, volumes.free[int(choice[slot])] if choice[slot] >= 0 else None)
        for claim, choice in zip(volumes.waiting, volumes.choice, strict=True)
    )


def node_view(node: Raw) -> NodeView:
    """A node for hints."""
    return NodeView(
        name_of(node),
        labels_of(node),
        taints_of(node),
        bool(mapping(node, "spec").get("unschedulable")),
        amounts_of(mapping(node, "status", "allocatable")),
    )


def plugins_in(message: str | None) -> frozenset[str]:
    """The plugins that turned a pod down, as its message tells."""
    head, _, rest = (message or "").partition("nodes are available: ")
    if not head:
        return frozenset()
    reasons: Iterable[str] = rest.partition(". ")[0].rstrip(".").split(", ")
    found = (plugin_of(_without_count(one)) for one in reasons)
    return frozenset(one for one in found if one is not None)


def _without_count(reason: str) -> str:
    number, _, text = reason.partition(" ")
    return text if number.isdigit() else reason
