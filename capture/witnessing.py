"""From an object as a list or a watch shows it to the version that is spooled.

Whatever is spooled is on disk, so redaction comes before it. What differs between what a list shows
and what was known is worked out here, too: that is what took place while nobody listened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from kubectl_smart.capture.decoding.discovered import Resource
from kubectl_smart.capture.decoding.joining import GONE, Version
from kubectl_smart.capture.decoding.managers import DELETED, UNTOLD, written_by
from kubectl_smart.capture.trimming import Unusable, trimmed_object
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.records.times import from_rfc3339


class Standing(NamedTuple):
    """What is known of an object.

    version  resourceVersion
    at       when its newest known version was made or seen, microseconds since 1970-01-01 UTC
    """

    uid: str
    version: str
    at: int


Key = tuple[str, str]
"""(namespace, name); namespace "_cluster" where the object is in none."""


class Occasion(NamedTuple):
    """When and how something was seen.

    at       microseconds since 1970-01-01 UTC
    since    until when all was told before; 0 where nothing was missed, or nobody ever listened
    audited  microseconds within which the audit event of a version may come; 0 without audit
    """

    at: int
    since: int
    audited: int


def witnessed(
    resource: Resource, kind: str, obj: Any, occasion: Occasion, redactor: Redactor
) -> Version:
    """A version.

    kind  ADDED, MODIFIED, DELETED, FIRST, LISTED: see joining.Version

    Unusable if `obj` has not the shape of an object, or no name, uid or resourceVersion.
    """
    since = max(occasion.since, _made_at(obj)) if kind == "LISTED" else occasion.since
    written = DELETED if kind in GONE else written_by(obj, since)
    # lists leave the kind out of their items
    whole = {"apiVersion": _api_version(resource), "kind": resource.kind, **obj}
    trimmed = trimmed_object(whole, redactor)
    metadata = trimmed.get("metadata") or {}
    names = [metadata.get(name) for name in ("name", "uid", "resourceVersion")]
    if not all(type(name) is str and name for name in names):
        raise Unusable("it has no name, uid or resourceVersion")
    name, uid, version = map(str, names)
    return Version(
        type=kind,
        ref=ObjectRef(resource.group, resource.kind, metadata.get("namespace") or CLUSTER, name),
        resource=resource.plural,
        uid=uid,
        version=version,
        object=trimmed,
        at=occasion.at,
        since=min(since, occasion.at),
        wait_until=_wait(kind, occasion),
        actor=written.actor,
        via=written.via,
        attribution=written.attribution,
    )


def vanished(resource: Resource, key: Key, known: Standing, occasion: Occasion) -> Version:
    """The end of an object that a list does not show any more."""
    namespace, name = key
    return Version(
        type="VANISHED",
        ref=ObjectRef(resource.group, resource.kind, namespace, name),
        resource=resource.plural,
        uid=known.uid,
        version="",
        object=None,
        at=occasion.at,
        since=min(max(occasion.since, known.at), occasion.at),
        wait_until=_wait("VANISHED", occasion),
        actor=UNTOLD.actor,
        via="",
        attribution="missing from a list: when and by whom it was deleted is not known",
    )


def kind_of_listed(
    obj: dict[str, Any], known: Mapping[Key, Standing], *, ever_heard: bool
) -> tuple[str, int]:
    """(FIRST or LISTED, since when it may have changed), or ("", 0) where it is as known.

    ever_heard  whether this resource was ever listened to
    """
    metadata = obj["metadata"]
    standing = known.get(key_of(obj))
    if standing is None:
        return ("LISTED" if ever_heard else "FIRST"), 0
    if (standing.uid, standing.version) == (metadata.get("uid"), metadata.get("resourceVersion")):
        return "", 0
    return "LISTED", standing.at


def key_of(obj: dict[str, Any]) -> Key:
    """Of an object with metadata."""
    metadata = obj["metadata"]
    return str(metadata.get("namespace") or CLUSTER), str(metadata.get("name") or "")


def standings(
    seeds: Iterable[tuple[ObjectRef, str, str, int]],
) -> dict[tuple[str, str], dict[Key, Standing]]:
    """(ref, uid, version, happened_at) of what is alive -> (group, kind) -> what is known."""
    found: dict[tuple[str, str], dict[Key, Standing]] = {}
    for ref, uid, version, at in seeds:
        of_kind = found.setdefault((ref.group, ref.kind), {})
        of_kind[ref.namespace, ref.name] = Standing(uid, version, at)
    return found


def _wait(kind: str, occasion: Occasion) -> int:
    # what was there before anybody listened has no audit event that could still come
    return occasion.at + occasion.audited if occasion.audited and kind != "FIRST" else 0


def _made_at(obj: Any) -> int:
    metadata = obj.get("metadata") if type(obj) is dict else None
    text = metadata.get("creationTimestamp") if type(metadata) is dict else None
    try:
        return from_rfc3339(text) if type(text) is str else 0
    except ValueError:
        return 0


def _api_version(resource: Resource) -> str:
    return f"{resource.group}/{resource.version}" if resource.group else resource.version
