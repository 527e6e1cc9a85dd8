"""Versions that a watch saw and the audit events that made them: recorded once."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.audit_events import REDACTOR, audit_event, deployment, pod

from kubectl_smart.capture.decoding.fold import Fold, tick_item
from kubectl_smart.capture.decoding.joining import Version
from kubectl_smart.capture.decoding.knowing import EMPTY
from kubectl_smart.capture.decoding.versions import item, version_of
from kubectl_smart.capture.preparing import Prepared, prepare
from kubectl_smart.memory.records.actors import UNKNOWN_ACTOR, Actor, ActorKind
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.facts import Record
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.store.protocols import SpoolEntry, SpoolItem

SECOND = 1_000_000
WAIT = 45 * SECOND
API = ObjectRef("apps", "Deployment", "prod", "api")
KUBELET = Actor("kubelet", ActorKind.NODE)
SAID = "field manager kubectl-edit: names the tool, not the person"


class Spool:
    """Entries handed to the fold, one after the other, at times of the test's own."""

    def __init__(self) -> None:
        self.state = EMPTY
        self.records: list[Record] = []
        self._sequence = 0

    def put(self, given: SpoolItem) -> None:
        """One more entry."""
        self._sequence += 1
        self.state, made = Fold().fold(self.state, SpoolEntry(*given, self._sequence))
        assert all(sequence <= self._sequence for sequence, _ in made)
        self.records += [record for _, record in made]

    def event(self, event: dict[str, Any], at: int) -> None:
        """An audit event, received at."""
        made = prepare(event, REDACTOR)
        assert isinstance(made, Prepared)
        self.put(SpoolItem(made.key, "audit-webhook", at, made.body))

    def tick(self, at: int) -> None:
        """Time passes."""
        self.put(tick_item(at, WAIT))

    @property
    def changes(self) -> list[Change]:
        """In the order they were recorded."""
        return [one for one in self.records if isinstance(one, Change)]


def seen(obj: dict[str, Any], at: int, kind: str = "MODIFIED", **more: Any) -> Version:
    """What a watch saw."""
    metadata = obj["metadata"]
    ref = ObjectRef(
        "apps" if obj["kind"] == "Deployment" else "", obj["kind"], "prod", metadata["name"]
    )
    known: dict[str, Any] = {
        "type": kind, "ref": ref, "resource": obj["kind"].lower() + "s", "uid": metadata["uid"],
        "version": metadata["resourceVersion"], "object": obj, "at": at, "since": 0,
        "wait_until": at + WAIT, "actor": UNKNOWN_ACTOR, "via": "kubectl edit",
        "attribution": SAID,
    }  # fmt: skip
    return Version(**{**known, **more})


def written(rv: int, replicas: int) -> dict[str, Any]:
    """The audit event of a version."""
    return audit_event(
        "update",
        "deployments",
        "api",
        group="apps",
        at=float(rv),
        response=deployment(replicas, rv=rv),
    )


def base() -> Spool:
    """A Deployment is known."""
    spool = Spool()
    spool.event(written(1, 3), 0)
    return spool


@pytest.mark.parametrize("audit_first", [True, False])
def test_what_both_tell_is_recorded_once(audit_first: bool) -> None:
    """By whom the audit log says, whichever comes first."""
    spool = base()
    steps = [
        lambda: spool.event(written(2, 5), 10 * SECOND),
        lambda: spool.put(item(seen(deployment(5, rv=2), 10 * SECOND), 10 * SECOND)),
    ]
    for step in steps if audit_first else reversed(steps):
        step()
    spool.tick(100 * SECOND)
    (_, change) = spool.changes
    assert change.actor.name == "sarah@example.com"
    assert change.attribution == ""
    assert spool.state.held.low_water is None


