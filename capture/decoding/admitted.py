"""Requests that an admission webhook was asked about, and what became of them. Pure.

A review comes before a write is stored: another webhook may still refuse it, and it may conflict.
So it is no change. It tells what a watch cannot: who asks, as the API server authenticated them.
When the watch then shows the version that was asked for, the two are one: the version gives the
change, the review its actor, and the change says by what they were joined. A review of which no
version was seen in time, or of which none can be seen because nobody listens, is a person's
attempt, whose outcome was not heard; of a machine's nothing is left.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from immutables import Map

from kubectl_smart.capture.decoding import commands
from kubectl_smart.capture.decoding.actors import identify
from kubectl_smart.capture.decoding.clients import product
from kubectl_smart.capture.decoding.events import AuditEvent
from kubectl_smart.capture.decoding.joining import GONE, Version
from kubectl_smart.capture.decoding.managers import called_by
from kubectl_smart.capture.decoding.state import Known, number
from kubectl_smart.memory.formats.identity import step_id
from kubectl_smart.memory.formats.manifests import canonical, stored_form
from kubectl_smart.memory.records.actors import UNKNOWN_ACTOR, Actor, ActorKind
from kubectl_smart.memory.records.errors import MemoryDamaged
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.records.steps import Step
from kubectl_smart.memory.store.protocols import SpoolItem

SOURCE = "admission"
KEPT = 120_000_000
"""Microseconds for which a version of what was asked may still be seen: a watch that broke off
comes back within them."""
PROMPT = 10_000_000
"""Microseconds within which a version has to be seen whose content says little: a deletion, a
scale. Later another one may have done the same."""
MOST = 5_000
"""Requests that wait at a time; the oldest of more are given up."""
UNHEARD = "admitted; whether it took place was not heard"
_FORMAT = 1
_NEVER = 1 << 62
_MACHINES = frozenset({ActorKind.AUTOMATION, ActorKind.CONTROLLER, ActorKind.NODE})
_TELLING = frozenset(
    {
        "kubectl-annotate",
        "kubectl-autoscale",
        "kubectl-client-side-apply",
        "kubectl-create",
        "kubectl-edit",
        "kubectl-expose",
        "kubectl-label",
        "kubectl-patch",
        "kubectl-replace",
        "kubectl-run",
    }
)
"""Managers that name a command whose line needs no more than the object's name."""


class Asked(NamedTuple):
    """A write that somebody asked for.

    review     uid of the review
    at         when, microseconds since 1970-01-01 UTC
    until      until when its version may be seen; 0 if nobody listens
    uid        of the object, "" if not known; old_version: resourceVersion it was asked against
    api        API version of the object asked for; content: see `fingerprint`, "" of none
    replicas   of a scale; None otherwise
    manager    what the client calls itself as owner of fields; "" if it does not
    """

    review: str
    at: int
    until: int
    ref: ObjectRef
    resource: str
    subresource: str
    verb: str
    uid: str
    old_version: str
    api: str
    content: str
    replicas: int | None
    user: str
    groups: tuple[str, ...]
    manager: str


class _Waiting(NamedTuple):
    sequence: int
    asked: Asked


class Admitted(NamedTuple):
    """What waits for its version, by what names the object.

    total      how much it is
    due_at     when the first of it has waited long enough
    low_water  lowest sequence of it; None if nothing waits
    """

    waiting: Map[str, tuple[_Waiting, ...]]
    total: int
    due_at: int
    low_water: int | None


NOTHING_ADMITTED = Admitted(Map(), 0, _NEVER, None)


def fingerprint(obj: dict[str, Any]) -> str:
    """Of what an object says, without the API server's book-keeping; `obj` trimmed, redacted."""
    return sha256(canonical(stored_form(obj))).hexdigest()[:32]


def item(asked: Asked) -> SpoolItem:
    """The entry; the same review has the same key."""
    fields = asked._asdict() | {"ref": list(asked.ref)}
    body = orjson.dumps([_FORMAT, *fields.values()])
    return SpoolItem(f"{SOURCE}/{asked.review}", SOURCE, asked.at, body)


