"""Versions as they lie in the spool: what a watch saw, made into an entry and read back."""

from __future__ import annotations

import orjson

from kubectl_smart.capture.decoding.joining import GONE, Version
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.errors import MemoryDamaged
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.store.protocols import SpoolItem

SOURCE = "watch"
_VERSION = 1


def item(version: Version, now: int) -> SpoolItem:
    """The entry; the same version has the same key, however it was come by.

    version  trimmed and redacted already
    now      when it was received, microseconds since 1970-01-01 UTC
    """
    end = "gone" if version.type in GONE else "seen"
    which = version.uid or "/".join(version.ref)
    key = f"{SOURCE}/{which}/{version.version}/{end}"
    body = [
        _VERSION,
        version.type,
        list(version.ref),
        version[2:9],
        [version.actor.name, version.actor.kind.value, version.actor.acting_for],
        version.via,
        version.attribution,
    ]
    return SpoolItem(key, SOURCE, now, orjson.dumps(body))


def version_of(body: bytes) -> Version:
    """The version an entry holds. MemoryDamaged for one that a newer program made."""
    made, kind, ref, rest, actor, via, attribution = orjson.loads(body)
    if made != _VERSION:
        raise MemoryDamaged(
            "the spool holds versions that a newer program took in", "install a newer kubectl-smart"
        )
    name, actor_kind, acting_for = actor
    who = Actor(name, ActorKind(actor_kind), acting_for)
    return Version._make([kind, ObjectRef(*ref), *rest, who, via, attribution])