def test_what_only_the_watch_tells_is_recorded_when_nobody_else_may() -> None:
    """Not before its audit event had its time; then with how its actor is known."""
    spool = base()
    spool.put(item(seen(deployment(5, rv=2), 10 * SECOND), 10 * SECOND))
    spool.tick(20 * SECOND)
    assert len(spool.changes) == 1
    assert spool.state.held.low_water == 2
    spool.tick(10 * SECOND + WAIT)
    (_, change) = spool.changes
    assert (change.attribution, change.actor, change.audit_id) == (SAID, UNKNOWN_ACTOR, "")
    assert change.edits[0].path == "spec.replicas"
    spool.event(written(2, 5), 100 * SECOND)
    assert len(spool.changes) == 2


def test_where_no_audit_is_nobody_waits() -> None:
    """And what nodes and controllers wrote never waits."""
    spool = base()
    spool.put(item(seen(deployment(5, rv=2), SECOND, wait_until=0), SECOND))
    assert len(spool.changes) == 2
    spool.put(item(seen(pod(), SECOND, "ADDED", actor=KUBELET), SECOND))
    assert spool.changes[-1].verb == "create"
    known = len(spool.changes)
    leaving = pod(rv=2)
    leaving["metadata"]["deletionTimestamp"] = "2024-01-15T14:31:00Z"
    spool.put(item(seen(leaving, 2 * SECOND, actor=KUBELET), 2 * SECOND))
    assert len(spool.changes) == known  # somebody deleted it: that may be told yet


def test_what_took_place_in_the_dark_has_an_interval() -> None:
    """Changed, vanished, or made anew under the same name, between two instants."""
    spool = base()
    dark = {"wait_until": 0, "since": 5 * SECOND, "via": "", "attribution": ""}
    spool.put(item(seen(deployment(9, rv=7), 60 * SECOND, "LISTED", **dark), 60 * SECOND))
    change = spool.changes[-1]
    assert (change.verb, change.not_before) == ("update", 5 * SECOND)
    another = deployment(1, rv=9)
    another["metadata"]["uid"] = "uid-other"
    later = 2_000_000_000 * SECOND
    spool.put(item(seen(another, later, "LISTED", **dark), later))
    gone, found = spool.changes[-2:]
    assert (gone.gone, gone.uid, gone.not_before) == (True, "uid-api", 5 * SECOND)
    assert (found.verb, found.uid) == ("found", "uid-other")
    spool.put(item(seen(another, later + 1, "VANISHED", object=None, **dark), later + 1))
    assert (spool.changes[-1].verb, spool.changes[-1].gone) == ("delete", True)
    assert API not in spool.state.objects.alive


def test_what_was_there_before_anybody_listened_was_found() -> None:
    """Made at some time between its creation, by its own word, and the first list."""
    spool = Spool()
    first = deployment(3, rv=5, creationTimestamp="2024-01-15T10:00:00Z")
    now = 1_705_330_000 * SECOND
    spool.put(item(seen(first, now, "FIRST", wait_until=0), now))
    (change,) = spool.changes
    assert (change.verb, change.happened_at) == ("found", now)
    assert change.not_before == 1_705_312_800 * SECOND


def test_a_crash_is_observed_by_watch_alone() -> None:
    """What a pod's status says anew, as with audit; the observation has no audit id."""
    spool = Spool()
    spool.put(item(seen(pod(), SECOND, "ADDED", actor=KUBELET), SECOND))
    ended = {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": "x"}}
    dead = pod(rv=2, containerStatuses=[{"name": "main", "restartCount": 1, "state": ended}])
    spool.put(item(seen(dead, 2 * SECOND, actor=KUBELET), 2 * SECOND))
    (seen_once,) = [one for one in spool.records if isinstance(one, Observation)]
    assert (seen_once.kind, seen_once.audit_id) == ("OOMKilled", "")


def test_a_version_reads_back() -> None:
    """As it was put into the spool; the same version has the same key."""
    version = seen(deployment(5, rv=2), SECOND)
    assert version_of(item(version, 0).body) == version
    listed = version._replace(type="LISTED", at=7 * SECOND)
    assert item(listed, 1).key == item(version, 0).key
    assert item(version._replace(type="DELETED"), 1).key != item(version, 0).key