def asked_of(body: bytes) -> Asked:
    """What an entry holds. MemoryDamaged for one that a newer program made."""
    made, *rest = orjson.loads(body)
    if made != _FORMAT:
        raise MemoryDamaged(
            "the spool holds reviews that a newer program took in", "install a newer kubectl-smart"
        )
    asked = Asked(*rest)
    return asked._replace(ref=ObjectRef(*asked.ref), groups=tuple(asked.groups))


def wait(admitted: Admitted, sequence: int, asked: Asked) -> Admitted:
    """It waits for its version."""
    key = _key(asked.uid, asked.ref)
    each = (*admitted.waiting.get(key, ()), _Waiting(sequence, asked))
    waiting = admitted.waiting.set(key, each)
    low = sequence if admitted.low_water is None else min(admitted.low_water, sequence)
    due = min(admitted.due_at, asked.until) if admitted.total < MOST else 0
    return Admitted(waiting, admitted.total + 1, due, low)


def overdue(admitted: Admitted, now: int) -> tuple[Admitted, list[Asked]]:
    """What has waited long enough by `now`, or is too much, in the order it came."""
    everything = sorted(one for each in admitted.waiting.values() for one in each)
    surplus = len(everything) - MOST // 2 if len(everything) > MOST else 0
    done = {
        one.sequence: one.asked
        for at, one in enumerate(everything)
        if at < surplus or one.asked.until <= now
    }
    kept: dict[str, tuple[_Waiting, ...]] = {}
    for key, each in admitted.waiting.items():
        left = tuple(one for one in each if one.sequence not in done)
        if left:
            kept[key] = left
    return _made(Map(kept)), list(done.values())


def sequences(admitted: Admitted) -> set[int]:
    """Of everything that waits."""
    return {one.sequence for each in admitted.waiting.values() for one in each}


def joined(admitted: Admitted, known: Known | None, version: Version) -> tuple[Admitted, Version]:
    """The version with who asked for it, if that is known; they wait no more.

    known  the object before this version
    """
    if not admitted.waiting:
        return admitted, version
    # a creation may have been asked for before the object had a uid
    keys = {_key(version.uid, version.ref), _key("", version.ref)}
    found = [one for key in keys for one in admitted.waiting.get(key, ())]
    if not found or _is_as_before(known, version):
        return admitted, version
    ways = {one: how for one in found if (how := _how(one.asked, known, version))}
    if not ways:
        return admitted, version
    users = {one.asked.user for one in ways}
    last = max(ways)
    waiting = admitted.waiting
    for key in sorted(key for key in keys if key in waiting):
        left = tuple(
            one
            for one in waiting[key]
            if one not in ways and (one.asked.user not in users or one.sequence > last.sequence)
        )
        waiting = waiting.set(key, left) if left else waiting.delete(key)
    return _made(waiting), _told(version, last.asked, ways[last], sorted(users))


def attempt(asked: Asked) -> Step | None:
    """What is recorded of a request whose outcome was not heard; None of a machine's."""
    actor = _who(asked, "")
    if actor.kind in _MACHINES or not actor.name:
        return None
    return Step(
        id=step_id(f"{SOURCE}/{asked.review}"),
        actor=actor,
        action="attempt",
        target=asked.ref,
        namespace=asked.ref.namespace,
        command=_line(asked) or f"{asked.verb} {commands.target(_event(asked))}{_place(asked)}",
        happened_at=asked.at,
        until=asked.at,
        count=1,
        status=0,
        outcome=UNHEARD,
        audit_ids=(),
    )


def _key(uid: str, ref: ObjectRef) -> str:
    return uid or "/".join(ref)


def _made(waiting: Map[str, tuple[_Waiting, ...]]) -> Admitted:
    everything = [one for each in waiting.values() for one in each]
    due = min((one.asked.until for one in everything), default=_NEVER)
    low = min((one.sequence for one in everything), default=None)
    return Admitted(waiting, len(everything), due, low)


