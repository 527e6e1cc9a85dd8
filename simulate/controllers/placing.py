"""The scheduler at work: it takes one pod after the other, and what it decides becomes true.

How it decides is in `simulate.scheduling`. Claims that waited for their first consumer are bound
with the pod; where no volume was there for one, a volume is provisioned.
"""

from __future__ import annotations

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import Raw, mapping, name_of, namespace_of, uid_of
from kubectl_smart.simulate.controllers.events import What
from kubectl_smart.simulate.controllers.world import World
from kubectl_smart.simulate.scheduling.hints import Happening
from kubectl_smart.simulate.scheduling.node_tree import REGION, ZONE
from kubectl_smart.simulate.scheduling.scheduler import Decision, plugins_in


class Placing:
    """The scheduler's loop."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._free = 0.0
        world.turn = self._turn

    def start(self) -> None:
        """Take the pending pods of the snapshot into the queue, in the order they were written."""
        for pod in sorted(self._world.cluster.pods.values(), key=lambda one: one.version):
            if pod.node is None and pod.active:
                self._enqueue_old(pod)

    def _enqueue_old(self, pod: Pod) -> None:
        world = self._world
        profile = world.board.profile(pod.shape)
        if profile.gates or pod.reason == "SchedulingGated":
            return
        plugins = plugins_in(pod.message)
        if pod.nominated is not None:
            world.board.nominate(pod, pod.nominated)
        if plugins:
            world.queue.wait(pod, profile, world.loop.now, plugins)
        else:
            world.queue.push(pod, profile, world.loop.now)
            self._turn()

    def _turn(self, more: float = 0.0) -> None:
        """The scheduler takes its next pod soon; more: what its last one took beyond the usual."""
        loop = self._world.loop
        self._free = max(self._free, loop.now + more)
        pause = self._free - loop.now + self._world.timings.schedule
        loop.soon("scheduler", pause, self._schedule)

    def _schedule(self) -> None:
        world = self._world
        entry = world.queue.pop()
        if entry is None:
            return
        pod, said = entry.pod, entry.pod.message
        if pod.deleting is None and pod.node is None:
            decision = world.scheduler.attempt(pod)
            if decision.node is not None:
                world.queue.forget(pod)
                self._bind(pod, decision)
            else:
                self._turned_down(pod, decision)
                world.queue.put_back(entry, world.loop.now, decision.plugins)
        if world.queue:
            self._turn(0.0 if pod.message == said or pod.node else world.timings.patch)

    def _bind(self, pod: Pod, decision: Decision) -> None:
        world, node = self._world, decision.node or ""
        world.board.nominate(pod, None)
        for claim, volume in decision.claims:
            self._bind_claim(claim, volume, node)
        labels = world.board.labels[world.board.slots[node]]
        more = tuple((key, labels[key]) for key in (REGION, ZONE) if key in labels)
        if more:
            world.cluster.reshape(pod, world.cluster.shapes.labelled(pod.shape, more))
        pod.message = pod.reason = None
        world.cluster.place(pod, node)
        world.placed.add(pod)
        world.board.add(pod, world.board.slots[node])
        world.note(What.BOUND, pod, node, decision.tied)
        world.wake(Happening(placed=world.board.profile(pod.shape)))
        for told in world.bound:
            told(pod)
        world.tell(pod)

    def _bind_claim(self, claim: Raw, volume: Raw | None, node: str) -> None:
        world, key = self._world, (namespace_of(claim), name_of(claim))
        if volume is None:
            volume = {
                "apiVersion": "v1",
                "kind": "PersistentVolume",
                "metadata": {"name": f"pvc-{world.suffix(*key)}", "annotations": {"node": node}},
                "spec": {
                    "accessModes": mapping(claim, "spec").get("accessModes"),
                    "capacity": mapping(claim, "spec", "resources", "requests"),
                    "storageClassName": mapping(claim, "spec").get("storageClassName"),
                },
            }
        name = name_of(volume)
        ref = {"kind": "PersistentVolumeClaim", "namespace": key[0], "name": key[1]}
        spec = {**mapping(volume, "spec"), "claimRef": {**ref, "uid": uid_of(claim)}}
        world.cluster.put({**volume, "spec": spec, "status": {"phase": "Bound"}})
        bound = {**mapping(claim, "spec"), "volumeName": name}
        world.cluster.put({**claim, "spec": bound, "status": {"phase": "Bound"}})
        world.wake(Happening(storage=True), Happening(claim=key))

    def _turned_down(self, pod: Pod, decision: Decision) -> None:
        world = self._world
        if pod.message != decision.message:
            pod.message = decision.message
            world.tell(pod)
        pod.reason = "Unschedulable"
        if decision.room is not None:
            world.note(What.NOMINATED, pod, decision.room, decision.tied)
            if pod.nominated != decision.room:
                world.give_up(pod)
            world.board.nominate(pod, decision.room)
            for other in list(world.board.nominated.get(world.board.slots[decision.room], {})):
                if other is not pod and other.shape.priority < pod.shape.priority:
                    world.give_up(other)
            for victim in decision.victims:
                victim.disrupted = True
                world.delete(victim, f"preempted by {pod.namespace}/{pod.name}")
        else:
            world.note(What.UNSCHEDULABLE, pod, decision.message)
            if decision.hopeless:
                world.give_up(pod)
