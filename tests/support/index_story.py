"""A small story for the tests of an index: every kind of record, each member in use."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

import orjson

from kubectl_smart.memory.formats.diffs import diff
from kubectl_smart.memory.formats.identity import (
    change_id,
    dependency_id,
    note_id,
    observation_id,
    step_id,
)
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import UNKNOWN, Change, Facet, FieldEdit, Knowledge
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.dependencies import Dependency
from kubectl_smart.memory.records.facts import Record
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step

START = 1_763_888_400_000_000
MINUTE = 60_000_000
SARAH = Actor("sarah@example.com", ActorKind.HUMAN, "the shop team")
BOT = Actor("system:serviceaccount:kube-system:rs", ActorKind.CONTROLLER)
API = ObjectRef("apps", "Deployment", "payments", "payment-api")
WEB = ObjectRef("apps", "Deployment", "shop", "web")
CONFIG = ObjectRef("", "ConfigMap", "payments", "payment-api")
POD = ObjectRef("", "Pod", "payments", "payment-api-6489644bfc-tntl9")
NODE = ObjectRef("", "Node", "", "worker-5")


def at(minute: float) -> int:
    """The instant so many minutes after START."""
    return START + int(minute * MINUTE)


def uuid(text: str) -> str:
    """An audit id or a uid, a function of the text."""
    raw = sha256(text.encode()).hexdigest()
    return f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:32]}"


def state(ref: ObjectRef, **spec: Any) -> bytes:
    """An object's state."""
    metadata = {"name": ref.name, "uid": uuid(ref.name)}
    if ref.namespace:
        metadata["namespace"] = ref.namespace
    version = f"{ref.group}/v1" if ref.group else "v1"
    found = {"apiVersion": version, "kind": ref.kind, "metadata": metadata, "spec": spec}
    return orjson.dumps(found, option=orjson.OPT_SORT_KEYS)


def change(ref: ObjectRef, minute: float, spec: dict[str, Any] | None, **more: Any) -> Change:
    """A write; without a spec the object is gone, or only its name is known."""
    audit_id = uuid(f"{ref} {minute} {more.get('facet')}")
    facet = more.get("facet", Facet.OBJECT)
    given = {
        "id": change_id(audit_id, ref, facet),
        "object": ref,
        "uid": uuid(ref.name),
        "facet": facet,
        "derived": False,
        "verb": "update",
        "actor": SARAH,
        "via": f"kubectl edit {ref.kind.lower()} {ref.name}",
        "happened_at": at(minute),
        "audit_id": audit_id,
        "resource_version": str(1_000 + int(minute * 10)),
        "knowledge": Knowledge.FULL,
        "edits": (),
        "state": None if spec is None else state(ref, **spec),
    }
    return Change(**{**given, **more})


def edits(ref: ObjectRef, before: dict[str, Any], after: dict[str, Any]) -> tuple[FieldEdit, ...]:
    """The difference of two specs as a change has it."""
    return diff(orjson.loads(state(ref, **before)), orjson.loads(state(ref, **after)))


MADE = change(API, 0, {"replicas": 3}, verb="create")
SCALED = change(
    API,
    5,
    {"replicas": 5},
    verb="scale",
    edits=edits(API, {"replicas": 3}, {"replicas": 5}),
    reason="the sale\nbegins",
)
FIELDS = change(
    API,
    7,
    None,
    knowledge=Knowledge.FIELDS,
    edits=(FieldEdit("spec.replicas", UNKNOWN, 6), FieldEdit("metadata.labels.a", 5, None)),
)
SETTINGS = change(CONFIG, 6, {"size": "256"}, verb="create")
TOUCHED = change(WEB, 8, None, knowledge=Knowledge.NAME, resource_version="", uid="")
POD_MADE = change(POD, 1, {"node": ""}, derived=True, owner=API, actor=BOT, via="replicaset")
POD_BOUND = replace(
    change(POD, 2, {"node": "worker-5"}, derived=True, owner=API, actor=BOT, via="scheduler"),
    edits=edits(POD, {"node": ""}, {"node": "worker-5"}),
)
POD_GONE = change(POD, 9, None, derived=True, owner=API, verb="delete", gone=True)
NODE_MADE = change(NODE, 0.5, {"taints": []}, verb="create")
NODE_STATUS = change(NODE, 3, {"ready": True}, facet=Facet.STATUS, actor=BOT, via="kubelet")
CHANGES = [
    MADE, NODE_MADE, POD_MADE, POD_BOUND, NODE_STATUS, SCALED, SETTINGS, FIELDS, TOUCHED, POD_GONE,
]  # fmt: skip
CRASHED = Observation(
    id=observation_id("crash"),
    kind="OOMKilled",
    about=POD,
    owner=API,
    first_at=at(3),
    last_at=at(6),
    count=4,
    message="exit code 137 \x00 in “main”",
    warning=True,
    source="pod status",
    audit_id=uuid("crash"),
)
PULLED = replace(
    CRASHED, id=observation_id("pull"), kind="Pulled", warning=False, last_at=at(3), count=1
)
CALLED = Dependency(
    id=dependency_id(WEB, API, "calls", "prometheus"),
    caller=WEB,
    callee=API,
    kind="calls",
    source="prometheus",
    evidence="sum(rate(traces_service_graph_request_total[5m]))",
    first_at=at(1),
    last_at=at(2),
)
CALLED_STILL = replace(CALLED, last_at=at(7))
READ = replace(
    CALLED,
    id=dependency_id(API, CONFIG, "reads", "configuration", "spec.env"),
    caller=API,
    callee=CONFIG,
    kind="reads",
    source="configuration",
    evidence="spec.env \x00 “CACHE”",
)
LOOKED = Step(
    id=step_id(uuid("look")),
    actor=SARAH,
    action="logs",
    target=POD,
    namespace="payments",
    command=f"kubectl logs {POD.name} -n payments",
    happened_at=at(4),
    until=at(6),
    count=2,
    status=200,
    outcome="",
    audit_ids=(uuid("look"), uuid("look again")),
)
LISTED = replace(
    LOOKED, id=step_id(uuid("list")), target=None, namespace="", audit_ids=(uuid("list"),)
)
WHY = Note(
    id=note_id("why"),
    author=SARAH,
    text="The sale begins: 5 replicas, see cache.internal:6379",
    about=API,
    field="spec.replicas",
    explains=SCALED.id,
    incident="",
    happened_at=at(6),
    permalink="https://chat.example.com/p1",
)
LOOSE = replace(WHY, id=note_id("loose"), about=None, explains="", text="Ask the CACHE team")
OPENED = Incident(
    id="2025-11-23-cache",
    title="The cache is out",
    status=IncidentStatus.OPEN,
    opened_at=at(4),
    closed_at=0,
    actor=SARAH,
    happened_at=at(4),
    text="Nothing is known.\n",
)
CLOSED = replace(
    OPENED, status=IncidentStatus.CLOSED, closed_at=at(30), happened_at=at(30), text="Mended.\n"
)
HEARD = [
    Heard(source="audit-log", session=session, from_at=at(since), to_at=at(until))
    for session, since, until in (("one", 0, 4), ("one", 4, 6), ("one", 8, 10), ("two", 5, 7))
]
OTHERS: list[Record] = [CRASHED, PULLED, LOOKED, LISTED, WHY, LOOSE, OPENED, CLOSED, *HEARD]
OTHERS += [CALLED, CALLED_STILL, READ]
API_UID = uuid(API.name)