def _is_as_before(known: Known | None, version: Version) -> bool:
    """Whether only a status or the like differs: nobody asked for that here."""
    if version.type in GONE or known is None or known.state is None or version.object is None:
        return False
    before = {k: v for k, v in orjson.loads(known.state).items() if k != "status"}
    return known.uid == version.uid and canonical(before) == canonical(stored_form(version.object))


def _how(asked: Asked, known: Known | None, version: Version) -> str:
    """By what the request and the version belong together, in words; "" if they do not."""
    if 0 < number(version.version) <= number(asked.old_version):
        return ""  # the watch tells late: this version was there when it was asked
    obj = version.object or {}
    metadata = obj.get("metadata") or {}
    prompt = version.at - asked.at <= PROMPT or version.since > 0
    if asked.verb == "delete":
        going = version.type in GONE or bool(metadata.get("deletionTimestamp"))
        return "asked to delete this uid" if going and prompt else ""
    if version.type in GONE:
        return ""
    if asked.replicas is not None:
        same = (obj.get("spec") or {}).get("replicas") == asked.replicas
        return f"asked to scale this uid to {asked.replicas}" if same and prompt else ""
    if asked.content == fingerprint(obj):
        return "asked for this very content"
    if asked.verb == "create" and asked.uid and known is None:
        return "asked to create this uid"
    if not prompt or asked.api == str(obj.get("apiVersion") or ""):
        return ""
    # asked for in another API version, so that contents cannot be compared
    follows = known is not None and 0 < known.version == number(asked.old_version)
    return "probably: asked to change the version before this one" if follows else ""


def _told(version: Version, asked: Asked, how: str, users: list[str]) -> Version:
    before = max(0, version.at - asked.at) // 1_000
    when = f"{before} ms before it was seen" if before < 10_000 else f"{before // 1_000} s before"
    if len(users) > 1:
        said = f"by admission: one of {', '.join(users)}, who {how}, the last {when}"
        return version._replace(actor=UNKNOWN_ACTOR, attribution=said)
    # field managers say nothing of who deletes
    seen = "" if asked.verb == "delete" else version.via
    return version._replace(
        actor=_who(asked, seen), via=_via(asked, seen), attribution=f"by admission: {how}, {when}"
    )


def _who(asked: Asked, seen: str) -> Actor:
    """Who asked; `seen` is what the version's field managers say of how."""
    return identify(asked.user, asked.groups, "", (), asked.manager or seen).actor


def _line(asked: Asked) -> str:
    """The command, as far as it can be told; "" if it cannot."""
    if asked.manager in _TELLING:
        return commands.via(_event(asked), UNKNOWN_ACTOR)
    if asked.subresource == "scale" or asked.verb == "delete":
        # who sends these seldom says what they are called
        line = commands.via(_event(asked), UNKNOWN_ACTOR)
        return line if product(asked.manager) == "kubectl" else line.removeprefix("kubectl ")
    return called_by(asked.manager) if asked.manager else ""


def _via(asked: Asked, seen: str) -> str:
    """How, by what was asked and by what the version's field managers say."""
    line = _line(asked)
    if line and not line.startswith("kubectl") and product(seen) == "kubectl":
        return f"kubectl {line}"
    return line if line.startswith("kubectl") else seen or line


def _place(asked: Asked) -> str:
    return commands.place(_event(asked))


def _event(asked: Asked) -> AuditEvent:
    """The request in the form from which kubectl's commands are rebuilt."""
    request = None if asked.replicas is None else {"spec": {"replicas": asked.replicas}}
    return AuditEvent(
        audit_id="",
        stage="",
        started_at=asked.at,
        at=asked.at,
        verb=asked.verb,
        user=asked.user,
        groups=asked.groups,
        impersonated="",
        impersonated_groups=(),
        agent="kubectl/",
        group=asked.ref.group,
        resource=asked.resource,
        subresource=asked.subresource,
        namespace="" if asked.ref.namespace == CLUSTER else asked.ref.namespace,
        name=asked.ref.name,
        query={"fieldManager": [asked.manager]} if asked.manager else {},
        code=0,
        status="",
        message="",
        details={},
        request=request,
        response=None,
    )
