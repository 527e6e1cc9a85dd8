"""What intake lets in, how it recognises what it knows, and what it never writes."""

from __future__ import annotations

import base64
from collections.abc import Collection
from typing import Any

import orjson
from audit_events import REDACTOR, audit_event, deployment
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.capture.decoding.fold import Fold
from kubectl_smart.capture.decoding.knowing import EMPTY
from kubectl_smart.capture.intake import Intake
from kubectl_smart.capture.preparing import prepare
from kubectl_smart.capture.sources.audit_file import Accepted, checked
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.store.in_memory import InMemorySpool


def _nothing(audit_ids: Collection[str]) -> set[str]:
    return set()


def _intake(spool: InMemorySpool, recorded: Any = _nothing) -> Intake:
    return Intake(spool, source="audit-log", recorded=recorded, clock=lambda: 7)


def _take(intake: Intake, event: dict[str, Any]) -> str:
    """Hand over an event as a source does; why it was rejected, if it was."""
    prepared = prepare(event, REDACTOR)
    if isinstance(prepared, str):
        return prepared
    intake.take(prepared)
    return ""


def test_what_matters_is_spooled_and_the_rest_counted() -> None:
    """Machines' reads, reviews of access and requests in progress leave no trace."""
    spool = InMemorySpool()
    intake = _intake(spool)
    for event in (
        audit_event("create", "deployments", "api", group="apps", response=deployment()),
        audit_event("list", "pods", user={"username": "system:kube-scheduler"}),
        audit_event("create", "subjectaccessreviews", group="authorization.k8s.io"),
        audit_event("create", "pods", "x", stage="RequestReceived"),
        audit_event("create", "serviceaccounts", "x", subresource="token"),
        audit_event("patch", "pods", "x", query="dryRun=All"),
        audit_event("delete", "pods", "x", code=404, user={"username": "system:kube-scheduler"}),
    ):
        _take(intake, event)
    intake.flush()

    assert intake.taken == (1, 0, 6)
    assert [entry.received_at for entry in spool.read(0)] == [7]


def test_the_same_event_twice_is_spooled_once() -> None:
    """By audit id and stage, within a batch and against what the spool holds."""
    spool = InMemorySpool()
    event = audit_event("get", "pods", "api-1")
    intake = _intake(spool)
    _take(intake, event)
    _take(intake, event)
    intake.flush()
    _take(intake, event)
    intake.flush()

    assert intake.taken == (1, 2, 0)
    assert len(list(spool.read(0))) == 1


def test_a_write_that_is_recorded_comes_back_only_as_what_led_up_to_it() -> None:
    """So that a resent get before it does not become a step of its own."""
    spool = InMemorySpool()
    get = audit_event("get", "deployments", "api", group="apps", at=9.9)
    write = audit_event("patch", "deployments", "api", group="apps", at=10, response=deployment())
    intake = _intake(spool, {write["auditID"]}.intersection)
    _take(intake, get)
    _take(intake, write)
    intake.flush()
    state, fold, records = EMPTY, Fold(), []
    for entry in spool.read(0):
        state, made = fold.fold(state, entry)
        records += made
    records += fold.close(state)[1]

    assert records == []
    assert intake.taken == (1, 1, 0)


def test_secrets_never_reach_the_spool() -> None:
    """Not a Secret's data, nor what is applied, patched, listed or typed."""
    value = "correct-horse-battery-staple"
    encoded = base64.b64encode(value.encode()).decode()
    secret = {
        "kind": "Secret", "apiVersion": "v1", "data": {"password": encoded},
        "metadata": {
            "name": "keys", "namespace": "prod", "uid": "u",
            "annotations": {
                "kubectl.kubernetes.io/last-applied-configuration": orjson.dumps(
                    {"kind": "Secret", "stringData": {"password": value}}
                ).decode()
            },
        },
    }  # fmt: skip
    spool = InMemorySpool()
    intake = _intake(spool)
    for event in (
        audit_event("create", "secrets", "keys", request=secret, response=secret),
        audit_event("patch", "secrets", "keys", request={"stringData": {"password": value}}),
        audit_event("patch", "secrets", "keys",
                    request=[{"op": "replace", "path": "/data/password", "value": encoded}]),
        audit_event("deletecollection", "secrets",
                    response={"kind": "SecretList", "items": [secret]}),
        audit_event("create", "pods", "x", subresource="exec",
                    query=f"command=mysql&command=--password%3D{value}"),
    ):  # fmt: skip
        assert _take(intake, event) == ""
    intake.flush()
    written = b"".join(entry.body for entry in spool.read(0))

    assert intake.taken.spooled == 5
    assert value.encode() not in written
    assert encoded.encode() not in written
    assert b"redacted:" in written


