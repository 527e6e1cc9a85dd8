"""What happened without a decision: Kubernetes Events, and what pods and nodes report.

An Event object is its own fold: the API server's clients raise its count instead of making a new
one, so each version of it is a version of one observation. What statuses report (OOMKilled,
CrashLoopBackOff, NodeNotReady ...) is folded here: repeats on the same object within ten minutes
are one observation with a higher count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import orjson
from immutables import Map

from kubectl_smart.capture.decoding.events import AuditEvent
from kubectl_smart.capture.decoding.kinds import group_of
from kubectl_smart.capture.decoding.state import Known, Objects
from kubectl_smart.memory.formats.identity import observation_id
from kubectl_smart.memory.records.changes import Change, Facet
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.times import from_rfc3339

FOLDED = 600_000_000
"""Microseconds within which the same report about the same object is the same observation."""

EVENT = "event"
"""Source of the observations that Event objects make."""

_LONGEST_MESSAGE = 1_024
_MOST = 10_000
_HARMLESS = frozenset({"Completed"})
_STARTING = frozenset({"ContainerCreating", "PodInitializing"})

Seen = Map[tuple[ObjectRef, str, str], Observation]
"""What statuses reported last, by (about, kind, source)."""


class Report(NamedTuple):
    """Something a status says that it did not say before."""

    kind: str
    message: str
    warning: bool = True


def owner_now(objects: Objects, about: ObjectRef) -> ObjectRef | None:
    """The declared object above `about`; itself where it is declared; None if not known."""
    known = objects.alive.get(about)
    if known is None:
        return None
    return known.owner if known.derived else about


# --- Kubernetes Events ----------------------------------------------------------------------


def from_event(event: AuditEvent, objects: Objects) -> Observation | None:
    """The observation that a write of an Event object makes; None if it tells nothing."""
    obj = event.response if event.response is not None else event.request
    if event.verb not in ("create", "update", "patch") or type(obj) is not dict:
        return None
    if obj.get("kind") != "Event":
        return None
    named = obj.get("involvedObject") or obj.get("regarding")
    metadata = obj.get("metadata") or {}
    if type(named) is not dict or not named.get("kind") or not named.get("name"):
        return None
    about = ObjectRef(
        group_of(str(named.get("apiVersion") or "")),
        str(named["kind"]),
        str(named.get("namespace") or "") if named["kind"] != "Node" else "",
        str(named["name"]),
    )
    series = obj.get("series") or {}
    counts = (obj.get("count"), obj.get("deprecatedCount"), series.get("count"))
    times = (
        obj.get("firstTimestamp"),
        obj.get("deprecatedFirstTimestamp"),
        obj.get("eventTime"),
        metadata.get("creationTimestamp"),
    )
    count = max((value for value in counts if type(value) is int), default=1)
    first_at = next((at for at in map(_instant, times) if at is not None), event.at)
    identity = metadata.get("uid") or f"{event.namespace}/{metadata.get('name') or event.name}"
    return Observation(
        id=observation_id("event", str(identity)),
        kind=str(obj.get("reason") or "Event"),
        about=about,
        owner=owner_now(objects, about),
        first_at=min(first_at, event.at),
        last_at=event.at,
        count=max(count, 1),
        message=str(obj.get("message") or obj.get("note") or "")[:_LONGEST_MESSAGE],
        warning=obj.get("type") == "Warning",
        source=EVENT,
        audit_id=event.audited,
    )


def _instant(text: Any) -> int | None:
    try:
        return from_rfc3339(text) if text else None
    except (TypeError, ValueError):
        return None


# --- statuses --------------------------------------------------------------------------------


def pod_reports(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Report]:
    """What a pod's status says anew, compared with the one before ({} if there was none)."""
    for field in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"):
        old = {one.get("name"): one for one in before.get(field) or ()}
        for container in after.get(field) or ():
            yield from _container_reports(old.get(container.get("name")) or {}, container)
    phase, reason = after.get("phase"), after.get("reason")
    if phase == "Failed" and before.get("phase") != "Failed":
        words = after.get("message") or _disrupted(after) or "the pod failed"
        yield Report(str(reason or "PodFailed"), str(words))


def _disrupted(status: dict[str, Any]) -> str:
    """Why it was taken down from outside, as `PodGC: node no longer exists`; "" if it was not."""
    for one in status.get("conditions") or ():
        if one.get("type") == "DisruptionTarget" and one.get("status") == "True":
            return str(one.get("message") or one.get("reason") or "")
    return ""


