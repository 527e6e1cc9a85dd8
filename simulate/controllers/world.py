"""The cluster in motion: the only place where pods are made, placed, ended and removed.

Controllers ask for changes here; whoever must know of a change is told from here: the board, the
queue of the scheduler, the controllers, and the account of what happened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from kubectl_smart.simulate.cluster.pods import Owner, Pod
from kubectl_smart.simulate.cluster.reading import (
    Raw,
    at,
    items,
    labels_of,
    mapping,
    name_of,
    namespace_of,
    uid_of,
)
from kubectl_smart.simulate.cluster.shapes import Shape
from kubectl_smart.simulate.cluster.store import Cluster, kind_of
from kubectl_smart.simulate.controllers.admission import Admission
from kubectl_smart.simulate.controllers.attaching import Attaching
from kubectl_smart.simulate.controllers.budgets import Budgets
from kubectl_smart.simulate.controllers.events import Event, What
from kubectl_smart.simulate.controllers.hashes import Hashes
from kubectl_smart.simulate.controllers.loop import Loop
from kubectl_smart.simulate.controllers.refusals import Refusal, Refusals
from kubectl_smart.simulate.controllers.timings import Timings
from kubectl_smart.simulate.scheduling.board import Numbers
from kubectl_smart.simulate.scheduling.hints import Happening
from kubectl_smart.simulate.scheduling.messages import gated
from kubectl_smart.simulate.scheduling.queue import Queue
from kubectl_smart.simulate.scheduling.scheduler import (
    Scheduler,
    node_view,
)

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
Told = Callable[[Pod], None]


class World:
    """Everything at one moment of simulated time.

    epoch    the seconds since 1970 that `loop.now` counts from
    events   what happened, in order
    placed   the pods that were placed since
    services  when which service, by namespace and name, was written to or went, and what it became
    tops     the top-most controllers of the pods made since
    nodes_gone  when a node was deleted, seconds since the command, by its name
    assumed  what is not known and was taken for something, in sentences
    failed   when workloads failed, and the reason, by namespace, kind and name
    refusals  the pods that quotas and limits keep from being made
    given    the pods that came to belong to another controller, or to none
    collected  when the pods of a node that is gone were first collected; None if none were
    told     who is told of a pod that changed, by the kind of its owner
    unowned  who is told of a pod that changed and that nobody controls
    stuck    who is told of a pod that is to end on a node that is not heard
    rolled   who is told that pods of a deployment, by its uid, were placed or became ready
    changed  who is told of a raw object that changed or went, by kind
    bound    who is told of a pod that was placed
    turn     tells the scheduler that it has something to do
    ending   tells a kubelet that a pod is to end within so many seconds
    job_seconds  how long a pod runs until it has done its work; None: not known, or for ever
    """

    def __init__(self, cluster: Cluster, timings: Timings, seed: int, epoch: float) -> None:
        self.cluster = cluster
        self.timings = timings
        self.epoch = epoch
        self.loop = Loop()
        self.budgets = Budgets(cluster)
        self.scheduler = Scheduler(cluster, self.budgets.now, seed)
        self.board = self.scheduler.board
        self.queue = Queue()
        self.admission = Admission(cluster)
        self.hashes = Hashes(cluster)
        self.attaching = Attaching(cluster, timings.detach)
        self.events: list[Event] = []
        self.placed: set[Pod] = set()
        self.relabelled: list[tuple[float, Pod, Shape, Shape]] = []
        """When which pod was written to, and its shape before and after."""
        self.services: list[tuple[float, tuple[str, str], Raw | None]] = []
        self.tops: dict[Pod, tuple[str, str] | None] = {}
        self.refusals = Refusals(self.loop)
        self.given: set[Pod] = set()
        self.collected: float | None = None
        self.nodes_gone: dict[str, float] = {}
        self.assumed: list[str] = []
        self.failed: dict[tuple[str, str, str], tuple[float, str]] = {}
        self.told: dict[str, Told] = {}
        self.changed: dict[str, list[Callable[[Raw, Raw | None], None]]] = {}
        self.unowned: Told = lambda _: None
        self.stuck: Told = lambda _: None
        self.rolled: Callable[[str], None] = lambda _: None
        self.job_seconds: Callable[[Pod], float | None] = lambda _: None
        self.turn: Callable[[], None] = lambda: None
        self.ending: Callable[[Pod, float], None] = lambda *_: None
        self.bound: list[Told] = []
        self._left = {pod for pod in cluster.pods.values() if pod.finished}
        self.seed = seed
        self._names = 0

    @property
    def now(self) -> float:
        """Seconds since 1970."""
        return self.epoch + self.loop.now

    def note(
        self, what: What, pod: Pod, detail: str = "", tied: Sequence[int] | Numbers = ()
    ) -> None:
        """Write down what happened to a pod."""
        self.events.append(
            Event(self.loop.now, what, pod.key, pod, pod.owner, pod.node, detail, tied)
        )

    # --- pods -------------------------------------------------------------------------

    def suffix(self, *of: str) -> str:
        """Five letters as the API server gives them, the same for the same history."""
        self._names += 1
        text = "\0".join((*of, str(self._names), str(self.seed)))
        digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:5])

    def create(
        self, namespace: str, name: str, shape: Shape, owner: Owner | None, part: str = ""
    ) -> Pod | str:
        """A new pod, or why the API server would not have it (its quota).

        part  as of `turned_away`
        """
        refusal = self.admission.refusal(namespace, shape)
        if refusal is not None:
            return refusal
        if owner is not None:
            self.refusals.made(owner, part)
        pod = Pod(namespace, name, f"new-{self._names}-{name}", shape, owner, self.now)
        self._names += 1
        self.cluster.add(pod)
        self.tops[pod] = self.cluster.top(pod)
        self.note(What.CREATED, pod)
        profile = self.board.profile(shape)
        if profile.gates:
            pod.reason = "SchedulingGated"
            pod.message = gated(profile.gates)
        else:
            self.queue.push(pod, profile, self.loop.now)
            self.turn()
        return pod

    def turned_away(
        self,
        names: Sequence[str],
        found: Refusal,
        part: str = "",
    ) -> None:
        """Pods were refused to a controller; it is told when there may be room.

        names  as the pods would have been called
        part   which of its pods they are, where it looks at each by itself
        """
        if self.refusals.add(found, part):
            for name in names:
                key = (found.namespace, name)
                self.events.append(
                    Event(self.loop.now, What.REFUSED, key, None, found.owner, None, found.words)
                )

    def delete(self, pod: Pod, why: str, *, grace: float | None = None) -> None:
        """Ask for a pod's deletion: it ends within its grace period, at once if it never ran."""
        if self.cluster.pods.get(pod.key) is not pod:
            return
        allowed = pod.grace if grace is None else min(grace, pod.grace if grace else 0.0)
        if pod.node is None or pod.finished or allowed == 0:
            if pod.deleting is None:
                pod.deleting = self.now
                self.board.leaving(pod)
                self.note(What.DELETED, pod, why)
            self.gone(pod)
            return
        if pod.deleting is not None:
            return
        pod.deleting = self.now
        self.board.leaving(pod)
        self.note(What.DELETED, pod, why)
        self.tell(pod)
        self.ending(pod, allowed)

    def gone(self, pod: Pod) -> None:
        """A pod is removed."""
        if self.cluster.pods.get(pod.key) is not pod:
            return
        self.note(What.GONE, pod)
        self._leave(pod)
        self.cluster.remove(pod)
        self.give_up(pod)
        self.queue.forget(pod)
        self.tell(pod)

    def finish(self, pod: Pod, phase: str, why: str = "") -> None:
        """All containers of a pod have ended, or it was declared failed."""
        if pod.finished or self.cluster.pods.get(pod.key) is not pod:
            return
        pod.phase = phase
        pod.ready = None
        self.note(What.FINISHED, pod, why or phase)
        self._leave(pod)
        self.tell(pod)

    def _leave(self, pod: Pod) -> None:
        """The scheduler sees a pod go, and quotas do: it is deleted, or it has ended."""
        self.board.remove(pod)
        self.refusals.room(pod.namespace)
        if pod.node is not None and pod not in self._left:
            self._left.add(pod)
            if pod.shape.claims:
                self.attaching.pod_left(pod, self.loop.now)
                self.loop.after(self.timings.react, partial(self._free_claims, pod))
            self.wake(Happening(left=self.board.profile(pod.shape)))

    def _free_claims(self, pod: Pod) -> None:
        """Claims that were deleted while the pod used them may go now."""
        for name in pod.shape.claims:
            claim = self.cluster.get("PersistentVolumeClaim", pod.namespace, name)
            used = self.board.claims.get((pod.namespace, name), 0) > 0
            if at(claim, "metadata", "deletionTimestamp") and not used:
                self.remove("PersistentVolumeClaim", pod.namespace, name)

    def tell(self, pod: Pod) -> None:
        """A pod has changed: its controller looks at it soon."""
        told = self.unowned if pod.owner is None else self.told.get(pod.owner[0])
        if told is not None:
            told(pod)

    def wake(self, *happenings: Happening) -> None:
        """Something happened that may help pods which wait."""
        self.queue.wake(happenings)
        if self.queue:
            self.turn()

    def give_up(self, pod: Pod) -> None:
        """Room that was made for a pod is there for others of its priority and less."""
        if pod.nominated is None:
            return
        self.board.nominate(pod, None)
        profile = self.board.profile(pod.shape)
        free = Happening(left=profile, up_to=profile.priority)
        self.loop.after(self.timings.react, lambda: self.wake(free))

    def silent(self, node: str) -> bool:
        """Whether a node's kubelet is not heard: what ends or starts there nobody tells."""
        raw = self.cluster.get("Node", "", node)
        return raw is None or any(
            one.get("type") == "Ready" and one.get("status") == "Unknown"
            for one in items(raw, "status", "conditions")
        )

    # --- raw objects ------------------------------------------------------------------

    def put(self, raw: Raw) -> None:
        """Create or replace an object that is no pod."""
        kind = kind_of(raw)
        before = self.cluster.get(kind, namespace_of(raw), name_of(raw))
        if not uid_of(raw):
            uid = uid_of(before) if before is not None else f"new-{self.suffix(kind, name_of(raw))}"
            raw = {**raw, "metadata": {**mapping(raw, "metadata"), "uid": uid}}
        self.cluster.put(raw)
        self._changed(kind, raw, before)

    def remove(self, kind: str, namespace: str, name: str) -> Raw | None:
        """Remove an object that is no pod; what it was."""
        raw = self.cluster.drop(kind, namespace, name)
        if raw is not None:
            self._changed(kind, None, raw)
        return raw

    def touch(self, raw: Raw) -> None:
        """What an object controls has changed: its controller looks at it soon."""
        for told in self.changed.get(kind_of(raw), ()):
            told(raw, raw)

    def _changed(self, kind: str, after: Raw | None, before: Raw | None) -> None:
        if kind == "Node":
            self._node_changed(after, before)
        elif kind in ("Service", "ReplicaSet", "StatefulSet", "ReplicationController"):
            self.scheduler.services_changed()
            if kind == "Service":
                key = (namespace_of(after or before or {}), name_of(after or before or {}))
                self.services.append((self.loop.now, key, after))
        elif kind == "PersistentVolumeClaim" and after is not None:
            self.wake(Happening(claim=(namespace_of(after), name_of(after))))
        elif kind in ("PersistentVolume", "StorageClass") and after is not None:
            self.wake(Happening(storage=True))
        elif kind == "Namespace" and after is not None:
            spaces: Any = self.board.namespaces
            spaces[name_of(after)] = labels_of(after)
        elif kind == "PodDisruptionBudget":
            self.budgets.forget()
        elif kind in ("LimitRange", "PriorityClass", "RuntimeClass"):
            self.admission.forget()
            self.refusals.room(None)
        elif kind == "ResourceQuota":
            self.refusals.room(namespace_of(after or before or {}))
        for told in self.changed.get(kind, ()):
            told(after if after is not None else before or {}, after)

    def _node_changed(self, after: Raw | None, before: Raw | None) -> None:
        if after is None:
            self.attaching.node_gone(before or {})
            self.nodes_gone[name_of(before or {})] = self.loop.now
            self.board.remove_node(name_of(before or {}))
        elif before is None or name_of(after) not in self.board.slots:
            pods: Mapping[Any, Pod] = self.cluster.by_node.get(name_of(after), {})
            self.board.add_node(after, list(pods.values()))
        else:
            self.board.change_node(after)
        self.wake(
            Happening(
                before=None if before is None else node_view(before),
                after=None if after is None else node_view(after),
            )
        )
