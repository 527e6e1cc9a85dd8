"""What controllers do after a command, in small clusters."""

from __future__ import annotations

from typing import Any

import pytest
from made_snapshots import (
    budget,
    daemon,
    deployment,
    node,
    of,
    pod,
    priority,
    run,
    service,
    stateful,
    template,
)

from kubectl_smart.simulate.answers.gates import closed
from kubectl_smart.simulate.answers.toll import toll

_ASKED = "deletion asked for"
DRAIN = "kubectl drain one --ignore-daemonsets --delete-emptydir-data --timeout=40s"


def test_a_deleted_nodes_pods_are_made_again_elsewhere() -> None:
    """Deployments and stateful sets get new pods, a pod of its own and a daemon's do not."""
    bare = pod("bare", template("bare"), "one")
    answer = run(
        [
            *(node("one"), node("two")),
            *deployment("web", ["one", "two"]),
            *stateful("db", ["one", "two"]),
            *daemon("agent", ["one", "two"]),
            bare,
        ],
        "kubectl delete node one",
    )
    assert [one.node for one in of(answer, "web")] == ["two", "two"]
    assert [(one.name, one.node) for one in of(answer, "db")] == [("db-0", "two"), ("db-1", "two")]
    assert [one.name for one in of(answer, "agent")] == ["agent-two"]
    assert of(answer, "bare") == []
    assert [(one.pod, one.what) for one in answer.lost] == [("bare", "pod")]
    gone = next(one for one in answer.stages if one.name == "ended")
    assert (gone.earliest, gone.latest) == (40, pytest.approx(80, abs=1))


def test_a_budget_holds_a_drain_up_until_it_gives_up() -> None:
    """A budget that allows nothing refuses the eviction; the pod stays, and is named."""
    answer = run(
        [
            *(node("one"), node("two", unschedulable=True)),
            *deployment("web", ["one"]),
            budget("web", minAvailable=1),
        ],
        DRAIN,
    )
    assert [(one.node, one.outcome) for one in of(answer, "web")] == [("one", "kept")]
    assert answer.budgets[0].blocked == ("web-1-0",)


@pytest.mark.parametrize(
    ("flags", "gone", "said"),
    [
        ("--ignore-daemonsets", ["web-1-0"], ""),
        ("", [], "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"),
        ("--force", [], "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"),
    ],
)
def test_a_drain_leaves_the_pods_of_daemon_sets_alone(
    flags: str, gone: list[str], said: str
) -> None:
    """They are ignored if that is said; else nothing goes, as kubectl refuses the drain."""
    objects = [node("one"), node("two"), *deployment("web", ["one"]), *daemon("agent", ["one"])]
    answer = run(objects, f"kubectl drain one {flags}")
    assert [name for one in answer.stages if one.name == _ASKED for _, name in one.pods] == gone
    assert said in "".join(answer.commands[0].refused)
    assert bool(said) == bool(answer.commands[0].refused)


def test_a_drain_goes_on_as_replacements_become_ready() -> None:
    """With one disruption allowed, pods leave one after the other."""
    answer = run(
        [
            *(node("one"), node("two")),
            *deployment("web", ["one", "one", "one"]),
            budget("web", maxUnavailable=1),
        ],
        DRAIN,
    )
    assert {one.node for one in of(answer, "web")} == {"two"}
    assert answer.budgets[0].blocked
    assert next(one for one in answer.workloads if one.name == "web").least == 2


def test_no_execute_drives_away_who_does_not_bear_it() -> None:
    """Pods without the toleration leave at once; those that bear it for a time, later."""
    patient = template("patient", tolerations=[{"key": "sick", "tolerationSeconds": 90}])
    patient["spec"]["tolerations"][0]["operator"] = "Exists"
    answer = run(
        [
            *(node("one"), node("two")),
            *deployment("web", ["one"]),
            *deployment("patient", ["one"], patient),
        ],
        "kubectl taint node one sick=yes:NoExecute",
    )
    asked = [(one.begin, one.pods[0][1]) for one in answer.stages if one.name == _ASKED]
    assert asked[0] == (pytest.approx(0, abs=1), "web-1-0")
    assert asked[1] == (pytest.approx(90, abs=1), "patient-1-0")


def test_scaling_down_takes_the_least_useful_pods_first() -> None:
    """Pending before running, and among running ones those with company on their node."""
    answer = run(
        [
            *(node("one"), node("two"), node("tiny", "100m")),
            *deployment("web", ["one", "one", "two", None]),
        ],
        "kubectl cordon tiny",
        "kubectl scale deployment web -n shop --replicas=2",
    )
    assert sorted(one.node or "" for one in of(answer, "web")) == ["one", "two"]


