"""Requests that an admission webhook was asked about, and what became of them. Pure.

A review comes before a write is stored: another webhook may still refuse it, and it may conflict.
So it is no change. It tells what a watch cannot: who asks, as the API server authenticated them.
When the watch then shows the version that was asked for, the two are one: the version gives the
change, the review its actor, and the change says by what they were joined. A review of which no
version was seen in time, or of which none can be seen because nobody listens, is a person's
attempt, whose outcome was not heard; of a machine's nothing is left.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import orjson
from immutables import Map

from kubectl_smart.capture.decoding.asked import SOURCE, Asked, fingerprint, via, wanted, who
from kubectl_smart.capture.decoding.joining import GONE, Version
from kubectl_smart.capture.decoding.state import Known, number
from kubectl_smart.memory.formats.identity import step_id
from kubectl_smart.memory.formats.manifests import canonical, stored_form
from kubectl_smart.memory.records.actors import UNKNOWN_ACTOR, ActorKind
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.steps import Step

KEPT = 120_000_000
"""Microseconds for which a version of what was asked may still be seen: a watch that broke off
comes back within them."""
PROMPT = 10_000_000
"""Microseconds within which a version has to be seen whose content says little: a deletion, a
scale. Later another one may have done the same."""
MOST = 5_000
"""Requests that wait at a time; the oldest of more are given up."""
AGAIN = 1_800_000_000
"""Microseconds within which the same request of the same person is one attempt."""
_MOST_TOLD = 1_000
UNHEARD = "admitted; whether it took place was not heard"
_NEVER = 1 << 62
_MACHINES = frozenset({ActorKind.AUTOMATION, ActorKind.CONTROLLER, ActorKind.NODE})


class _Waiting(NamedTuple):
    sequence: int
    asked: Asked


class Admitted(NamedTuple):
    """What waits for its version, by what names the object.

    total      how much it is
    due_at     when the first of it has waited long enough
    low_water  lowest sequence of it; None if nothing waits
    told       attempts recorded lately: by whom and what -> when it was asked
    """

    waiting: Map[str, tuple[_Waiting, ...]]
    total: int
    due_at: int
    low_water: int | None
    told: Map[tuple[str, str], int]


NOTHING_ADMITTED = Admitted(Map(), 0, _NEVER, None, Map())


def wait(admitted: Admitted, sequence: int, asked: Asked) -> Admitted:
    """It waits for its version."""
    key = _key(asked.uid, asked.ref)
    each = (*admitted.waiting.get(key, ()), _Waiting(sequence, asked))
    waiting = admitted.waiting.set(key, each)
    low = sequence if admitted.low_water is None else min(admitted.low_water, sequence)
    due = min(admitted.due_at, asked.until) if admitted.total < MOST else 0
    return Admitted(waiting, admitted.total + 1, due, low, admitted.told)


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
    return _made(admitted, Map(kept)), list(done.values())


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
    return _made(admitted, waiting), _told(version, last.asked, ways[last], sorted(users))


def attempts(admitted: Admitted, given_up: Iterable[Asked]) -> tuple[Admitted, list[Step]]:
    """What is recorded of requests whose outcome was not heard: of people's, repeats once."""
    told, steps = admitted.told, []
    for asked in given_up:
        step = _attempt(asked)
        if step is None:
            continue
        key = (step.actor.name, step.command)
        if key in told and abs(asked.at - told[key]) < AGAIN:
            continue
        if len(told) >= _MOST_TOLD:
            told = Map({k: at for k, at in told.items() if asked.at - at < AGAIN})
        if len(told) >= _MOST_TOLD:
            told = Map()
        told = told.set(key, asked.at)
        steps.append(step)
    return admitted._replace(told=told), steps


def _attempt(asked: Asked) -> Step | None:
    actor = who(asked, "")
    if actor.kind in _MACHINES or not actor.name:
        return None
    return Step(
        id=step_id(f"{SOURCE}/{asked.review}"),
        actor=actor,
        action="attempt",
        target=asked.ref,
        namespace=asked.ref.namespace,
        command=wanted(asked),
        happened_at=asked.at,
        until=asked.at,
        count=1,
        status=0,
        outcome=UNHEARD,
        audit_ids=(),
    )


def _key(uid: str, ref: ObjectRef) -> str:
    return uid or "/".join(ref)


def _made(admitted: Admitted, waiting: Map[str, tuple[_Waiting, ...]]) -> Admitted:
    everything = [one for each in waiting.values() for one in each]
    due = min((one.asked.until for one in everything), default=_NEVER)
    low = min((one.sequence for one in everything), default=None)
    return Admitted(waiting, len(everything), due, low, admitted.told)


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
        actor=who(asked, seen), via=via(asked, seen), attribution=f"by admission: {how}, {when}"
    )
