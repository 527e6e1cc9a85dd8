"""What controllers do where things are not in order: silent nodes, held claims, failed pods."""

from __future__ import annotations

from typing import Any

import pytest
from made_snapshots import (
    REVISION,
    THEN,
    budget,
    daemon,
    deployment,
    node,
    of,
    pod,
    run,
    stateful,
    template,
)

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.answers.model import Answer
from kubectl_smart.simulate.controllers.replicasets import ReplicaSets


def _silent(name: str) -> dict[str, Any]:
    found = node(name)
    found["status"]["conditions"] = [{"type": "Ready", "status": "Unknown"}]
    return found


def _last(answer: Answer, stage: str) -> float:
    return max(one.end for one in answer.stages if one.name == stage)


def test_a_pod_on_a_silent_node_stays_in_deletion() -> None:
    """Nobody says that it ended: a stateful set waits for its name, a deployment does not."""
    answer = run(
        [
            *(_silent("one"), node("two")),
            *stateful("db", ["one", "two"]),
            *deployment("web", ["one"]),
        ],
        "kubectl delete pod -n shop db-0 web-1-0",
    )
    assert [(one.node, one.outcome) for one in of(answer, "db")] == [
        ("one", "ending"),
        ("two", "kept"),
    ]
    assert sorted((one.node, one.outcome) for one in of(answer, "web")) == [
        ("one", "ending"),
        ("two", "placed"),
    ]


def test_the_taint_out_of_service_frees_the_names_on_a_silent_node() -> None:
    """Pods that it drives away are taken by force, so that a stateful set goes on elsewhere."""
    answer = run(
        [*(_silent("one"), node("two")), *stateful("db", ["one", "two"])],
        "kubectl taint node one node.kubernetes.io/out-of-service=down:NoExecute",
    )
    assert [one.node for one in of(answer, "db")] == ["two", "two"]


def test_a_claim_in_use_goes_with_its_pod_and_is_made_anew() -> None:
    """A stateful set makes the pod when the old claim is gone, with a new one."""
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data-db-0", "namespace": "shop", "uid": "uid-claim"},
        "spec": {"volumeName": "disk", "storageClassName": "late"},
        "status": {"phase": "Bound"},
    }
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "disk", "uid": "uid-disk"},
        "spec": {
            "csi": {"driver": "disks.example"},
            "claimRef": {"namespace": "shop", "name": "data-db-0", "uid": "uid-claim"},
        },
    }
    late = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "late", "uid": "uid-late"},
        "provisioner": "disks.example",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    made = {"metadata": {"name": "data"}, "spec": {"storageClassName": "late"}}
    held = template("db")
    held["metadata"]["labels"][REVISION] = "one"
    held["spec"]["volumes"] = [
        {"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}}
    ]
    above = stateful("db", ["one"], volumeClaimTemplates=[made])[0]
    objects = [
        *(node("one"), claim, volume, late, above),
        pod("db-0", held, "one", ("StatefulSet", "db")),
    ]
    kept = run(objects, "kubectl delete pvc -n shop data-db-0")
    assert [one.outcome for one in of(kept, "db")] == ["kept"]
    answer = run(objects, "kubectl delete pvc -n shop data-db-0", "kubectl delete pod -n shop db-0")
    assert [(one.node, one.outcome) for one in of(answer, "db")] == [("one", "placed")]


def test_condemned_pods_wait_for_a_lower_one_that_is_not_ready() -> None:
    """Scaling an ordered set down stops at an unready pod that is not the first of them."""
    objects = stateful("db", ["one"] * 4)
    for sick in objects[3:]:
        sick["status"]["conditions"] = []
    answer = run([node("one"), *objects], "kubectl scale sts db -n shop --replicas=1")
    assert [one.name for one in of(answer, "db")] == ["db-0", "db-1", "db-2", "db-3"]


def test_a_partition_counts_from_the_first_ordinal() -> None:
    """A pod below start + partition is made again from the old template."""
    above, *pods = stateful(
        "db",
        ["one", "one"],
        ordinals={"start": 5},
        updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 1}},
    )
    for ordinal, one in enumerate(pods, 5):
        one["metadata"].update(name=f"db-{ordinal}", uid=f"uid-pod-db-{ordinal}")
    small = node("one", "1")
    set_resources = "kubectl set resources sts db -n shop --requests=cpu=2"
    answer = run([small, above, *pods], set_resources, "kubectl delete pod -n shop db-5")
    first = next(one for one in of(answer, "db") if one.name == "db-5")
    assert (first.node, first.outcome) == ("one", "placed")


def test_a_set_that_goes_back_to_its_template_keeps_the_pods_it_still_has() -> None:
    """One pod was replaced meanwhile; the others are of that template already."""
    cpu = "kubectl set resources sts db -n shop -c main --requests=cpu={}"
    objects = [node("one"), *stateful("db", ["one"] * 3)]
    answer = run(objects, cpu.format("200m"), cpu.format("500m"))
    assert [one.outcome for one in of(answer, "db")] == ["kept", "kept", "placed"]


