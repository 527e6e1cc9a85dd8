"""Volumes that are not bound, and connections that policies cut, the one by being deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from built_memory import CONTROLLER, MINUTE, SARAH, TOM, Past, container, minutes, pod
from outage_story import API, API_CONFIG, DATABASE, SLOW, USERS, service, shop, slow

from kubectl_smart.memory.answers.causes import Chain
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.graph.taking_effect import PROOF
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.tracing import trace
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef

Open = Callable[[Past], Memory]
AT = minutes(SLOW)
CLASS = ObjectRef("storage.k8s.io", "StorageClass", CLUSTER, "fast")
VOLUME = ObjectRef("", "PersistentVolume", CLUSTER, "pv-1")
CLAIM = ObjectRef("", "PersistentVolumeClaim", "data", "user-db")
PRIORITY = ObjectRef("scheduling.k8s.io", "PriorityClass", CLUSTER, "high")
RULES = "networking.k8s.io"
DENY = ObjectRef(RULES, "NetworkPolicy", "data", "deny-all")
ALLOW = ObjectRef(RULES, "NetworkPolicy", "data", "allow-users")
OUTWARDS = ObjectRef(RULES, "NetworkPolicy", "prod", "egress")


def traced(memory: Memory, ref: ObjectRef, symptom: Symptom) -> Chain:
    """The first chain."""
    answer = trace(memory.store, memory.index, ties_of(memory.index), ref=ref, symptom=symptom,
                   at=AT + MINUTE)  # fmt: skip
    assert answer.causes.chains, [(one.sentence, one.why) for one in answer.causes.ruled_out]
    return answer.causes.chains[0]


def stored(past: Past) -> ObjectRef:
    """The database with a claim of a class; a new pod of it."""
    past.write(CLASS, minutes(1), members={"provisioner": "csi.example"})
    past.write(VOLUME, minutes(1), storageClassName="fast")
    past.write(CLAIM, minutes(1), storageClassName="fast", volumeName="pv-1")
    spec: dict[str, Any] = {
        "containers": [container("main", "postgres:16")],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": CLAIM.name}}],
    }
    labels = {"app": "user-db"}
    past.write(DATABASE, minutes(10), selector={"matchLabels": labels},
               template={"metadata": {"labels": labels}, "spec": spec})  # fmt: skip
    one = pod("user-db-0", "data")
    past.write(one, AT - MINUTE, by=CONTROLLER, derived=True, owner=DATABASE, containers=())
    return one


@pytest.mark.parametrize("gone", [CLASS, VOLUME, CLAIM])
def test_a_volume_that_is_not_bound_leads_to_what_is_missing(opened: Open, gone: ObjectRef) -> None:
    """The claim, its volume or its class was deleted; the pod waits, and the claim says why."""
    past = shop()
    one = stored(past)
    past.delete(gone, AT - 40 * MINUTE, by=TOM)
    says = {
        CLASS: 'storageclass.storage.k8s.io "fast" not found',
        VOLUME: 'Bound claim has lost its PersistentVolume: persistentvolume "pv-1" not found',
        CLAIM: 'persistentvolumeclaim "user-db" not found',
    }[gone]
    waits = "0/8 nodes are available: pod has unbound immediate PersistentVolumeClaims."
    past.seen(one, AT, "FailedScheduling", owner=DATABASE, count=9, lasts=9 * MINUTE,
              message=says if gone == CLAIM else waits)  # fmt: skip
    past.seen(CLAIM, AT - MINUTE // 2, "ProvisioningFailed", count=9, message=says,
              lasts=9 * MINUTE)  # fmt: skip
    past.write(API_CONFIG, AT - MINUTE, by=SARAH, data={"CACHE_SIZE": "1", "TIMEOUT_MS": "815"})
    chain = traced(opened(past), DATABASE, Symptom.UNSCHEDULABLE)
    assert (chain.root.object, chain.root.actor) == (gone, TOM)


def test_a_priority_that_is_gone_refuses_the_pods(opened: Open) -> None:
    """Nothing is made of the api since its PriorityClass was deleted, and somebody scaled it."""
    past = shop()
    past.write(PRIORITY, minutes(1), members={"value": 1000})
    past.delete(PRIORITY, AT - 60 * MINUTE, by=TOM)
    made = ObjectRef("apps", "ReplicaSet", "prod", "api-7")
    past.seen(made, AT, "FailedCreate", owner=API, count=9,
              message='Error creating: pods "api-1" is forbidden: no PriorityClass with name high '
              "was found")  # fmt: skip
    chain = traced(opened(past), API, Symptom.AVAILABILITY)
    assert (chain.root.object, chain.root.actor) == (PRIORITY, TOM)


def users_only() -> dict[str, Any]:
    """Lets the user service at the database."""
    peer = {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": USERS.name}}}
    return {"podSelector": {"matchLabels": {"app": "user-db"}}, "policyTypes": ["Ingress"],
            "ingress": [{"from": [peer]}]}  # fmt: skip


def fail(past: Past) -> None:
    """The user service answers with errors, and nothing else was touched but a setting."""
    past.write(API_CONFIG, AT - 2 * MINUTE, by=SARAH,
               data={"CACHE_SIZE": "1", "TIMEOUT_MS": "815"})  # fmt: skip
    slow(past, service("user-service", "prod"), AT, 30, 420)


@pytest.mark.parametrize("others", [True, False])
def test_a_policy_that_allowed_is_missed_when_all_is_denied(opened: Open, *, others: bool) -> None:
    """It is deleted: the pair is cut if another policy denies, and else all are let through."""
    past = shop()
    past.write(ALLOW, minutes(5), **users_only())
    if others:
        past.write(DENY, minutes(5), podSelector={}, policyTypes=["Ingress"])
    root = past.delete(ALLOW, AT - 5 * MINUTE, by=TOM)
    fail(past)
    memory = opened(past)
    ref = service("user-service", "prod")
    if others:
        chain = traced(memory, ref, Symptom.LATENCY)
        assert (chain.root.object, chain.root.at) == (ALLOW, root.happened_at)
        assert {one.value for one in chain.factors if one.name == "taken"} == {PROOF}
        return
    answer = trace(memory.store, memory.index, ties_of(memory.index), ref=ref,
                   symptom=Symptom.LATENCY, at=AT + MINUTE)  # fmt: skip
    assert ALLOW not in [one.root.object for one in answer.causes.chains]


def test_a_policy_of_the_caller_cuts_as_well(opened: Open) -> None:
    """What the user service may call is restricted to others than the database."""
    past = shop()
    peer = {"podSelector": {"matchLabels": {"app": "api"}}}
    root = past.write(OUTWARDS, AT - 4 * MINUTE, by=TOM, podSelector={"matchLabels": {
        "app": USERS.name}}, policyTypes=["Egress"], egress=[{"to": [peer]}])  # fmt: skip
    fail(past)
    chain = traced(opened(past), service("user-service", "prod"), Symptom.LATENCY)
    assert (chain.root.object, chain.root.at) == (OUTWARDS, root.happened_at)
    assert {one.value for one in chain.factors if one.name == "taken"} == {PROOF}
