"""All controllers together: a cluster that reacts."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kubectl_smart.simulate.admission import defaulted
from kubectl_smart.simulate.cluster.pods import pod_of
from kubectl_smart.simulate.cluster.reading import Raw, at, mapping, name_of, namespace_of
from kubectl_smart.simulate.cluster.store import Cluster, kind_of
from kubectl_smart.simulate.commands.effects import Delete, Effect, Evict, Put
from kubectl_smart.simulate.controllers.autoscaler import Autoscaler
from kubectl_smart.simulate.controllers.daemonsets import DaemonSets
from kubectl_smart.simulate.controllers.deployments import Deployments
from kubectl_smart.simulate.controllers.eviction import Evictions
from kubectl_smart.simulate.controllers.garbage import Garbage
from kubectl_smart.simulate.controllers.jobs import Jobs
from kubectl_smart.simulate.controllers.kubelets import Kubelets
from kubectl_smart.simulate.controllers.node_lifecycle import NodeLifecycle
from kubectl_smart.simulate.controllers.owning import Owning
from kubectl_smart.simulate.controllers.placing import Placing
from kubectl_smart.simulate.controllers.pod_collector import PodCollector
from kubectl_smart.simulate.controllers.replicasets import ReplicaSets
from kubectl_smart.simulate.controllers.statefulsets import StatefulSets
from kubectl_smart.simulate.controllers.taint_eviction import TaintEviction
from kubectl_smart.simulate.controllers.timings import Timings
from kubectl_smart.simulate.controllers.world import World


class ControlPlane:
    """A world with its controllers. Commands are applied one after the other."""

    def __init__(self, cluster: Cluster, timings: Timings, seed: int, epoch: float) -> None:
        self.world = World(cluster, timings, seed, epoch)
        placing, kubelets = Placing(self.world), Kubelets(self.world)
        ReplicaSets(self.world)
        Deployments(self.world)
        StatefulSets(self.world)
        DaemonSets(self.world)
        Jobs(self.world)
        NodeLifecycle(self.world)
        self._taints = TaintEviction(self.world)
        PodCollector(self.world)
        Autoscaler(self.world)
        self._owning = Owning(self.world)
        self._garbage = Garbage(self.world, self._owning)
        self._evictions = Evictions(self.world)
        placing.start()
        kubelets.start()

    def apply(self, effects: Iterable[Effect]) -> None:
        """Do what a command asks of the API; one deletion after the other, as kubectl does."""
        pause = 0.0
        wanted = tuple(effects)
        for effect in wanted:
            match effect:
                case Put():
                    self._put(effect.obj)
                case Delete():
                    self._later(pause, effect)
                    pause += self.world.timings.kubectl
                case _:
                    pass
        self._evictions.drain([one for one in wanted if isinstance(one, Evict)])

    def _later(self, pause: float, effect: Delete) -> None:
        if pause:
            self.world.loop.after(pause, lambda: self._garbage.delete(effect))
        else:
            self._garbage.delete(effect)

    def _put(self, raw: Raw) -> None:
        cluster = self.world.cluster
        if kind_of(raw) != "Pod":
            self.world.put(_same_template(raw, cluster))
            if kind_of(raw) == "ReplicaSet":
                self._owning.look_at_set(raw)
            return
        new = pod_of(raw, cluster.shapes)
        old = cluster.pods.get(new.key)
        if old is None:
            made = self.world.create(new.namespace, new.name, new.shape, new.owner)
            if not isinstance(made, str):
                self._owning.look(made)
            return
        slot = self.world.board.profile(old.shape).members.get(old)
        if slot is not None:
            self.world.board.remove(old)
        self.world.relabelled.append((self.world.loop.now, old, old.shape, new.shape))
        cluster.reshape(old, new.shape)
        old.cost = new.cost
        if slot is not None:
            self.world.board.add(old, slot)
        self._taints.look(old)
        self._owning.look(old)

    def until_done(self, effects: Iterable[Effect]) -> None:
        """Let time pass until kubectl would be back: at once, or when a drain is over."""
        loop = self.world.loop
        loop.run(loop.now + self.world.timings.command)
        for effect in effects:
            if isinstance(effect, Evict):
                limit = effect.timeout_seconds or self.world.timings.horizon
                loop.run(loop.now + limit, self._drained(effect))

    def _drained(self, effect: Evict) -> Callable[[], bool]:
        cluster = self.world.cluster
        pods = [cluster.pods[key] for key in effect.pods if key in cluster.pods]
        return lambda: not any(cluster.pods.get(pod.key) is pod for pod in pods)

    def run(self) -> bool:
        """Let everything settle; False if the horizon came first."""
        return self.world.loop.run(self.world.timings.horizon)


def _same_template(raw: Raw, cluster: Cluster) -> Raw:
    """With the template that was there, where only the server's defaults were added to it.

    A snapshot may have been written by hand; nothing is to roll out for that.
    """
    ours = at(raw, "spec", "template")
    old = cluster.get(kind_of(raw), namespace_of(raw), name_of(raw))
    theirs = at(old, "spec", "template")
    if old is None or not theirs or theirs == ours:
        return raw
    if at(defaulted(old, cluster), "spec", "template") != ours:
        return raw
    return {**raw, "spec": {**mapping(raw, "spec"), "template": theirs}}
