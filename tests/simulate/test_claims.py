"""Claims of StatefulSets: kept, or gone with their pods and their set, and data with them."""

from __future__ import annotations

from typing import Any

import pytest
from made_snapshots import node, of, run, stateful, template

from kubectl_smart.simulate.answers.model import Answer

TEMPLATES = [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}]


def volume(ordinal: int, *owners: dict[str, Any]) -> list[dict[str, Any]]:
    """The claim of a pod, and its volume, which is deleted with it."""
    return [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": f"disk-{ordinal}", "uid": f"uid-disk-{ordinal}"},
            "spec": {
                "csi": {"driver": "disks.example"},
                "persistentVolumeReclaimPolicy": "Delete",
                "claimRef": {"namespace": "shop", "name": f"data-db-{ordinal}"},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {
                "name": f"data-db-{ordinal}",
                "namespace": "shop",
                "uid": f"uid-claim-{ordinal}",
                "ownerReferences": list(owners),
            },
            "spec": {"volumeName": f"disk-{ordinal}", "accessModes": ["ReadWriteOnce"]},
            "status": {"phase": "Bound"},
        },
    ]


def database(deleted: str = "Retain", scaled: str = "Retain") -> list[dict[str, Any]]:
    """A set of three with a claim each, on two nodes."""
    policy = {"whenDeleted": deleted, "whenScaled": scaled}
    above, *pods = stateful(
        "db",
        ["one", "two", "one"],
        persistentVolumeClaimRetentionPolicy=policy,
        volumeClaimTemplates=TEMPLATES,
    )
    for at, one in enumerate(pods):
        body = template("db")["spec"]
        claim = {"name": "data", "persistentVolumeClaim": {"claimName": f"data-db-{at}"}}
        one["spec"] = {**one["spec"], **body, "volumes": [claim]}
    volumes = [part for at in range(3) for part in volume(at)]
    return [node("one"), node("two"), above, *pods, *volumes]


def gone(answer: Answer) -> list[str]:
    """The pods whose volume is deleted."""
    return [one.pod for one in answer.lost if one.what == "volume"]


SCALE = "kubectl scale statefulset db -n shop --replicas=1"
DELETE = "kubectl delete statefulset db -n shop"


@pytest.mark.parametrize(
    ("deleted", "scaled", "line", "lost"),
    [
        ("Retain", "Retain", SCALE, []),
        ("Retain", "Delete", SCALE, ["db-1", "db-2"]),
        ("Delete", "Retain", SCALE, []),
        ("Delete", "Delete", SCALE, ["db-1", "db-2"]),
        ("Retain", "Retain", DELETE, []),
        ("Retain", "Delete", DELETE, []),
        ("Delete", "Retain", DELETE, ["db-0", "db-1", "db-2"]),
        ("Delete", "Delete", DELETE, ["db-0", "db-1", "db-2"]),
        ("Delete", "Delete", f"{DELETE} --cascade=orphan", []),
        ("Delete", "Delete", "kubectl delete node one", []),
        ("Delete", "Delete", "kubectl delete pod db-2 -n shop", []),
    ],
)
def test_a_policy_says_which_claims_go(
    deleted: str, scaled: str, line: str, lost: list[str]
) -> None:
    """Only for what it names: pods that are made again keep their data."""
    assert gone(run(database(deleted, scaled), line)) == lost


def test_a_pod_that_comes_back_gets_a_new_volume() -> None:
    """Scaled down and up again: the old data is gone all the same."""
    up = "kubectl scale statefulset db -n shop --replicas=3"
    disks = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": "fast",
            "uid": "uid-fast",
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "disks.example",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    answer = run([*database(scaled="Delete"), disks], SCALE, "kubectl drain two", up)
    assert gone(answer) == ["db-1", "db-2"]
    assert [one.outcome for one in of(answer, "db")] == ["kept", "placed", "placed"]


@pytest.mark.parametrize(("owned", "lost"), [(True, ["claim data-db-7"]), (False, [])])
def test_a_claim_without_its_pod_goes_with_the_set_if_that_owns_it(
    owned: bool,
    lost: list[str],
) -> None:
    """It was kept when the set was scaled down earlier; its owners say whose it is."""
    owner = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db"}
    owners = [{**owner, "uid": "uid-StatefulSet-db"}] * owned
    answer = run([*database(), *volume(7, *owners)], DELETE)
    assert gone(answer) == lost


def test_a_claim_of_another_controller_is_left_to_it() -> None:
    """Its owner reference names somebody else as its controller."""
    objects = database(deleted="Delete")
    owner = {"kind": "Backup", "name": "nightly", "uid": "uid-backup", "controller": True}
    objects[-1]["metadata"]["ownerReferences"] = [owner]
    assert gone(run(objects, DELETE)) == ["db-0", "db-1"]


def test_a_claim_that_is_deleted_in_use_is_lost_with_its_last_pod() -> None:
    """Nothing happens to the pod yet, and nobody can take the deletion back: it is told now."""
    answer = run(database(), "kubectl delete pvc data-db-0 -n shop --wait=false")
    assert answer.stages == ()
    assert gone(answer) == ["db-0"]
    assert "as soon as no pod uses it any more" in answer.lost[0].detail


def test_a_claim_that_was_to_be_deleted_before_is_not_laid_to_the_command() -> None:
    """It waits for its pod as it did."""
    objects = database()
    claim = next(one for one in objects if one["kind"] == "PersistentVolumeClaim")
    claim["metadata"]["deletionTimestamp"] = "2026-11-23T02:49:41Z"
    assert gone(run(objects, "kubectl cordon one")) == []
