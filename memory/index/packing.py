"""Records <-> the columns of the index: short, exact, and the same on both databases.

Ids become bytes. What is never asked for becomes one packed `detail`: JSON, deflated with a
preset dictionary of words that Kubernetes repeats. All free text goes there, because PostgreSQL's
text holds no NUL.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson

from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import ABSENT, UNKNOWN, Change, FieldEdit, Unset
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.dependencies import Dependency
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step

LIFE, OBSERVATION, STEP, NOTE, INCIDENT, DEPENDENCY = range(6)
"""Families of spans; all but LIFE are families of entries."""

DERIVED, LATE, GONE, FIELDS, NAME = 1, 2, 4, 8, 16
"""Bits of `flags`."""

# --- ids -----------------------------------------------------------------------------------

_ID = re.compile(r"[0-9a-f]{32}\Z")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_HEX = re.compile(r"[0-9a-f]{1,32}\Z")


def _pack_text(text: str) -> bytes:
    """Never 16 bytes long, which is the length of what is packed from hex."""
    raw = text.encode("utf-8", "surrogatepass")
    return b"\x02\x00" + raw if len(raw) == 15 else b"\x01" + raw


def _unpack_text(packed: bytes) -> str:
    return packed[2 if packed[0] == 2 else 1 :].decode("utf-8", "surrogatepass")


def pack_id(text: str) -> bytes:
    """A record's id, 16 bytes if it is 32 hex digits."""
    return bytes.fromhex(text) if _ID.match(text) else _pack_text(text)


def unpack_id(packed: bytes) -> str:
    """What `pack_id` was given."""
    return packed.hex() if len(packed) == 16 else _unpack_text(packed)


def pack_uuid(text: str) -> bytes:
    """A uid or audit id, 16 bytes if it is written as UUIDs are; b"" for ""."""
    if _UUID.match(text):
        return bytes.fromhex(text.replace("-", ""))
    return _pack_text(text) if text else b""


def unpack_uuid(packed: bytes | None) -> str:
    """What `pack_uuid` was given; "" for nothing."""
    if not packed:
        return ""
    if len(packed) != 16:
        return _unpack_text(packed)
    text = packed.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def prefix_bounds(prefix: str) -> tuple[bytes, bytes] | None:
    """The first and the last packed id that start with these hex digits; None for other text."""
    prefix = prefix.lower()
    if not _HEX.match(prefix):
        return None
    return bytes.fromhex(prefix.ljust(32, "0")), bytes.fromhex(prefix.ljust(32, "f"))


def numeric_version(text: str) -> int:
    """A resource version as a number to sort by; -1 if it is none."""
    if text.isascii() and text.isdecimal() and len(text) < 19 and (text[0] != "0" or text == "0"):
        return int(text)
    return -1


# --- detail --------------------------------------------------------------------------------

_SHORT = 72
_WINDOW = -12
_WORDS = (
    b"never,kubectl.kubernetes.io/restartedAt,app.kubernetes.io/name,registry,"
    b'"v":"kubectl delete pod kubectl apply -f kubectl edit kubectl patch kubectl set image '
    b"deployment/kubectl rollout restart deployment/kubectl scale deployment/ -n  --replicas="
    b"metadata.deletionTimestamp,metadata.ownerReferences[].uid,metadata.finalizers[],"
    b"metadata.creationTimestamp,metadata.labels.pod-template-hash,spec.nodeName,limits.memory,"
    b"spec.template.spec.containers[].resources.requests.cpu,.env[].value,data.,spec.unschedulable"
    b'spec.template.spec.containers[].image,"spec.replicas",metadata.annotations['
    b'\\"deployment.kubernetes.io/revision\\"],status.podIPs,CrashLoopBackOff,OOMKilled,'
    b"status.containerStatuses[].state.terminated.exitCode,reason,Completed,Error,"
    b"ContainerCreating,containers with unready status: [],PodInitializing,ContainersNotReady,"
    b"status.containerStatuses[].state.waiting.reason,message,status.containerStatuses[]."
    b"restartCount,lastState,started,false,true,status.conditions[PodScheduled].status,"
    b"status.conditions[Initialized].status,status.conditions[ContainersReady].reason,"
    b'status.conditions[Ready].status","False","True"],["status.phase","Pending","Running"'
    b'],["2026-01-01T00:00:00Z",null],{"e":[["'
)


