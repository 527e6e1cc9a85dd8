"""Versions that a watch saw, joined with the audit events that made them.

A watch tells every version of an object and not who wrote it; the audit log tells who, later and
not always. Both name a version by uid and resourceVersion, so what both tell is recorded once. A
version that a person may have written waits for its audit event as long as the source said; what
is known by then is recorded as the watch saw it, and says how its actor is known. Versions that
nodes and controllers wrote do not wait: nothing is gained by it.

Pure, as all of the fold: time passes by what the spool received, never by a clock.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from immutables import Map

from kubectl_smart.capture.decoding.events import ELSEWHERE, AuditEvent
from kubectl_smart.capture.decoding.removing import gone
from kubectl_smart.capture.decoding.state import Objects, number
from kubectl_smart.capture.decoding.stating import put
from kubectl_smart.capture.decoding.written import Changes, Write
from kubectl_smart.memory.records.actors import UNKNOWN_ACTOR, Actor, ActorKind
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.records.times import from_rfc3339

_NEVER = 1 << 62
_MACHINES = frozenset({ActorKind.CONTROLLER, ActorKind.NODE})
GONE = frozenset({"DELETED", "VANISHED"})
"""Types of versions after which there is no object."""
MOST = 20_000
"""Versions that wait at a time; the oldest of more are recorded as the watch saw them."""


class Version(NamedTuple):
    """One version of an object as a watch or a list showed it.

    type         ADDED, MODIFIED, DELETED by the watch; FIRST of the list before which nobody had
                 listened; LISTED, VANISHED by comparing a list with what was known
    ref          the object; uid, version: of it, "" if not known
    resource     plural name; the ref has group and kind
    object       trimmed and redacted; None if it VANISHED
    at           when it was seen; since: for what took place unseen, the earliest it can have
                 been; 0 otherwise. Microseconds since 1970-01-01 UTC
    wait_until   until when its audit event may still come; 0 if none is expected
    actor        as far as `managedFields` tell; via, attribution: see records.Change
    """

    type: str
    ref: ObjectRef
    resource: str
    uid: str
    version: str
    object: dict[str, Any] | None
    at: int
    since: int
    wait_until: int
    actor: Actor
    via: str
    attribution: str


class _Held(NamedTuple):
    sequence: int
    version: Version


class Held(NamedTuple):
    """Versions that wait for their audit events.

    due_at     when the first of them has waited long enough
    low_water  lowest sequence of them; None if none waits
    """

    waiting: Map[tuple[str, str, str], _Held]
    due_at: int
    low_water: int | None


NOTHING_HELD = Held(Map(), _NEVER, None)


def _kept(waiting: Map[tuple[str, str, str], _Held]) -> Held:
    due = min((one.version.wait_until for one in waiting.values()), default=_NEVER)
    low = min((one.sequence for one in waiting.values()), default=None)
    return Held(waiting, due, low)


def _key(version: Version) -> tuple[str, str, str]:
    return (version.uid, version.version, "gone" if version.type in GONE else "")


def waits(objects: Objects, version: Version) -> bool:
    """Whether the audit event of this version is worth waiting for."""
    if not version.wait_until or version.ref.kind == "Event":
        return False
    if version.type in GONE or version.actor.kind not in _MACHINES:
        return True
    known = objects.alive.get(version.ref)
    leaving = bool(((version.object or {}).get("metadata") or {}).get("deletionTimestamp"))
    return leaving and (known is None or b'"deletionTimestamp"' not in (known.state or b""))


def hold(held: Held, sequence: int, version: Version) -> Held:
    """It waits."""
    waiting = held.waiting.set(_key(version), _Held(sequence, version))
    due = min(held.due_at, version.wait_until) if len(waiting) <= MOST else 0
    low = sequence if held.low_water is None else min(held.low_water, sequence)
    return Held(waiting, due, low)


def told(held: Held, uid: str, version: str, *, is_gone: bool) -> Held:
    """An audit event told this version: it waits no more."""
    if not held.waiting:
        return held
    key = (uid, version, "gone" if is_gone else "")
    return _kept(held.waiting.delete(key)) if key in held.waiting else held


def overdue(held: Held, now: int) -> tuple[Held, list[Version]]:
    """Those that have waited long enough by `now`, or are too many, in the order they came."""
    order = sorted(held.waiting.items(), key=lambda each: each[1].sequence)
    surplus = len(order) - MOST
    done = [
        (key, one)
        for at, (key, one) in enumerate(order)
        if at < surplus or one.version.wait_until <= now
    ]
    waiting = held.waiting
    for key, _ in done:
        waiting = waiting.delete(key)
    return _kept(waiting), [one.version for _, one in done]


def sequences(held: Held) -> set[int]:
    """Of everything that waits."""
    return {one.sequence for one in held.waiting.values()}


def is_known(objects: Objects, version: Version) -> bool:
    """Whether this very version, or the end of its object, is recorded already."""
    known = objects.alive.get(version.ref)
    if version.type in GONE:
        if version.uid and objects.gone_at(version.uid) is not None:
            return True
        if known is None:  # it may have come before the version that it is the end of
            return not version.uid or version.type != "DELETED"
        return bool(version.uid and known.uid and version.uid != known.uid)
    same = known is not None and known.uid == version.uid
    return same and known is not None and 0 < number(version.version) == known.version


def event_of(version: Version) -> AuditEvent:
    """The version in the form in which the fold takes writes; its audit id is none of a cluster."""
    verb = "delete" if version.type in GONE else "update"
    ref = version.ref
    return AuditEvent(
        audit_id=f"{ELSEWHERE}{version.uid}/{version.version}/{verb}",
        stage="ResponseComplete",
        started_at=version.at,
        at=version.at,
        verb=verb,
        user=version.actor.name,
        groups=(),
        impersonated="",
        impersonated_groups=(),
        agent="",
        group=ref.group,
        resource=version.resource,
        subresource="",
        namespace="" if ref.namespace == CLUSTER else ref.namespace,
        name=ref.name,
        query={},
        code=200,
        status="",
        message="",
        details={"uid": version.uid},
        request=None,
        response=version.object,
    )


def changes_of(objects: Objects, version: Version) -> Changes:
    """What the version changes, and what is known then."""
    before = objects.alive.get(version.ref)
    if version.type in GONE:
        return _ended(objects, version)
    earlier: list[Change] = []
    if before is not None and version.uid and before.uid and before.uid != version.uid:
        # the same name made anew while nobody listened: the one before is gone
        objects, earlier = _ended(objects, _end_of(version, before.uid))
        before = None
    write = Write(event_of(version), version.actor, version.via)
    objects, made = put(objects, write, version.object or {})
    verb = _verb(version, known=before is not None)
    return objects, [*earlier, *(_told_by(one, version, verb) for one in made)]


def _end_of(version: Version, uid: str) -> Version:
    return version._replace(
        type="VANISHED", uid=uid, version="", object=None, actor=UNKNOWN_ACTOR, via=""
    )


def _ended(objects: Objects, version: Version) -> Changes:
    write = Write(event_of(version), version.actor, version.via)
    objects, made = gone(objects, write, version.ref, version.object)
    return objects, [_told_by(one, version, "delete") for one in made]


def _verb(version: Version, *, known: bool) -> str:
    match version.type:
        case "DELETED" | "VANISHED":
            return "delete"
        case "ADDED" if not known:
            return "create"
        case _:
            return "update" if known else "found"


def _told_by(change: Change, version: Version, verb: str) -> Change:
    """The change as the watch knows it."""
    first = version.type == "FIRST"
    return replace(
        change,
        verb=verb,
        audit_id="",
        attribution=version.attribution,
        not_before=_made_at(version) if first else min(version.since, change.happened_at),
    )


def _made_at(version: Version) -> int:
    """When the object was made, by its own word: nothing else is known of what was there first."""
    text = ((version.object or {}).get("metadata") or {}).get("creationTimestamp")
    try:
        return min(from_rfc3339(text), version.at) if type(text) is str else 0
    except ValueError:
        return 0