def test_an_event_of_the_wrong_shape_is_rejected_in_words() -> None:
    """What is wrong, and where in the event."""
    broken = deployment()
    broken["metadata"] = "none"
    event = audit_event("create", "deployments", "api", group="apps", response=broken)

    assert prepare(event, REDACTOR) == (
        "not a whole audit event: responseObject: metadata has the wrong type, str"
    )
    assert prepare(audit_event("get", "pods", "x", stageTimestamp="noon"), REDACTOR) == (
        "stageTimestamp is no time: 'noon'"
    )


def test_what_was_heard_is_said_once() -> None:
    """The interval of the events handed over, unless the memory has it."""
    spool = InMemorySpool()
    intake = _intake(spool)
    _take(intake, audit_event("get", "pods", "api-1", at=0))
    _take(intake, audit_event("get", "pods", "api-1", at=60))
    intake.flush()
    intake.heard("s", [])
    intake.heard("s", [])
    before = len(list(spool.read(0)))
    interval = intake.interval
    assert interval is not None
    known = Heard(source="audit-log", session="s", from_at=interval[0], to_at=interval[1])
    _intake(InMemorySpool()).heard("s", [known])

    assert before == 3


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
_PLACES = st.sampled_from(
    [
        ("objectRef", "name"), ("objectRef", "resource"), ("user", "groups"), ("user", "username"),
        ("responseStatus", "code"), ("requestObject", "spec"), ("responseObject", "metadata"),
        ("responseObject", "metadata", "ownerReferences"), ("responseObject", "metadata", "labels"),
        ("responseObject", "metadata", "annotations"), ("responseObject", "metadata", "finalizers"),
        ("responseObject", "status"), ("responseObject", "status", "containerStatuses"),
        ("responseObject", "status", "conditions"), ("responseObject", "spec"),
        ("responseObject", "spec", "containers"), ("responseObject", "kind"), ("responseObject",),
        ("requestObject",), ("impersonatedUser",), ("impersonatedUser", "username"), ("userAgent",),
        ("requestObject", "spec", "template", "spec", "containers"),
        ("requestObject", "spec", "template"), ("requestObject", "spec", "taints"),
        ("requestObject", "metadata", "labels"), ("requestObject", "metadata"),
        ("requestObject", "target"), ("requestObject", "deleteOptions"),
        ("requestURI",), ("stageTimestamp",), ("requestReceivedTimestamp",),
        ("responseObject", "items"),
    ]
)  # fmt: skip


@given(
    where=_PLACES,
    value=_json,
    verb=st.sampled_from(["create", "update", "patch", "delete", "deletecollection", "get"]),
    resource=st.sampled_from(["pods", "deployments", "nodes", "events", "secrets", "leases"]),
    subresource=st.sampled_from(["", "status", "scale", "binding", "eviction", "log"]),
    manager=st.sampled_from(["", "kubectl-set", "kubectl-label", "kubectl-taint", "kubectl-edit"]),
    answered=st.booleans(),
)
def test_whatever_an_event_holds_it_is_taken_or_rejected(
    where: tuple[str, ...],
    value: Any,
    verb: str,
    resource: str,
    subresource: str,
    manager: str,
    answered: bool,
) -> None:
    """No event, however twisted, breaks intake or the fold: that would stop a memory for good."""
    answer = deployment(metadata={"labels": {}})
    answer["kind"] = {"pods": "Pod", "nodes": "Node", "events": "Event"}.get(resource, "Deployment")
    answer["apiVersion"] = "v1"
    answer["status"] = {"containerStatuses": [{"name": "a", "state": {}}], "conditions": []}
    event = audit_event(
        verb, resource, "x", subresource=subresource, request={"kind": "Eviction", "spec": {}},
        response=answer if answered else None, query=f"fieldManager={manager}" if manager else "",
    )  # fmt: skip
    event = orjson.loads(orjson.dumps(event))
    place = event
    for step in where[:-1]:
        place = place.setdefault(step, {})
    place[where[-1]] = value
    one = checked(event, 1)
    if not isinstance(one, Accepted):
        return
    spool = InMemorySpool()
    intake = _intake(spool)
    _take(intake, one.event)
    intake.flush()
    state, fold = EMPTY, Fold()
    for entry in spool.read(0):
        state, _ = fold.fold(state, entry)
        state, _ = fold.fold(state, entry._replace(sequence=entry.sequence + 1))
    fold.close(state)