def test_a_rollout_that_cannot_be_placed_keeps_the_old_pods() -> None:
    """Of four pods one may be missing: the new ones stay pending, three old ones stay."""
    answer = run(
        [node("one", "2"), *deployment("web", ["one"] * 4)],
        "kubectl set resources deployment web -n shop -c main --requests=cpu=3",
    )
    pods = of(answer, "web")
    assert sum(one.node is not None for one in pods) == 3
    assert {one.message for one in pods if one.node is None} == {
        "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: "
        "0/1 nodes are available: 1 Preemption is not helpful for scheduling."
    }


def test_recreate_takes_all_old_pods_away_first() -> None:
    """With the strategy Recreate a service is without endpoints in between."""
    answer = run(
        [node("one"), *deployment("web", ["one"], strategy={"type": "Recreate"}), service("web")],
        "kubectl set image deployment web -n shop main=web:2",
    )
    assert [one.node for one in of(answer, "web")] == ["one"]
    assert answer.services[0].empty is not None
    assert answer.services[0].after == 1


def test_an_ordered_set_stops_at_the_first_pod_that_is_not_ready() -> None:
    """A pod that cannot be placed blocks the ones above it."""
    answer = run(
        [node("one", "1"), *stateful("db", ["one"], podManagementPolicy="OrderedReady")],
        "kubectl scale statefulset db -n shop --replicas=5",
    )
    assert [(one.name, one.node) for one in of(answer, "db")] == [
        ("db-0", "one"),
        ("db-1", "one"),
        ("db-2", None),
    ]


def test_a_local_volume_keeps_its_pod_pending() -> None:
    """The replacement finds no node that reaches its volume, and the loss is told."""
    body = template("db")
    body["spec"]["volumes"] = [
        {"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}}
    ]
    here = {"key": "kubernetes.io/hostname", "operator": "In", "values": ["one"]}
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "disk", "uid": "uid-disk"},
        "spec": {
            "local": {"path": "/mnt"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
        },
    }
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data-db-0", "namespace": "shop", "uid": "uid-claim"},
        "spec": {"volumeName": "disk"},
        "status": {"phase": "Bound"},
    }
    templates = [{"metadata": {"name": "data"}, "spec": {}}]
    answer = run(
        [
            *(node("one"), node("two"), volume, claim),
            *stateful("db", ["one"], body, volumeClaimTemplates=templates),
        ],
        "kubectl delete node one",
    )
    assert [one.message for one in of(answer, "db")] == [
        "0/1 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity. "
        "no new claims to deallocate, preemption: 0/1 nodes are available: "
        "1 Preemption is not helpful for scheduling."
    ]
    assert ("local volume", "db-0") in [(one.what, one.pod) for one in answer.lost]


def test_a_more_important_pod_takes_the_place_of_a_lesser_one() -> None:
    """Preemption deletes a pod of lower priority, and its replacement stays pending."""
    body = template("vip", "900m", priorityClassName="high")
    answer = run(
        [
            *(node("one", "1"), priority("high", 1000)),
            *deployment("web", ["one"]),
            *deployment("vip", [], body),
        ],
        "kubectl scale deployment vip -n shop --replicas=1",
    )
    assert [one.node for one in of(answer, "vip")] == ["one"]
    assert [one.node for one in of(answer, "web")] == [None]


def test_room_that_a_pod_cannot_use_is_given_up() -> None:
    """Two pods make room on two nodes, but only one may run in the zone: others get the rest."""
    term = {
        "labelSelector": {"matchLabels": {"app": "vip"}},
        "topologyKey": "topology.kubernetes.io/zone",
    }
    apart = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    body = template("vip", "900m", priorityClassName="high", affinity=apart)
    answer = run(
        [
            *(node("one", "1"), node("two", "1"), priority("high", 1000)),
            *deployment("web", ["one", "two"]),
            *deployment("vip", [], body),
        ],
        "kubectl scale deployment vip -n shop --replicas=2",
    )
    [taken] = [one.node for one in of(answer, "vip") if one.node]
    assert len(of(answer, "vip")) == 2
    assert [one.node for one in of(answer, "web")] == [{"one": "two", "two": "one"}[taken]] * 2


def _few(pods: int) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "few", "namespace": "shop", "uid": "uid-quota"},
        "spec": {"hard": {"pods": str(pods)}},
    }


