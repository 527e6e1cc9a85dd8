"""What each kind of write makes of what is known."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from audit_events import DEPLOYMENT_CONTROLLER, SUCCESS, Log, audit_event, deployment, pod

from kubectl_smart.memory.records.changes import ABSENT, UNKNOWN, Facet, FieldEdit, Knowledge
from kubectl_smart.memory.records.objects import ObjectRef

API = ObjectRef("apps", "Deployment", "prod", "api")
SCALE = {"kind": "Scale", "apiVersion": "autoscaling/v1"}


def _created(replicas: int = 3) -> dict[str, Any]:
    return audit_event("create", "deployments", "api", group="apps", response=deployment(replicas))


def _write(verb: str, at: float, **more: Any) -> dict[str, Any]:
    return audit_event(verb, "deployments", "api", group="apps", at=at, **more)


def _scaled(replicas: int, rv: int, at: float = 10.0) -> dict[str, Any]:
    answer = {
        **SCALE,
        "metadata": {
            "name": "api",
            "namespace": "prod",
            "uid": "uid-api",
            "resourceVersion": str(rv),
        },
        "spec": {"replicas": replicas} if replicas else {},
    }
    return audit_event(
        "patch", "deployments", "api", group="apps", subresource="scale", at=at,
        request={"spec": {"replicas": replicas}}, response=answer,
    )  # fmt: skip


def test_a_create_is_known_in_full() -> None:
    """The state after a create has no bookkeeping and no status."""
    log = Log()
    log.add(_created())
    (change,) = log.changes()

    state = orjson.loads(change.state or b"")
    assert (change.object, change.verb, change.edits) == (API, "create", ())
    assert state["spec"]["replicas"] == 3
    assert not {"managedFields", "resourceVersion", "generation"} & state["metadata"].keys()
    assert "status" not in state


def test_a_scale_is_put_into_the_deployment() -> None:
    """The answer to a scale is a Scale; the change is of the Deployment's replicas, in full."""
    log = Log()
    log.add(_created(), _scaled(5, 2))
    change = log.changes()[-1]

    assert change.object == API
    assert change.knowledge is Knowledge.FULL
    assert change.edits == (FieldEdit("spec.replicas", 3, 5),)
    assert change.via == "kubectl scale deployment/api -n prod --replicas=5"


def test_a_scale_to_zero_shows_no_replicas() -> None:
    """The API server leaves a zero out of its answer."""
    log = Log()
    log.add(_created(), _scaled(0, 2))

    assert log.changes()[-1].edits == (FieldEdit("spec.replicas", 3, 0),)


def test_a_scale_of_an_unknown_deployment_tells_its_field() -> None:
    """What it was before is unknown, and said to be."""
    log = Log()
    log.add(_scaled(5, 2))
    (change,) = log.changes()

    assert change.knowledge is Knowledge.FIELDS
    assert change.edits == (FieldEdit("spec.replicas", UNKNOWN, 5),)


def test_a_binding_sets_the_node() -> None:
    """The answer to a binding is a Status; the pod's node is in the request."""
    log = Log()
    log.add(
        audit_event("create", "pods", "api-1", response=pod(owner="api-5d")),
        audit_event(
            "create", "pods", "api-1", subresource="binding", at=1,
            request={"kind": "Binding", "target": {"kind": "Node", "name": "n1"}}, response=SUCCESS,
        ),
    )  # fmt: skip
    change = log.changes()[-1]

    assert change.edits == (FieldEdit("spec.nodeName", ABSENT, "n1"),)
    assert change.verb == "bind"
    assert change.derived


def test_a_dry_run_changes_nothing() -> None:
    """By query, by DeleteOptions or inside an Eviction."""
    log = Log()
    log.add(_created())
    before = len(log.changes())
    log.add(
        audit_event("patch", "deployments", "api", group="apps", query="dryRun=All",
                    response=deployment(9, rv=2)),
        audit_event("delete", "deployments", "api", group="apps",
                    request={"kind": "DeleteOptions", "dryRun": ["All"]},
                    response={"kind": "Status", "status": "Success"}),
        audit_event("create", "pods", "api-1", subresource="eviction",
                    request={"kind": "Eviction", "deleteOptions": {"dryRun": ["All"]}},
                    response={"kind": "Status", "status": "Success"}),
    )  # fmt: skip

    assert len(log.changes()) == before
    assert log.steps() == []


def test_a_failed_write_is_an_attempt() -> None:
    """It changes nothing, and the person's attempt is a step with the answer."""
    log = Log()
    status = {"kind": "Status", "status": "Failure", "message": 'deployments "api" is forbidden'}
    log.add(
        _created(),
        audit_event("delete", "deployments", "api", group="apps", code=403, at=5, response=status),
    )
    (step,) = log.steps()

    assert len(log.changes()) == 1
    assert (step.action, step.status) == ("attempt", 403)
    assert "forbidden" in step.outcome
    assert step.command == "kubectl delete deployment api -n prod"


