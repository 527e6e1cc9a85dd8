"""Alerts, as Alertmanager sends them, and the observations they make.

One firing of one alert is one observation, from when it started until it was resolved; Alertmanager
says the same again and again, and only what changed is recorded.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, NamedTuple, TypeGuard

import orjson

from kubectl_smart.capture.decoding.observing import owner_now
from kubectl_smart.capture.decoding.state import Objects
from kubectl_smart.memory.formats.identity import observation_id
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.errors import MemoryDamaged
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.times import from_rfc3339
from kubectl_smart.memory.store.protocols import SpoolEntry, SpoolItem

SOURCE = "alertmanager"
_VERSION = 2
"""Entries of version 1 lack the group."""
_LONGEST = 1_024
_HARMLESS = frozenset({"none", "info", "ok"})

NAMED_BY = (
    ("deployment", "apps", "Deployment"),
    ("statefulset", "apps", "StatefulSet"),
    ("daemonset", "apps", "DaemonSet"),
    ("cronjob", "batch", "CronJob"),
    ("job_name", "batch", "Job"),
    ("horizontalpodautoscaler", "autoscaling", "HorizontalPodAutoscaler"),
    ("persistentvolumeclaim", "", "PersistentVolumeClaim"),
    ("pod", "", "Pod"),
    ("service", "", "Service"),
    ("node", "", "Node"),
    ("namespace", "", "Namespace"),
)
"""Labels that name the object an alert is about, the first that is there: those that the rules of
kube-prometheus carry. An alert without any of them is about no object that is known by name."""

UNNAMED = "Alert"
"""Kind of what stands for the object where no label names one; its name is the alert's."""


class Alert(NamedTuple):
    """One alert of a notification, checked and redacted.

    status       firing, resolved
    starts_at    microseconds since 1970-01-01 UTC; ends_at: 0 while it fires
    fingerprint  of its labels, as Alertmanager gives it
    group        tells the group it was notified in from all others; "" if that is not known
    """

    name: str
    status: str
    starts_at: int
    ends_at: int
    fingerprint: str
    labels: dict[str, str]
    message: str
    group: str = ""


def group_of(key: Any, redactor: Redactor) -> str:
    """What stands for a group: 16 hex digits of its key, which holds values of labels."""
    if type(key) is not str or not key:
        return ""
    plain = redactor.redact_text(key).encode("utf-8", "surrogatepass")
    return blake2b(plain, digest_size=8).hexdigest()


def alert_of(found: Any, redactor: Redactor, group: str = "") -> Alert | str:
    """An alert of a notification of version 4; or why it is none."""
    if type(found) is not dict:
        return "an alert is no JSON object"
    labels, annotations = found.get("labels"), found.get("annotations") or {}
    if not _texts(labels) or not _texts(annotations):
        return "an alert's labels or annotations are no texts"
    name = labels.get("alertname") or ""
    status, fingerprint = found.get("status"), found.get("fingerprint")
    if not name or status not in ("firing", "resolved") or type(fingerprint) is not str:
        return "an alert lacks its alertname, status or fingerprint"
    try:
        starts_at = from_rfc3339(found["startsAt"])
        ends_at = from_rfc3339(found["endsAt"]) if status == "resolved" else 0
    except (KeyError, TypeError, ValueError):
        return "an alert's startsAt or endsAt is no time"
    words = next((annotations[one] for one in _WORDS if annotations.get(one)), "")
    return Alert(
        name=name,
        status=status,
        starts_at=starts_at,
        ends_at=max(starts_at, ends_at) if ends_at else 0,
        fingerprint=fingerprint,
        labels={key: redactor.redact_text(value) for key, value in sorted(labels.items())},
        message=redactor.redact_text(words)[:_LONGEST],
        group=group,
    )


_WORDS = ("summary", "message", "description")


def _texts(found: Any) -> TypeGuard[dict[str, str]]:
    return type(found) is dict and all(type(one) is str for one in found.values())


def item(alert: Alert, now: int) -> SpoolItem:
    """The entry; the same alert in the same status has the same key."""
    key = f"{SOURCE}/{alert.fingerprint}/{alert.starts_at}/{alert.status}/{alert.ends_at}"
    return SpoolItem(key, SOURCE, now, orjson.dumps([_VERSION, *alert]))


def observation_of(entry: SpoolEntry, objects: Objects) -> Observation:
    """The observation. MemoryDamaged for an entry that a newer program made."""
    version, *members = orjson.loads(entry.body)
    if not 1 <= version <= _VERSION:
        raise MemoryDamaged(
            "the spool holds alerts that a newer program took in", "install a newer kubectl-smart"
        )
    alert = Alert._make(members)
    about = about_of(alert)
    return Observation(
        id=observation_id(SOURCE, alert.fingerprint, str(alert.starts_at)),
        kind=alert.name,
        about=about,
        owner=owner_now(objects, about),
        first_at=alert.starts_at,
        last_at=alert.ends_at or max(alert.starts_at, entry.received_at),
        count=1,
        message=alert.message or alert.name,
        warning=alert.labels.get("severity", "") not in _HARMLESS,
        source=SOURCE,
        detail={
            "status": alert.status,
            "labels": alert.labels,
            **({"group": alert.group} if alert.group else {}),
        },
    )


def about_of(alert: Alert) -> ObjectRef:
    """The object that the labels name; see NAMED_BY."""
    labels = alert.labels
    for label, group, kind in NAMED_BY:
        name = labels.get(label)
        if not name:
            continue
        if kind in ("Node", "Namespace"):
            return ObjectRef(group, kind, CLUSTER, name)
        if labels.get("namespace"):
            return ObjectRef(group, kind, labels["namespace"], name)
    return ObjectRef("", UNNAMED, CLUSTER, alert.name)
