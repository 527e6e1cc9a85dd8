"""The first line of a commit is a sentence a person would write."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_smart.memory.formats.subjects import MAX_SUBJECT, subject
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import (
    ABSENT,
    UNKNOWN,
    Change,
    Facet,
    FieldEdit,
    Knowledge,
)
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.steps import Step

API = ObjectRef("apps", "Deployment", "prod", "api")
CONFIG = ObjectRef("", "ConfigMap", "prod", "api-config")
NODE = ObjectRef("", "Node", "", "worker-5")
MAIN = "spec.template.spec.containers[main]"
RESTARTED = 'spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"]'
REVISION = 'metadata.annotations["deployment.kubernetes.io/revision"]'
APPLIED = 'metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]'


def change(ref: ObjectRef, *edits: tuple[str, Any, Any], **more: Any) -> Change:
    """A change of the object with these edits."""
    fields: dict[str, Any] = {
        "id": "1" * 32,
        "object": ref,
        "uid": "",
        "facet": Facet.OBJECT,
        "derived": False,
        "verb": "patch",
        "actor": Actor("sarah", ActorKind.HUMAN),
        "via": "",
        "happened_at": 0,
        "audit_id": "",
        "resource_version": "",
        "knowledge": Knowledge.FULL,
        "edits": tuple(FieldEdit(*edit) for edit in edits),
        "state": None,
    }
    return Change(**{**fields, **more})


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (change(API, ("spec.replicas", 3, 5)), "prod/deployment api: replicas 3 → 5"),
        (
            change(CONFIG, ("data.CACHE_SIZE", "512", "unlimited")),
            "prod/configmap api-config: CACHE_SIZE 512 → unlimited",
        ),
        (
            change(API, (f"{MAIN}.image", "r.io:5000/x/api:1.7", "r.io:5000/x/api:4.9")),
            "prod/deployment api: image api:1.7 → api:4.9 (main)",
        ),
        (
            change(API, (f"{MAIN}.env[CACHE_SIZE].value", "1", "2")),
            "prod/deployment api: CACHE_SIZE 1 → 2 (main)",
        ),
        (
            change(API, (f"{MAIN}.resources.limits.memory", "1Gi", "2Gi")),
            "prod/deployment api: limit memory 1Gi → 2Gi (main)",
        ),
        (
            change(API, (RESTARTED, ABSENT, "2026-11-23T02:48:26Z")),
            "prod/deployment api: restarted",
        ),
        (change(NODE, ("spec.unschedulable", ABSENT, True)), "node worker-5: cordoned"),
        (change(NODE, ("spec.unschedulable", True, ABSENT)), "node worker-5: uncordoned"),
        (
            change(NODE, ("spec.taints[dedicated:NoSchedule]", ABSENT, {"key": "dedicated"})),
            "node worker-5: taint dedicated:NoSchedule added",
        ),
        (
            change(API, ("spec.template.spec.containers[side]", {"name": "side"}, ABSENT)),
            "prod/deployment api: container side removed",
        ),
        (
            change(API, ("metadata.labels.tier", ABSENT, "gold")),
            "prod/deployment api: label tier set to gold",
        ),
        (
            change(CONFIG, ('data["nginx.conf"]', "a\nb", "a\nc")),
            "prod/configmap api-config: nginx.conf changed",
        ),
        (
            change(CONFIG, ("data.password", "redacted:" + "0" * 16, "redacted:" + "1" * 16)),
            "prod/configmap api-config: password changed",
        ),
        (change(API, ("spec.replicas", UNKNOWN, 5)), "prod/deployment api: replicas set to 5"),
        (change(API, verb="create"), "prod/deployment api: created"),
        (change(API, verb="delete", gone=True), "prod/deployment api: deleted"),
        (change(API, verb="evict", gone=True), "prod/deployment api: evicted"),
        (change(API, verb="patch", knowledge=Knowledge.NAME), "prod/deployment api: patched"),
        (
            change(API, ("spec.replicas", 3, 5), late=True),
            "prod/deployment api: (late) replicas 3 → 5",
        ),
        (change(API, (REVISION, "1", "2")), "prod/deployment api: bookkeeping only"),
        (
            change(
                API,
                (APPLIED, "{}", "{ }"),
                (REVISION, "1", "2"),
                ("metadata.labels.a", "b", "c"),
                (f"{MAIN}.image", "api:1", "api:2"),
                ("spec.paused", True, False),
            ),
            "prod/deployment api: image api:1 → api:2 (main) +2 more",
        ),
    ],
)
def test_the_most_telling_edit_leads(record: Change, expected: str) -> None:
    """What a person would say first stands in the subject."""
    assert expected == subject(record)


def test_a_long_name_leaves_room_for_what_happened() -> None:
    """The namespace goes first, then the end of the name; the sentence stays."""
    ref = ObjectRef("apps", "Deployment", "a-very-long-namespace", "x" * 80)

    line = subject(change(ref, ("spec.replicas", 3, 5), ("spec.paused", True, False)))

    assert len(line) <= MAX_SUBJECT
    assert line.endswith("…: replicas 3 → 5 +1 more")


def test_steps_notes_and_incidents_are_sentences() -> None:
    """Whatever is no change has a subject of its own kind."""
    sarah = Actor("sarah@example.com", ActorKind.HUMAN)
    step = Step(
        id="",
        actor=sarah,
        action="logs",
        target=None,
        namespace="prod",
        command="kubectl logs api-1 -n prod",
        happened_at=0,
        until=1,
        count=3,
        status=200,
        outcome="",
        audit_ids=(),
    )
    note = Note(
        id="",
        author=sarah,
        text="Never below 3.\nThe cache is slow.",
        about=API,
        field="",
        explains="",
        incident="",
        happened_at=0,
    )
    incident = Incident(
        id="2026-11-23-cache",
        title="Cache outage",
        status=IncidentStatus.CLOSED,
        opened_at=0,
        closed_at=1,
        actor=sarah,
        happened_at=0,
        text="",
    )

    assert subject(step) == "sarah@example.com looked: kubectl logs api-1 -n prod (3 times)"
    assert subject(note) == "note on prod/deployment api: Never below 3."
    assert subject(incident) == "incident 2026-11-23-cache (closed): Cache outage"
