"""A write that somebody asked for, as an admission webhook heard of it: its entry, who, and how."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from kubectl_smart.capture.decoding import commands
from kubectl_smart.capture.decoding.actors import identify
from kubectl_smart.capture.decoding.clients import product
from kubectl_smart.capture.decoding.events import AuditEvent
from kubectl_smart.capture.decoding.managers import called_by
from kubectl_smart.memory.formats.manifests import canonical, stored_form
from kubectl_smart.memory.records.actors import UNKNOWN_ACTOR, Actor
from kubectl_smart.memory.records.errors import MemoryDamaged
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.store.protocols import SpoolItem

SOURCE = "admission"
_FORMAT = 1
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


def who(asked: Asked, seen: str) -> Actor:
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


def via(asked: Asked, seen: str) -> str:
    """How, by what was asked and by what the version's field managers say."""
    line = _line(asked)
    if line and not line.startswith("kubectl") and product(seen) == "kubectl":
        return f"kubectl {line}"
    return line if line.startswith("kubectl") else seen or line


def wanted(asked: Asked) -> str:
    """What was asked for, in words, where nothing else tells how."""
    return _line(asked) or f"{asked.verb} {commands.target(_event(asked))}{_place(asked)}"


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