def _container_reports(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Report]:
    name = new.get("name")
    endings = {_ending(old.get(key)) for key in ("state", "lastState")}
    for key in ("lastState", "state"):
        ended = (new.get(key) or {}).get("terminated")
        if not ended or _ending(new.get(key)) in endings:
            continue
        endings.add(_ending(new.get(key)))
        reason = str(ended.get("reason") or "Terminated")
        if reason not in _HARMLESS:
            restarts = new.get("restartCount", 0)
            yield Report(
                reason,
                f"container {name}: exit code {ended.get('exitCode')}, restarts {restarts}",
            )
    waiting = (new.get("state") or {}).get("waiting") or {}
    reason = str(waiting.get("reason") or "")
    was = str(((old.get("state") or {}).get("waiting") or {}).get("reason") or "")
    if reason and reason not in _STARTING and reason != was:
        yield Report(reason, f"container {name}: {waiting.get('message') or reason}")


def _ending(state: Any) -> tuple[Any, ...] | None:
    ended = (state or {}).get("terminated")
    if not ended:
        return None
    return (ended.get("reason"), ended.get("exitCode"), ended.get("finishedAt"))


_NODE_BAD = {
    "MemoryPressure": "True",
    "DiskPressure": "True",
    "PIDPressure": "True",
    "NetworkUnavailable": "True",
}


def node_reports(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Report]:
    """What a node's status says anew, compared with the one before ({} if there was none)."""
    old = {one.get("type"): one.get("status") for one in before.get("conditions") or ()}
    for condition in after.get("conditions") or ():
        kind, status = condition.get("type"), condition.get("status")
        if status == old.get(kind):
            continue
        message = str(condition.get("message") or condition.get("reason") or "")
        if kind == "Ready" and status != "True":
            yield Report("NodeNotReady", message)
        elif kind == "Ready" and old.get(kind) is not None:
            yield Report("NodeReady", message, warning=False)
        elif status == _NODE_BAD.get(kind):
            yield Report(str(kind), message)


def reported(
    seen: Seen,
    event: AuditEvent,
    before: Objects,
    objects: Objects,
    changes: Iterable[Change],
) -> tuple[Seen, list[Observation]]:
    """What the statuses in the changes say that those before did not.

    before, objects  what was known before the changes and after them
    """
    observations: list[Observation] = []
    for change in changes:
        if change.object.kind in ("Pod", "Node") and change.state and not change.late:
            known = before.alive.get(change.object)
            reports = _reports(change, known)
            owner = owner_now(objects, change.object)
            seen, made = observed(seen, reports, change.object, owner, event)
            observations += made
    return seen, observations


def _reports(change: Change, known: Known | None) -> Iterator[Report]:
    new = orjson.loads(change.state or b"{}").get("status")
    if not new:
        return iter(())
    same = known is not None and known.uid == change.uid
    held = known.status if known is not None and change.facet is Facet.STATUS else None
    if known is not None and change.facet is Facet.OBJECT:
        held = known.state
    old: dict[str, Any] = (orjson.loads(held).get("status") or {}) if same and held else {}
    return (node_reports if change.object.kind == "Node" else pod_reports)(old, new)


def observed(
    seen: Seen,
    reports: Iterable[Report],
    about: ObjectRef,
    owner: ObjectRef | None,
    event: AuditEvent,
) -> tuple[Seen, list[Observation]]:
    """The observations that the reports make, repeats folded into those seen before."""
    made = []
    source = "node status" if about.kind == "Node" else "pod status"
    for report in reports:
        key = (about, report.kind, source)
        before = seen.get(key)
        again = before is not None and abs(event.at - before.last_at) <= FOLDED
        observation = Observation(
            id=before.id
            if before is not None and again
            else observation_id("status", *about, report.kind, event.audit_id),
            kind=report.kind,
            about=about,
            owner=owner,
            first_at=min(before.first_at, event.at) if before is not None and again else event.at,
            last_at=max(before.last_at, event.at) if before is not None and again else event.at,
            count=before.count + 1 if before is not None and again else 1,
            message=report.message[:_LONGEST_MESSAGE],
            warning=report.warning,
            source=source,
            audit_id=event.audited,
        )
        seen = seen.set(key, observation)
        made.append(observation)
    return _pruned(seen, event.at), made


def _pruned(seen: Seen, now: int) -> Seen:
    if len(seen) <= _MOST:
        return seen
    return Map({key: one for key, one in seen.items() if now - one.last_at <= FOLDED})
