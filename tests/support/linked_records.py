"""Changes of a small cluster at work, in any order, by a seeded die: for tests of links.

Two Deployments with their ReplicaSets and Pods, a StatefulSet, what they read, an autoscaler, a
node, and the repository. What happens is drawn, not simulated: links must be the same whatever
comes of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import orjson
from random_records import SECOND, START, digits

from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import Change, Facet, FieldEdit, Knowledge
from kubectl_smart.memory.records.facts import Committed, StatePlace
from kubectl_smart.memory.records.objects import ObjectRef

_SYSTEM = "system:serviceaccount:kube-system:"
SARAH = Actor("sarah@example.com", ActorKind.HUMAN)
ARGO = Actor("system:serviceaccount:argocd:argocd-application-controller", ActorKind.AUTOMATION)
HPA = Actor(f"{_SYSTEM}horizontal-pod-autoscaler", ActorKind.CONTROLLER)
ROLLS = Actor(f"{_SYSTEM}deployment-controller", ActorKind.CONTROLLER)
MAKES = Actor(f"{_SYSTEM}replicaset-controller", ActorKind.CONTROLLER)
COLLECTS = Actor(f"{_SYSTEM}generic-garbage-collector", ActorKind.CONTROLLER)
GIVES_UP = Actor(f"{_SYSTEM}pod-garbage-collector", ActorKind.CONTROLLER)
KUBELET = Actor("system:node:worker-1", ActorKind.NODE)

NODE = ObjectRef("", "Node", "", "worker-1")
SCALER = ObjectRef("autoscaling", "HorizontalPodAutoscaler", "shop", "api")
HOUR = 3_600 * SECOND


class Work:
    """Records of such a cluster, in order of time; `read_states` as a store does."""

    def __init__(self, seed: int, count: int) -> None:
        self._die = Random(seed)
        self._states: dict[StatePlace, bytes] = {}
        self._version: dict[ObjectRef, int] = {}
        self._at = START
        self.committed: list[Committed] = []
        for number in range(1, count + 1):
            self._add(number)
        self.tips = {one.branch: one.commit for one in self.committed}

    def read_states(self, places: Sequence[StatePlace]) -> list[bytes | None]:
        """As a store does."""
        return [self._states.get(place) for place in places]

    def _add(self, number: int) -> None:
        die = self._die
        self._at += die.choice((0, 0, 1, 1, 7, 7, 60, 60, 600, 4_000)) * SECOND
        change = self._change(number)
        bulk = change.derived
        branch = "journal/2025-11" if bulk else "main"
        commit = digits("commit", number) + "0" * 8
        place = None
        if change.state is not None:
            place = StatePlace(digits("blob", number) + "0" * 8, number if bulk else -1)
            self._states[place] = change.state
        self.committed.append(Committed(change, number, START + number, branch, commit, place))

    def _change(self, number: int) -> Change:
        die = self._die
        top = ObjectRef("apps", "Deployment", "shop", die.choice(("api", "web")))
        roll = die.randrange(20)
        if roll < 3:
            verb = die.choice(("create", "patch", "scale", "patch"))
            actor = die.choice((SARAH, ARGO, HPA))
            path = die.choice(("spec.replicas", "spec.template", "metadata.labels.colour"))
            edits = () if verb == "create" else (FieldEdit(path, 1, 2),)
            gone = die.random() < 0.1
            return self._made(number, top, verb, actor, edits, self._workload(), gone=gone)
        if roll == 3:
            ref = ObjectRef("", "ConfigMap", "shop", die.choice(("one", "two")))
            edits = die.choice(((), (FieldEdit("data.A", "1", "2"),)))
            return self._made(number, ref, "patch", SARAH, edits, {"data": {"A": str(number)}})
        if roll == 4:
            target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}
            spec = {"scaleTargetRef": target}
            return self._made(number, SCALER, "patch", SARAH, (), {"spec": spec})
        if roll == 5:
            gone = die.random() < 0.5
            edits = () if gone else (FieldEdit("spec.unschedulable", None, True),)
            return self._made(number, NODE, "patch", SARAH, edits, {"spec": {}}, gone=gone)
        if roll == 6:
            found = self._made(number, top, "apply", SARAH, (), {"spec": {}})
            return _declared(found)
        if roll < 9:
            ref = ObjectRef("apps", "ReplicaSet", "shop", f"{top.name}-{die.choice('57')}")
            few = die.random() < 0.4
            edits = (FieldEdit("spec.replicas", 3 if few else 1, 2),)
            verb = die.choice(("create", "update", "update"))
            gone = die.random() < 0.15
            actor = die.choice((ROLLS, ROLLS, COLLECTS, SARAH)) if gone else ROLLS
            if verb == "create" or gone:
                edits = ()
            return self._made(number, ref, verb, actor, edits, {}, gone=gone, owner=top)
        return self._pod(number, top)

    def _pod(self, number: int, top: ObjectRef) -> Change:
        die = self._die
        base = f"{top.name}-{die.choice('57')}"
        if die.random() < 0.3:
            top, base = ObjectRef("apps", "StatefulSet", "shop", "db"), "db"
        ref = ObjectRef("", "Pod", "shop", f"{base}-{die.choice('ab')}")
        state = {"spec": {"nodeName": die.choice(("worker-1", "worker-2"))}}
        verb, actor = die.choice(
            (
                ("create", MAKES), ("create", MAKES), ("delete", MAKES), ("delete", SARAH),
                ("evict", SARAH), ("patch", GIVES_UP), ("patch", KUBELET), ("gone", KUBELET),
                ("gone", COLLECTS),
            )
        )  # fmt: skip
        gone = verb == "gone"
        verb = "delete" if gone else verb
        owner = None if die.random() < 0.05 else top
        return self._made(number, ref, verb, actor, (), state, gone=gone, owner=owner)

    def _workload(self) -> dict[str, Any]:
        reads = [
            {"configMapRef": {"name": name}} for name in ("one", "two") if self._die.random() < 0.6
        ]
        containers = [{"name": "main", "envFrom": reads}]
        return {"spec": {"template": {"metadata": {}, "spec": {"containers": containers}}}}

    def _made(
        self, number: int, ref: ObjectRef, verb: str, actor: Actor, edits: tuple[FieldEdit, ...],
        state: dict[str, Any], *, gone: bool = False, owner: ObjectRef | None = None,
    ) -> Change:  # fmt: skip
        version = self._version[ref] = self._version.get(ref, 0) + self._die.choice((0, 1, 1))
        full = gone or verb != "evict"
        packed = orjson.dumps({"kind": ref.kind, **state}, option=orjson.OPT_SORT_KEYS)
        return Change(
            id=digits("change", number),
            object=ref,
            uid="",
            facet=Facet.OBJECT,
            derived=ref.kind in ("Pod", "ReplicaSet"),
            verb=verb,
            actor=actor,
            via="",
            happened_at=self._at,
            audit_id="",
            resource_version=str(version),
            knowledge=Knowledge.FULL if full else Knowledge.NAME,
            edits=edits,
            state=packed if full and not gone else None,
            gone=gone,
            owner=owner,
            late=self._die.random() < 0.05,
        )


def _declared(change: Change) -> Change:
    from dataclasses import replace

    return replace(change, facet=Facet.DECLARED)