def test_a_jobs_failed_pod_is_made_again_after_a_pause() -> None:
    """Pods of a deleted node have failed, so that their job waits ten seconds."""
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "load", "namespace": "shop", "uid": "uid-Job-load"},
        "spec": {"template": template("load"), "completions": 1, "parallelism": 1},
        "status": {"startTime": THEN},
    }
    answer = run(
        [*(node("one"), node("two")), job, pod("load-x", template("load"), "one", ("Job", "load"))],
        "kubectl delete node one",
    )
    assert [one.node for one in of(answer, "load")] == ["two"]
    assert _last(answer, "created") - _last(answer, "ended") == pytest.approx(10, abs=0.5)


def test_pods_of_nobody_do_not_stop_a_budget_in_percent() -> None:
    """The disruption controller leaves them out; the budget allows what the others allow."""
    answer = run(
        [
            *(node("one"), node("two")),
            *deployment("web", ["one", "two", "two"]),
            pod("alone", template("web"), "two"),
            budget("web", maxUnavailable=1),
        ],
        "kubectl drain one --timeout=40s",
    )
    assert {one.node for one in of(answer, "web")} == {"two"}
    assert answer.budgets[0].blocked == ()


def test_a_rollout_in_the_middle_is_scaled_in_proportion_with_halves_up() -> None:
    """Sets of three and one pods become five and one, as 4.5 is five."""
    above, below, *pods = deployment(
        "web", ["one"] * 4, strategy={"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
    )
    younger = {**below, "metadata": {**below["metadata"], "name": "web-2"}}
    younger["metadata"].update(uid="uid-ReplicaSet-web-2", creationTimestamp="2026-11-23T03:00:00Z")
    other = template("web")
    other["spec"]["containers"][0]["image"] = "web:0"
    younger["spec"] = {**below["spec"], "replicas": 1}
    below["spec"] = {**below["spec"], "replicas": 3, "template": other}
    above["spec"]["paused"] = True
    for one in (below, younger):
        one["metadata"]["annotations"] = {
            "deployment.kubernetes.io/desired-replicas": "4",
            "deployment.kubernetes.io/max-replicas": "4",
        }
    pods[3]["metadata"]["name"] = "web-2-0"
    pods[3]["metadata"]["ownerReferences"][0].update(name="web-2", uid="uid-ReplicaSet-web-2")
    answer = run(
        [node("one", "16"), above, below, younger, *pods],
        "kubectl scale deploy web -n shop --replicas=6",
    )
    sizes = [one.name.startswith("web-2-") for one in of(answer, "web")]
    assert (sizes.count(False), sizes.count(True)) == (5, 1)


def test_nodes_are_drained_one_after_the_other() -> None:
    """The second node's pods are asked to go when the first node's are gone, or at its timeout."""
    objects = [
        *(node("one"), node("two"), node("three")),
        *deployment("web", ["one"]),
        *deployment("api", ["two"]),
    ]
    answer = run(objects, "kubectl drain one two --timeout=60s")
    assert 1 <= _last(answer, "deletion asked for") < 5
    answer = run([*objects, budget("web", minAvailable=1)], "kubectl drain one two --timeout=60s")
    asked = [one.begin for one in answer.stages if one.name == "deletion asked for"]
    assert asked == [pytest.approx(60, abs=1)]


def test_a_daemons_old_pod_that_is_not_ready_goes_first() -> None:
    """It is one of those that maxUnavailable allows: the others wait until it is replaced."""
    above, sick, *well = daemon("agent", ["one", "two", "three"])
    sick["status"]["conditions"] = []
    answer = run(
        [*(node("one"), node("two"), node("three")), above, sick, *well],
        "kubectl set image ds agent -n shop main=agent:2",
    )
    asked = [one.pods for one in answer.stages if one.name == "deletion asked for"]
    assert asked[0][0] == ("shop", "agent-one")
    assert next(one for one in answer.workloads if one.name == "agent").least == 2


def test_pods_without_their_nodes_are_no_cluster() -> None:
    """A snapshot without nodes is refused, instead of an answer in which all pods are lost."""
    with pytest.raises(BadInput, match="no nodes"):
        run(deployment("web", ["one"]), "kubectl scale deploy web -n shop --replicas=2")


def test_a_refusal_says_once_that_it_is_an_error() -> None:
    """The "error:" of kubectl is left out, as the command line writes one."""
    with pytest.raises(BadInput) as told:
        run([node("one"), *deployment("web", ["one"])], "kubectl set image -n shop deploy/web x=y")
    assert not told.value.message.startswith("error:")


def test_pods_that_are_turned_down_do_not_make_their_controller_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A new message of a pending pod is no news for its ReplicaSet: as many pods are active."""
    looks: list[str] = []
    sync = ReplicaSets.sync

    def counted(self: ReplicaSets, uid: str) -> None:
        looks.append(uid)
        sync(self, uid)

    monkeypatch.setattr(ReplicaSets, "sync", counted)
    run(
        [node("one", "1"), *deployment("web", ["one"])],
        "kubectl scale deploy web -n shop --replicas=60",
    )
    assert len(looks) < 10
