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
from kubectl_smart.simulate.controllers.timings import Timings
from kubectl_smart.simulate.scheduling.board import Numbers
from kubectl_smart.simulate.scheduling.hints import Happening
from kubectl_smart.simulate.scheduling.messages import gated
from kubectl_smart.simulate.scheduling.node_tree import REGION, ZONE
from kubectl_smart.simulate.scheduling.queue import Queue
from kubectl_smart.simulate.scheduling.scheduler import (
    Decision,
    Scheduler,
    node_view,
    plugins_in,
)

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
Told = Callable[[Pod], None]


class World:
    """Everything at one moment of simulated time.

    epoch    the seconds since 1970 that `loop.now` counts from
    events   what happened, in order
    placed   the pods that were placed since
    tops     the top-most controllers of the pods made since
    nodes_gone  when a node was deleted, seconds since the command, by its name
    collected  when the pods of a node that is gone were first collected; None if none were
    told     who is told of a pod that changed, by the kind of its owner
    rolled   who is told that pods of a deployment, by its uid, were placed or became ready
    changed  who is told of a raw object that changed or went, by kind
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
        self.tops: dict[Pod, tuple[str, str] | None] = {}
        self.collected: float | None = None
        self.nodes_gone: dict[str, float] = {}
        self.told: dict[str, Told] = {}
        self.changed: dict[str, list[Callable[[Raw, Raw | None], None]]] = {}
        self.rolled: Callable[[str], None] = lambda _: None
        self.job_seconds: Callable[[Pod], float | None] = lambda _: None
        self._left = {pod for pod in cluster.pods.values() if pod.finished}
        self._free = 0.0
        self._seed = seed
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

    def start(self) -> None:
        """Take the pending pods of the snapshot into the queue, and let ended Jobs end."""
        for pod in sorted(self.cluster.pods.values(), key=lambda one: one.version):
            if pod.finished:
                continue
            if pod.deleting is not None:
                self._await_end(pod, pod.grace)
                continue
            if pod.node is None:
                self._enqueue_old(pod)
            elif pod.ready is None and pod.phase == "Pending":
                self.loop.after(self._start_seconds(pod), partial(self._ready, pod))
            self._end_job(pod)

    def _enqueue_old(self, pod: Pod) -> None:
        profile = self.board.profile(pod.shape)
        if profile.gates or pod.reason == "SchedulingGated":
            return
        plugins = plugins_in(pod.message)
        if pod.nominated is not None:
            self.board.nominate(pod, pod.nominated)
        if plugins:
            self.queue.wait(pod, profile, self.loop.now, plugins)
        else:
            self.queue.push(pod, profile, self.loop.now)
            self.turn()

    def suffix(self, *of: str) -> str:
        """Five letters as the API server gives them, the same for the same history."""
        self._names += 1
        text = "\0".join((*of, str(self._names), str(self._seed)))
        digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:5])

    def create(self, namespace: str, name: str, shape: Shape, owner: Owner | None) -> Pod | str:
        """A new pod, or why the API server would not have it (its quota)."""
        refusal = self.admission.refusal(namespace, shape)
        if refusal is not None:
            self.events.append(
                Event(self.loop.now, What.REFUSED, (namespace, name), None, owner, None, refusal)
            )
            return refusal
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
            self._gone(pod)
            return
        if pod.deleting is not None:
            return
        pod.deleting = self.now
        self.board.leaving(pod)
        self.note(What.DELETED, pod, why)
        self.tell(pod)
        self._await_end(pod, allowed)

    def _await_end(self, pod: Pod, allowed: float) -> None:
        seconds = min(allowed, self._about(self.timings.stop, pod, "stop"))
        self.loop.after(seconds, lambda: self._stopped(pod))

    def _about(self, seconds: float, pod: Pod, what: str) -> float:
        """A time that differs a little from pod to pod, and is the same for the same seed."""
        text = f"{self._seed}\0{what}\0{pod.uid}"
        digest = hashlib.blake2b(text.encode(), digest_size=4).digest()
        share = int.from_bytes(digest, "big") / 2**32
        return seconds * (1 + self.timings.jitter * (2 * share - 1))

    def _stopped(self, pod: Pod) -> None:
        if pod.node is not None and self.silent(pod.node):
            return  # nobody there to say so; of a node that is gone the pod collector will
        self._gone(pod)

    def silent(self, node: str) -> bool:
        """Whether a node's kubelet is not heard: what ends or starts there nobody tells."""
        raw = self.cluster.get("Node", "", node)
        return raw is None or any(
            one.get("type") == "Ready" and one.get("status") == "Unknown"
            for one in items(raw, "status", "conditions")
        )

    def _gone(self, pod: Pod) -> None:
        if self.cluster.pods.get(pod.key) is not pod:
            return
        self.note(What.GONE, pod)
        self._leave(pod)
        self.cluster.remove(pod)
        self.board.nominate(pod, None)
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
        """The scheduler sees a pod go: it is deleted, or it has ended."""
        self.board.remove(pod)
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
        if pod.owner is not None:
            told = self.told.get(pod.owner[0])
            if told is not None:
                told(pod)

    # --- the scheduler ----------------------------------------------------------------

    def wake(self, *happenings: Happening) -> None:
        """Something happened that may help pods which wait."""
        self.queue.wake(happenings)
        if self.queue:
            self.turn()

    def turn(self, more: float = 0.0) -> None:
        """The scheduler takes its next pod soon; more: what its last one took beyond the usual."""
        self._free = max(self._free, self.loop.now + more)
        pause = self._free - self.loop.now + self.timings.schedule
        self.loop.soon("scheduler", pause, self._schedule)

    def _schedule(self) -> None:
        entry = self.queue.pop()
        if entry is None:
            return
        pod, said = entry.pod, entry.pod.message
        if pod.deleting is None and pod.node is None:
            decision = self.scheduler.attempt(pod)
            if decision.node is not None:
                self.queue.forget(pod)
                self._bind(pod, decision)
            else:
                self._turned_down(pod, decision)
                self.queue.put_back(entry, self.loop.now, decision.plugins)
        if self.queue:
            self.turn(0.0 if pod.message == said or pod.node else self.timings.patch)

    def _bind(self, pod: Pod, decision: Decision) -> None:
        node = decision.node or ""
        self.board.nominate(pod, None)
        for claim, volume in decision.claims:
            self._bind_claim(claim, volume, node)
        labels = self.board.labels[self.board.slots[node]]
        more = tuple((key, labels[key]) for key in (REGION, ZONE) if key in labels)
        if more:
            self.cluster.reshape(pod, self.cluster.shapes.labelled(pod.shape, more))
        pod.message = pod.reason = None
        self.cluster.place(pod, node)
        self.placed.add(pod)
        self.board.add(pod, self.board.slots[node])
        self.note(What.BOUND, pod, node, decision.tied)
        self.wake(Happening(placed=self.board.profile(pod.shape)))
        self.loop.after(self._start_seconds(pod), lambda: self._ready(pod))
        self.tell(pod)

    def _bind_claim(self, claim: Raw, volume: Raw | None, node: str) -> None:
        key = (namespace_of(claim), name_of(claim))
        if volume is None:
            volume = {
                "apiVersion": "v1",
                "kind": "PersistentVolume",
                "metadata": {"name": f"pvc-{self.suffix(*key)}", "annotations": {"node": node}},
                "spec": {
                    "accessModes": mapping(claim, "spec").get("accessModes"),
                    "capacity": mapping(claim, "spec", "resources", "requests"),
                    "storageClassName": mapping(claim, "spec").get("storageClassName"),
                },
            }
        name = name_of(volume)
        ref = {"kind": "PersistentVolumeClaim", "namespace": key[0], "name": key[1]}
        spec = {**mapping(volume, "spec"), "claimRef": {**ref, "uid": uid_of(claim)}}
        self.cluster.put({**volume, "spec": spec, "status": {"phase": "Bound"}})
        bound = {**mapping(claim, "spec"), "volumeName": name}
        self.cluster.put({**claim, "spec": bound, "status": {"phase": "Bound"}})
        self.wake(Happening(storage=True), Happening(claim=key))

    def _turned_down(self, pod: Pod, decision: Decision) -> None:
        if pod.message != decision.message:
            pod.message = decision.message
            self.tell(pod)
        pod.reason = "Unschedulable"
        if decision.room is not None:
            self.note(What.NOMINATED, pod, decision.room, decision.tied)
            self.board.nominate(pod, decision.room)
            for other in list(self.board.nominated.get(self.board.slots[decision.room], {})):
                if other is not pod and other.shape.priority < pod.shape.priority:
                    self.board.nominate(other, None)
            for victim in decision.victims:
                self.delete(victim, f"preempted by {pod.namespace}/{pod.name}")
        else:
            self.note(What.UNSCHEDULABLE, pod, decision.message)

    def _start_seconds(self, pod: Pod) -> float:
        top = self.cluster.top(pod)
        known = None if top is None else self.timings.starts.get((pod.namespace, *top))
        seconds = self._about(self.timings.start if known is None else known, pod, "start")
        return seconds + self.attaching.wait(pod, self.loop.now) if pod.shape.claims else seconds

    def _ready(self, pod: Pod) -> None:
        if self.cluster.pods.get(pod.key) is not pod or pod.finished or pod.deleting is not None:
            return
        if pod.node is None or self.silent(pod.node):
            return
        pod.phase = "Running"
        pod.started = pod.started if pod.started is not None else self.now
        pod.ready = self.now
        self.note(What.READY, pod)
        self.tell(pod)
        self._end_job(pod)

    def _end_job(self, pod: Pod) -> None:
        if pod.phase == "Running":
            seconds = self.job_seconds(pod)
            if seconds is not None:
                begun = pod.started if pod.started is not None else self.now
                left = max(0.0, begun + seconds - self.now)
                self.loop.after(left, lambda: self.finish(pod, "Succeeded"))

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

    def _changed(self, kind: str, after: Raw | None, before: Raw | None) -> None:
        if kind == "Node":
            self._node_changed(after, before)
        elif kind in ("Service", "ReplicaSet", "StatefulSet", "ReplicationController"):
            self.scheduler.services_changed()
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