@pytest.mark.parametrize(
    ("answer", "gone"),
    [
        ({"kind": "Status", "status": "Success", "details": {"uid": "uid-api"}}, True),
        (deployment(3, rv=2, deletionTimestamp="2024-01-15T14:30:00Z"), True),
        (
            deployment(
                3, rv=2, deletionTimestamp="2024-01-15T14:30:00Z", finalizers=["foregroundDeletion"]
            ),
            False,
        ),
        (
            deployment(
                3, rv=2, deletionTimestamp="2024-01-15T14:30:00Z", deletionGracePeriodSeconds=30
            ),
            False,
        ),
    ],
)
def test_when_a_deleted_object_is_gone(answer: dict[str, Any], gone: bool) -> None:
    """With a Status, or with neither a finalizer nor a grace period left."""
    log = Log()
    log.add(
        _created(), audit_event("delete", "deployments", "api", group="apps", at=1, response=answer)
    )

    assert log.changes()[-1].gone is gone


def test_the_last_finalizer_takes_the_object_away() -> None:
    """A write that removes it makes the API server remove the object."""
    log = Log()
    dying = {"deletionTimestamp": "2024-01-15T14:30:00Z", "deletionGracePeriodSeconds": 0}
    log.add(
        _created(),
        audit_event("patch", "deployments", "api", group="apps", at=1,
                    response=deployment(3, rv=2, **dying)),
    )  # fmt: skip

    assert log.changes()[-1].gone


def test_a_deletecollection_takes_every_item() -> None:
    """Each item of the answered list is a change of its own."""
    log = Log()
    items = [{"metadata": pod(f"api-{n}")["metadata"], "spec": {}, "status": {}} for n in (1, 2)]
    log.add(*(audit_event("create", "pods", f"api-{n}", response=pod(f"api-{n}")) for n in (1, 2)))
    log.add(
        audit_event(
            "deletecollection", "pods", at=1, query="labelSelector=app%3Dapi",
            response={"kind": "PodList", "apiVersion": "v1", "items": items},
        )
    )  # fmt: skip
    gone = [one for one in log.changes() if one.gone and one.facet is Facet.OBJECT]

    assert [change.object.name for change in gone] == ["api-1", "api-2"]
    assert len({change.id for change in gone}) == 2
    assert gone[0].via == "kubectl delete pod -l app=api -n prod"


def test_a_late_version_leaves_what_is_known() -> None:
    """It is recorded, marked late, and the newer state stays."""
    log = Log()
    log.add(_created())
    newer = audit_event(
        "update", "deployments", "api", group="apps", at=20, response=deployment(7, rv=9)
    )
    older = audit_event(
        "update", "deployments", "api", group="apps", at=10, response=deployment(5, rv=5)
    )
    log.add(newer, older)
    late = log.changes()[-1]

    assert late.late
    assert orjson.loads(late.state or b"")["spec"]["replicas"] == 5
    assert orjson.loads(log.state.objects.alive[API].state or b"")["spec"]["replicas"] == 7


def test_a_write_to_something_gone_is_late() -> None:
    """Events of an object that come after its deletion never bring it back."""
    log = Log()
    log.add(
        _created(),
        _write("delete", 5, response={**SUCCESS, "details": {"uid": "uid-api"}}),
        _write("update", 4, response=deployment(5, rv=5)),
    )

    assert log.changes()[-1].late
    assert API not in log.state.objects.alive


def test_answers_logged_out_of_order_keep_the_order_of_versions() -> None:
    """A newer version whose answer was logged with an earlier time does not come before."""
    log = Log()
    first = audit_event(
        "update", "deployments", "api", group="apps", at=10.0005, response=deployment(4, rv=4)
    )
    second = audit_event(
        "update", "deployments", "api", group="apps", at=10.0003, response=deployment(5, rv=5)
    )
    log.add(_created(), first, second)
    times = [change.happened_at for change in log.changes()]

    assert times == sorted(times)
    assert not log.changes()[-1].late


def test_level_metadata_knows_the_name() -> None:
    """Without bodies a write is known to have happened, and no more is claimed."""
    log = Log()
    log.add(audit_event("create", "secrets", "keys", level="Metadata"))
    (change,) = log.changes()

    assert change.object == ObjectRef("", "Secret", "prod", "keys")
    assert (change.knowledge, change.edits, change.state) == (Knowledge.NAME, (), None)