def test_a_quota_keeps_pods_from_being_made() -> None:
    """Pods beyond the quota never exist: told once, with how many their controller is short of."""
    answer = run(
        [node("one"), _few(2), *deployment("web", ["one"])],
        "kubectl scale deployment web -n shop --replicas=5",
    )
    assert len(of(answer, "web")) == 2
    refused = [one for one in answer.stages if one.name == "not created"]
    assert [(len(one.pods), "few" in one.detail) for one in refused] == [(3, True)]
    assert [one[:4] for one in answer.refused] == [("shop", "Deployment", "web", 3)]
    assert "exceeded quota: few" in answer.refused[0].message
    assert answer.settled
    assert answer.seconds < 10
    assert closed(toll(answer), ["pending"]) == [
        "3 pods refused by a quota or limit (shop/deployment/web × 3)"
    ]


def test_a_pod_that_a_quota_refused_is_made_when_another_is_gone() -> None:
    """The quota counts it as long as it is there; then the controller tries again."""
    answer = run(
        [node("one"), _few(2), *deployment("web", ["one", "one"])],
        "kubectl delete pods -n shop --all",
    )
    assert [one.outcome for one in of(answer, "web")] == ["placed", "placed"]
    assert any(one.name == "not created" for one in answer.stages)
    assert answer.refused == ()


@pytest.mark.parametrize(("kind", "short"), [("StatefulSet", 2), ("DaemonSet", 1)])
def test_a_quota_refuses_pods_of_sets_and_daemons(kind: str, short: int) -> None:
    """A set is short of all of its pods, a daemon of that of each node."""
    made = {
        "StatefulSet": stateful("web", ["one", "one"]),
        "DaemonSet": daemon("web", ["one"]),
    }[kind]
    answer = run([node("one"), _few(0), *made], "kubectl delete pods -n shop --all")
    assert [(one.kind, one.name, one.missing) for one in answer.refused] == [(kind, "web", short)]


@pytest.mark.parametrize(("policy", "lost"), [("Delete", 1), ("Retain", 0)])
def test_a_claim_takes_its_volume_with_it_if_its_policy_says_so(policy: str, lost: int) -> None:
    """A namespace is deleted: the data of the pod is gone, or kept in a volume nobody claims."""
    body = template("db")
    body["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": "disk"}}]
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "disk-1", "uid": "uid-disk"},
        "spec": {"csi": {"driver": "disks.example"}, "persistentVolumeReclaimPolicy": policy},
    }
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "disk", "namespace": "shop", "uid": "uid-claim"},
        "spec": {"volumeName": "disk-1"},
        "status": {"phase": "Bound"},
    }
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "uid": "uid-ns"}}
    answer = run(
        [node("one"), space, volume, claim, *deployment("db", ["one"], body)],
        "kubectl delete namespace shop",
    )
    found = [one for one in answer.lost if one.what == "volume"]
    assert [one.detail for one in found] == ["disk-1 is deleted with its claim disk"] * lost
    assert all(one.owner == ("Deployment", "db") for one in found)


def test_a_volume_of_a_deleted_node_is_free_only_after_six_minutes() -> None:
    """The replacement is placed at once, and ready when the volume was taken away by force."""
    body = template("db")
    body["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": "disk"}}]
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "disk", "uid": "uid-disk"},
        "spec": {"csi": {"driver": "disks.example"}, "accessModes": ["ReadWriteOnce"]},
    }
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "disk", "namespace": "shop", "uid": "uid-claim"},
        "spec": {"volumeName": "disk"},
        "status": {"phase": "Bound"},
    }
    one = node("one")
    one["status"]["volumesInUse"] = ["kubernetes.io/csi/disks.example^disk"]
    answer = run(
        [one, node("two"), volume, claim, *deployment("db", ["one"], body)],
        "kubectl delete node one",
    )
    assert [found.node for found in of(answer, "db")] == ["two"]
    ready = next(found for found in answer.stages if found.name == "ready")
    assert ready.begin == pytest.approx(50 + 360, abs=3)


def test_defaults_alone_roll_nothing_out() -> None:
    """A snapshot without the server's defaults: scaling makes pods, and replaces none."""
    objects = [node("one"), *deployment("web", ["one", "one"])]
    answer = run(objects, "kubectl scale deployment/web -n shop --replicas=3")
    assert {"web-1-0", "web-1-1"} < {one.name for one in of(answer, "web")}
    assert len(of(answer, "web")) == 3
    answer = run(objects, "kubectl set image deployment/web -n shop main=web:2")
    assert not {"web-1-0", "web-1-1"} & {one.name for one in of(answer, "web")}
