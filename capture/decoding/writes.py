"""From one successful write to the changes it made, and what is known of objects after it.

Subresources are where naive capture breaks: a scale answers with a Scale, a binding with a
Status, an eviction with a Status and a deletion that shows later.
"""

from __future__ import annotations

from kubectl_smart.capture.decoding import deletions
from kubectl_smart.capture.decoding.kinds import kind_in, learnt
from kubectl_smart.capture.decoding.removing import collection_deleted, deleted, gone
from kubectl_smart.capture.decoding.state import Objects
from kubectl_smart.capture.decoding.stating import put
from kubectl_smart.capture.decoding.telling import Told, composed, named, partly
from kubectl_smart.capture.decoding.written import Changes, Write, ref_of, version_of
from kubectl_smart.memory.records.changes import UNKNOWN, FieldEdit
from kubectl_smart.memory.records.kinds import by_resource

_SCALED_AT_SPEC_REPLICAS = frozenset({"", "apps", "extensions"})


def changes_of(objects: Objects, write: Write) -> Changes:
    """What is known after the write, and the changes it made; [] if it changed nothing."""
    event = write.event
    kind = kind_in(event.response, event.group) or kind_in(event.request, event.group)
    if kind and not event.subresource:
        kinds = learnt(objects.kinds, event.group, event.resource, kind)
        objects = objects._replace(kinds=kinds)
    if event.verb == "deletecollection":
        return collection_deleted(objects, write)
    if event.verb == "delete":
        return deleted(objects, write)
    match event.subresource:
        case "scale":
            return _scaled(objects, write)
        case "binding":
            return _bound(objects, write)
        case "eviction":
            return named(objects, write, "evict")
    answer = event.response
    if answer is not None and kind_in(answer, event.group):
        if event.verb != "create" and deletions.gone_after_update(answer):
            return gone(objects, write, ref_of(objects, event, answer), answer)
        return put(objects, write, answer)
    return partly(objects, write)


def _scaled(objects: Objects, write: Write) -> Changes:
    event = write.event
    ref = ref_of(objects, event)
    answer = event.response or {}
    uid, rv = version_of(answer)
    for scale in (answer, event.request):
        spec = scale.get("spec") if type(scale) is dict else None
        if type(spec) is dict and type(spec.get("replicas")) is int:
            break
    else:
        # the API server leaves out a zero in its answer
        if answer.get("kind") != "Scale":
            return named(objects, write, "scale")
        spec = {"replicas": 0}
    known_path = event.group in _SCALED_AT_SPEC_REPLICAS
    if not known_path and by_resource(event.group, event.resource) is None:
        return named(objects, write, "scale")  # which field it is, only the CRD tells
    edit = FieldEdit("spec.replicas", UNKNOWN, spec["replicas"])
    return composed(objects, write, ref, Told(uid, rv, (edit,), "scale"))


def _bound(objects: Objects, write: Write) -> Changes:
    event = write.event
    ref = ref_of(objects, event)
    target = event.request.get("target") if type(event.request) is dict else None
    node = target.get("name") if type(target) is dict else None
    if type(node) is not str:
        return named(objects, write, "bind")
    edit = FieldEdit("spec.nodeName", UNKNOWN, node)
    return composed(objects, write, ref, Told("", "", (edit,), "bind"))
