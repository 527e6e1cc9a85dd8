"""StatefulSets: pods with names of their own, made and replaced one after the other.

Rule: controller/statefulset stateful_set_control.go. A pod that is being deleted keeps its name, so
its replacement waits until it is gone. OrderedReady stops at the first pod that is not running and
available, upwards and downwards; Parallel does not. Updates go downwards, one at a time.
"""

from __future__ import annotations

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import (
    Raw,
    at,
    items,
    mapping,
    name_of,
    namespace_of,
    uid_of,
)
from kubectl_smart.simulate.controllers.availability import Availability, wait_of
from kubectl_smart.simulate.controllers.claims import let_go, with_pod
from kubectl_smart.simulate.controllers.refusals import Refusal
from kubectl_smart.simulate.controllers.replicasets import replicas_of
from kubectl_smart.simulate.controllers.world import World

_REVISION = "controller-revision-hash"


class StatefulSets:
    """The controller. It knows the templates of the snapshot, to see which of them change.

    _revisions  of each set by namespace and name, by template: one that goes back to a template, or
                is made again, finds those of before
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._availability = Availability(world)
        self._revisions: dict[tuple[str, str], dict[str, str]] = {}
        self._shapes: dict[str, Raw] = {}
        world.told["StatefulSet"] = self._told
        world.unowned = self._unowned
        world.changed.setdefault("StatefulSet", []).append(self._changed)
        world.changed.setdefault("PersistentVolumeClaim", []).append(self._claim_changed)
        for raw in world.cluster.list("StatefulSet"):
            template = self._world.hashes.of(mapping(raw, "spec", "template"))
            update = str(at(raw, "status", "updateRevision") or f"{name_of(raw)}-{template}")
            self._revisions[namespace_of(raw), name_of(raw)] = {template: update}
            self._shapes[uid_of(raw)] = mapping(raw, "spec", "template")
            self._watch(raw)

    def _watch(self, raw: Raw) -> None:
        """Look again when pods that are ready count as available."""
        wait, uid = wait_of(raw), uid_of(raw)
        if wait > 0:
            for pod in self._world.cluster.owned(uid):
                self._availability.watch(pod, wait, lambda: self._soon(uid))

    def _changed(self, raw: Raw, after: Raw | None) -> None:
        if after is not None:
            self._soon(uid_of(raw))

    def _claim_changed(self, raw: Raw, after: Raw | None) -> None:
        if after is None:  # a pod may wait for it to go, to have a new one
            for one in self._world.cluster.list("StatefulSet", namespace_of(raw)):
                self._soon(uid_of(one))

    def _told(self, pod: Pod) -> None:
        if pod.owner is None:
            return
        cluster = self._world.cluster
        raw = cluster.by_uid(pod.owner[2])
        gone = cluster.pods.get(pod.key) is not pod
        if raw is not None and gone and _ordinal(pod) not in _ordinals(raw):
            for claim in with_pod(cluster, raw, _ordinal(pod)):
                let_go(self._world, claim)
        self._soon(pod.owner[2])

    def _unowned(self, pod: Pod) -> None:
        """Somebody's pod is gone: it may have had a name that a set needs."""
        cluster = self._world.cluster
        if pod.key not in cluster.pods and _ordinal(pod) >= 0:
            raw = cluster.get("StatefulSet", pod.namespace, pod.name.rpartition("-")[0])
            if raw is not None:
                self._soon(uid_of(raw))

    def _soon(self, uid: str) -> None:
        world = self._world
        world.loop.soon(("stateful", uid), world.timings.react, lambda: self.sync(uid))

    def _revision(self, raw: Raw) -> str:
        """The revision of its template as it is now."""
        template = self._world.hashes.of(mapping(raw, "spec", "template"))
        known = self._revisions.setdefault((namespace_of(raw), name_of(raw)), {})
        return known.setdefault(template, f"{name_of(raw)}-{template}")

    def sync(self, uid: str) -> None:
        """One look at a set."""
        raw = self._world.cluster.by_uid(uid)
        if raw is None or at(raw, "metadata", "deletionTimestamp"):
            return
        self._watch(raw)
        wait = wait_of(raw)
        ordered = at(raw, "spec", "podManagementPolicy") != "Parallel"
        wanted = _ordinals(raw)
        update = self._revision(raw)
        pods = {_ordinal(pod): pod for pod in self._world.cluster.owned(uid)}
        for ordinal in wanted:
            pod = pods.get(ordinal)
            if pod is not None and pod.finished:
                self._world.delete(pod, "ended", grace=0)
                pod = None
            if pod is None:
                self._make(raw, uid, ordinal, update)
                if ordered:
                    return
            elif ordered and not self._fit(pod, wait):
                return
        surplus = sorted((one for one in pods if one not in wanted), reverse=True)
        lame = min((one for one in surplus if not self._fit(pods[one], wait)), default=None)
        for ordinal in surplus:
            pod = pods[ordinal]
            if ordered and not self._fit(pod, wait) and ordinal != lame:
                return
            if pod.deleting is not None:
                if ordered:
                    return
                continue
            self._world.delete(pod, "scaled down")
            if ordered:
                return
        if surplus and ordered:
            return
        self._roll(raw, wanted, pods, update)

    def _roll(self, raw: Raw, wanted: range, pods: dict[int, Pod], update: str) -> None:
        strategy = mapping(raw, "spec", "updateStrategy")
        if strategy.get("type") == "OnDelete":
            return
        partition = int(at(strategy, "rollingUpdate", "partition") or 0)
        for ordinal in reversed(wanted):
            if ordinal < wanted.start + partition:
                return
            pod = pods.get(ordinal)
            if pod is None:
                return
            if pod.shape.labels.get(_REVISION) != update and pod.deleting is None:
                self._world.delete(pod, "updated")
                return
            if not self._fit(pod, wait_of(raw)):
                return

    def _fit(self, pod: Pod, wait: float) -> bool:
        """Whether a pod is running and available, and stays."""
        return pod.phase == "Running" and pod.deleting is None and self._availability.of(pod, wait)

    def _make(self, raw: Raw, uid: str, ordinal: int, update: str) -> None:
        world = self._world
        namespace, name = namespace_of(raw), f"{name_of(raw)}-{ordinal}"
        if (namespace, name) in world.cluster.pods:
            return  # somebody else's pod has the name
        template = mapping(raw, "spec", "template")
        current = str(at(raw, "status", "currentRevision") or update)
        partition = int(at(raw, "spec", "updateStrategy", "rollingUpdate", "partition") or 0)
        first = int(at(raw, "spec", "ordinals", "start") or 0)
        revision = update
        if ordinal < first + partition and current != update and uid in self._shapes:
            revision, template = current, self._shapes[uid]
        volumes: list[Raw] = []
        for claim in items(raw, "spec", "volumeClaimTemplates"):
            claimed = f"{name_of(claim)}-{name}"
            volumes.append(
                {"name": name_of(claim), "persistentVolumeClaim": {"claimName": claimed}}
            )
            known = world.cluster.get("PersistentVolumeClaim", namespace, claimed)
            if at(known, "metadata", "deletionTimestamp"):
                return  # made when the claim is gone
            if known is None:
                world.put(_claim(claim, namespace, claimed, mapping(raw, "spec", "selector")))
        if volumes:
            spec = mapping(template, "spec")
            volumes = [*items(spec, "volumes"), *volumes]
            template = {**template, "spec": {**spec, "volumes": volumes}}
        shape = world.admission.shape(
            namespace,
            template,
            {
                "statefulset.kubernetes.io/pod-name": name,
                "apps.kubernetes.io/pod-index": str(ordinal),
                _REVISION: revision,
            },
        )
        owner = ("StatefulSet", name_of(raw), uid)
        made = world.create(namespace, name, shape, owner, name)
        if isinstance(made, str):
            refusal = Refusal(namespace, owner, made, lambda: self.sync(uid))
            world.turned_away([name], refusal, name)


def _claim(template: Raw, namespace: str, name: str, selector: Raw) -> Raw:
    labels = {**mapping(template, "metadata", "labels"), **mapping(selector, "matchLabels")}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"namespace": namespace, "name": name, "labels": labels},
        "spec": dict(mapping(template, "spec")),
        "status": {"phase": "Pending"},
    }


def _ordinals(raw: Raw) -> range:
    """Those that its pods are to have."""
    first = int(at(raw, "spec", "ordinals", "start") or 0)
    return range(first, first + replicas_of(raw))


def _ordinal(pod: Pod) -> int:
    number = pod.name.rpartition("-")[2]
    return int(number) if number.isdigit() else -1