def pack_detail(value: dict[str, Any] | list[Any]) -> bytes | None:
    """JSON, deflated where that is shorter; None for an empty map."""
    if not value:
        return None
    plain = orjson.dumps(value)
    if len(plain) < _SHORT:
        return plain
    deflate = zlib.compressobj(6, zlib.DEFLATED, _WINDOW, 5, zlib.Z_DEFAULT_STRATEGY, _WORDS)
    short = b"\x00" + deflate.compress(plain) + deflate.flush()
    return short if len(short) < len(plain) else plain


def unpack_detail(packed: bytes | None) -> Any:
    """What `pack_detail` was given."""
    if not packed:
        return {}
    if packed[0]:
        return orjson.loads(packed)
    return orjson.loads(zlib.decompressobj(_WINDOW, zdict=_WORDS).decompress(packed[1:]))


def pack_edits(edits: Sequence[FieldEdit]) -> list[list[Any]]:
    """[path, before, after] or, where a side has no value, [path, before, after, which]."""
    found: list[list[Any]] = []
    for path, before, after in edits:
        if isinstance(before, Unset) or isinstance(after, Unset):
            which = (before is ABSENT) + 2 * (before is UNKNOWN)
            which += 4 * (after is ABSENT) + 8 * (after is UNKNOWN)
            found.append([path, None if which & 3 else before, None if which > 3 else after, which])
        else:
            found.append([path, before, after])
    return found


_SIDES: tuple[Unset | None, ...] = (None, ABSENT, UNKNOWN)


def unpack_edits(packed: Sequence[list[Any]]) -> tuple[FieldEdit, ...]:
    """What `pack_edits` was given."""
    return tuple([_make(each) if len(each) == 3 else _edit(*each) for each in packed])


_make = FieldEdit._make


def _edit(path: str, before: Any, after: Any, which: int = 0) -> FieldEdit:
    if which & 3:
        before = _SIDES[which & 3]
    if which > 3:
        after = _SIDES[which >> 2]
    return FieldEdit(path, before, after)


def pack_actor(actor: Actor) -> list[str]:
    """[name, kind, acting for]."""
    return [actor.name, actor.kind.value, actor.acting_for]


def unpack_actor(packed: Sequence[str]) -> Actor:
    """What `pack_actor` was given."""
    return _actor(packed[0], packed[1], packed[2])


@lru_cache(maxsize=4_096)
def _actor(name: str, kind: str, acting_for: str) -> Actor:
    return Actor(name, ActorKind(kind), acting_for)


# --- rows and records of the kinds that windows ask for ---------------------------------------

ORDER = slice(0, 4)
"""Where a row of changes has what it is ordered by: happened_at, version, sequence, id."""


def order_of_row(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The order of changes, for merging rows of several statements."""
    return tuple(row[ORDER])


def observation_of(each: Committed) -> Observation | None:
    """The record, if it is an observation."""
    return each.record if isinstance(each.record, Observation) else None


def dependency_of(each: Committed) -> Dependency | None:
    """The record, if it is a dependency."""
    return each.record if isinstance(each.record, Dependency) else None


def step_of(each: Committed) -> Step | None:
    """The record, if it is a step."""
    return each.record if isinstance(each.record, Step) else None


def incident_of(each: Committed) -> Incident | None:
    """The record, if it is an incident."""
    return each.record if isinstance(each.record, Incident) else None


def standing(found: Sequence[Committed]) -> list[Committed]:
    """Those that are no notes taken back."""
    return [each for each in found if not (isinstance(each.record, Note) and each.record.retracted)]


def incidents_of(found: Sequence[Committed]) -> list[Committed]:
    """Those that are versions of incidents, by opened_at, id and sequence."""
    pairs = [(each, incident) for each in found if (incident := incident_of(each)) is not None]
    pairs.sort(key=lambda pair: (pair[1].opened_at, pair[1].id, pair[0].sequence))
    return [each for each, _ in pairs]


def valid_versions(incidents: Sequence[Committed]) -> list[Committed]:
    """Of each incident the version recorded last, by opened_at, then id."""
    last: dict[str, Committed] = {}
    for each in incidents:
        held = last.get(id_of(each))
        if held is None or each.sequence > held.sequence:
            last[id_of(each)] = each
    return incidents_of(list(last.values()))


def id_of(each: Committed) -> str:
    """The id of a note's or an incident's record."""
    return "" if isinstance(each.record, Heard) else each.record.id


def happened_at(each: Committed) -> int:
    """When a change happened, a note was made, or a version of an incident."""
    return each.record.happened_at if isinstance(each.record, Change | Note | Incident) else 0
