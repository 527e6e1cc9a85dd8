"""A cluster in a memory: a node was deleted, its pods were made again; another was drained."""

from __future__ import annotations

from typing import Any

from tests.support import made_snapshots as made
from tests.support.built_memory import CONTROLLER, MINUTE, SARAH, Past, minutes
from tests.support.remembered_cluster import put, put_all

from kubectl_smart.memory.records.objects import ObjectRef

WEB = ObjectRef("apps", "Deployment", "shop", "web")
NODE = ObjectRef("", "Node", "", "a")
DELETED = minutes(10)
READY = DELETED + MINUTE + 30_000_000
OWNER = ("ReplicaSet", "web-1")


def front() -> list[dict[str, Any]]:
    """A workload that calls the service web."""
    body = made.template("front")
    body["spec"]["containers"][0]["env"] = [{"name": "WEB", "value": "http://web.shop.svc:80"}]
    return made.deployment("front", ["c"], body)


def cluster() -> list[dict[str, Any]]:
    """Three nodes; web has two pods on a and one on b."""
    return [
        made.node("a"), made.node("b"), made.node("c"),
        *made.deployment("web", ["a", "a", "b"]), *front(), made.service("web"),
    ]  # fmt: skip


def pod(name: str, on: str, *, ready: bool) -> dict[str, Any]:
    """A pod of web."""
    found = made.pod(name, made.template("web"), on, OWNER)
    if not ready:
        found["status"] = {"phase": "Pending", "conditions": [{"type": "Ready", "status": "False"}]}
    return found


def story(*, made_again: int = 2) -> Past:
    """Node a is deleted at ten past nine, and a minute later its pods are, and made again."""
    past = Past()
    put_all(past, cluster())
    past.delete(NODE, DELETED, by=SARAH, via="kubectl delete node a")
    past.looked(DELETED + 20_000_000, "kubectl get pods -n shop", ObjectRef("", "Pod", "shop", ""))
    past.looked(DELETED + 30_000_000, "kubectl describe deployment web -n shop", WEB)
    past.seen(WEB, DELETED + 10_000_000, owner=WEB, lasts=MINUTE)
    past.incident(DELETED + 40_000_000, "INC-1", "web answers slowly", "The shop waits.")
    for at in range(2):
        gone = ObjectRef("", "Pod", "shop", f"web-1-{at}")
        past.delete(gone, DELETED + MINUTE, by=CONTROLLER, derived=True, owner=WEB)
    for at in range(made_again):
        name = f"web-1-new{at}"
        put(past, pod(name, "b", ready=False), DELETED + MINUTE + 1_000, owner=WEB)
        put(past, pod(name, "b", ready=True), READY + at - 1, owner=WEB)
    past.heard(minutes(0), minutes(20))
    return past


def drained(past: Past) -> None:
    """Node b is drained at half past nine: the pods of web go to c."""
    at = minutes(30)
    put(past, made.node("b", unschedulable=True), at, by=SARAH, via="kubectl drain b")
    names = ("web-1-2", "web-1-new0", "web-1-new1")
    for number, name in enumerate(names):
        ref = ObjectRef("", "Pod", "shop", name)
        past.fields(
            ref, at + 1_000 + number, verb="evict", by=SARAH, via="kubectl drain b",
            derived=True, owner=WEB,
        )  # fmt: skip
        past.delete(ref, at + 1_000_000, by=CONTROLLER, derived=True, owner=WEB)
        moved = pod(f"web-1-moved{number}", "c", ready=True)
        put(past, moved, at + 1_100_000, owner=WEB)
    past.heard(minutes(20), minutes(40))