def test_level_request_knows_the_fields() -> None:
    """A patch without its answer tells what it set; the state before is taken where known."""
    log = Log()
    patch = {"spec": {"replicas": 8}}
    log.add(
        _created(), audit_event("patch", "deployments", "api", group="apps", at=1, request=patch)
    )
    change = log.changes()[-1]

    assert change.knowledge is Knowledge.FIELDS
    assert change.edits == (FieldEdit("spec.replicas", 3, 8),)


def test_after_an_unseen_write_a_scale_is_not_put_into_a_stale_state() -> None:
    """The Deployment's other fields are no longer known for sure, so only the field is told."""
    log = Log()
    log.add(
        _created(), audit_event("patch", "deployments", "api", group="apps", at=1, level="Metadata")
    )
    log.add(_scaled(5, 4))
    change = log.changes()[-1]

    assert change.knowledge is Knowledge.FIELDS
    assert change.edits == (FieldEdit("spec.replicas", UNKNOWN, 5),)


def test_a_derived_pod_knows_its_declared_owner() -> None:
    """The owner is the top of the chain: the Deployment above the ReplicaSet."""
    log = Log()
    owned = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api", "controller": True}
    replicaset = deployment(3, name="api-5d", ownerReferences=[owned])
    replicaset["kind"] = "ReplicaSet"
    log.add(
        _created(),
        audit_event("create", "replicasets", "api-5d", group="apps", response=replicaset,
                    user=DEPLOYMENT_CONTROLLER, agent="kube-controller-manager/v1.36"),
        audit_event("create", "pods", "api-1", response=pod(owner="api-5d"),
                    user=DEPLOYMENT_CONTROLLER, agent="kube-controller-manager/v1.36"),
    )  # fmt: skip

    assert [change.owner for change in log.changes()] == [None, API, API]
    assert [change.derived for change in log.changes()] == [False, True, True]


def test_a_node_s_heartbeat_is_no_change() -> None:
    """Only what its status says anew is one, and it is of the status."""
    log = Log()

    def node(rv: int, ready: str, heartbeat: str) -> dict[str, Any]:
        condition = {"type": "Ready", "status": ready, "lastHeartbeatTime": heartbeat}
        return {
            "kind": "Node", "apiVersion": "v1",
            "metadata": {"name": "n1", "uid": "u", "resourceVersion": str(rv)},
            "spec": {}, "status": {"conditions": [condition]},
        }  # fmt: skip

    kubelet = {"username": "system:node:n1", "groups": ["system:nodes"]}
    for rv, ready, beat in ((1, "True", "a"), (2, "True", "b"), (3, "False", "c")):
        log.add(
            audit_event("patch", "nodes", "n1", namespace="", subresource="status", at=rv,
                        user=kubelet, agent="kubelet/v1.36", response=node(rv, ready, beat))
        )  # fmt: skip
    of_status = [change for change in log.changes() if change.facet is Facet.STATUS]

    assert len(of_status) == 2
    assert [seen.kind for seen in log.observations()] == ["NodeNotReady"]


def test_a_renewed_lease_is_no_change() -> None:
    """It is renewed every ten seconds, and nobody decided anything."""
    log = Log()

    def lease(rv: int, renewed: str) -> dict[str, Any]:
        return {
            "kind": "Lease", "apiVersion": "coordination.k8s.io/v1",
            "metadata": {"name": "n1", "namespace": "prod", "uid": "u", "resourceVersion": str(rv)},
            "spec": {"holderIdentity": "n1", "renewTime": renewed},
        }  # fmt: skip

    for rv in (1, 2, 3):
        log.add(
            audit_event("update", "leases", "n1", group="coordination.k8s.io", at=rv,
                        response=lease(rv, f"2024-01-15T14:30:0{rv}Z"))
        )  # fmt: skip

    assert len(log.changes()) == 1


def test_the_change_cause_is_the_reason() -> None:
    """Where the very request set it, and only then."""
    log = Log()
    cause = {"kubernetes.io/change-cause": "black friday"}
    log.add(_created())
    for rv, replicas in ((2, 4), (3, 5)):
        log.add(
            audit_event("patch", "deployments", "api", group="apps", at=rv,
                        response=deployment(replicas, rv=rv, annotations=cause))
        )  # fmt: skip

    assert [change.reason for change in log.changes()] == ["", "black friday", ""]


def test_a_custom_resource_teaches_its_kind() -> None:
    """An object tells the kind of its resource; later writes without a body are named by it."""
    log = Log()
    widget = {
        "kind": "Gizmo", "apiVersion": "example.com/v1",
        "metadata": {"name": "g", "namespace": "prod", "uid": "u", "resourceVersion": "1"},
    }  # fmt: skip
    log.add(
        audit_event("create", "gizmos", "g", group="example.com", response=widget),
        audit_event("update", "gizmos", "g", group="example.com", at=1, level="Metadata"),
    )

    assert [change.object.kind for change in log.changes()] == ["Gizmo", "Gizmo"]
