"""Moments: what of one change can be the cause or the effect of a link.

A moment is a function of one change alone, with the edits that the index tells of it. It belongs to
a family: the declared object at the top of an owner chain with all that controllers made from it,
or any other declared object by itself. Who made a Pod is told by its name, which its maker's name
begins: the API server makes it so, and the name of a ReplicaSet ends with the hash of its template.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import Change, Facet, Knowledge
from kubectl_smart.memory.records.objects import ObjectRef


class Role(IntEnum):
    """What a moment is; of those of one instant, what can be a cause of the next comes first."""

    REPOSITORY = 0
    """A manifest repository came to say something else of the object."""
    SCALER = 1
    """An autoscaler of the object was edited."""
    ORDER = 2
    """The object was edited: more than its metadata."""
    ORDER_GONE = 3
    """The object was deleted."""
    MORE = 4
    """A ReplicaSet or a Job was made, or told to have more pods."""
    LESS = 5
    """It was told to have fewer."""
    MAKER_GONE = 6
    """It was deleted."""
    DOOMED = 7
    """A Pod was deleted or evicted, or given up with its node, and is still there."""
    CULLED = 8
    """Its maker deleted it."""
    LOST = 9
    """The same as DOOMED, as it concerns the family of the node."""
    ENDED = 10
    """A Pod is gone."""
    POD = 11
    """A Pod was made."""
    NOTED = 12
    """Only the metadata of the object was edited: no cause of anything."""
    KEPT = 13
    """A ReplicaSet or a Job was edited, but is to have as many pods as before."""


class By(IntEnum):
    """Who did it, as far as it matters."""

    ANYBODY = 0
    CONTROLLER = 1
    COLLECTOR = 2
    AUTOSCALER = 3
    AUTOMATION = 4


CREATED = 8
"""Added to `By` where an object was created: then its role does not hang on edits."""


class Happening(NamedTuple):
    """A moment before it has numbers.

    family  the object whose family it is in; None: of the change's object itself
    by      one of `By`, with CREATED
    maker   `tag_of` of the Pod's maker; 0 where that is the top of the family itself
    """

    family: ObjectRef | None
    role: Role
    by: int
    maker: int = 0


_MAKERS = frozenset({"ReplicaSet", "Job", "ReplicationController"})
_OF_NODES = (
    ":pod-garbage-collector", ":node-controller", ":taint-eviction-controller",
    ":node-lifecycle-controller",
)  # fmt: skip
_COLLECTOR = ":generic-garbage-collector"
_AUTOSCALERS = (":horizontal-pod-autoscaler", ":keda-operator", ":vpa-updater")
_SCHEDULER = "system:kube-scheduler"
_GENERATED = 58
"""What is left of a name that another is generated from (63 less five at random)."""

_NONE: tuple[Happening, ...] = ()


def tag_of(name: str) -> int:
    """What the pods of a ReplicaSet or Job know their maker by: a number made of its name."""
    base = name if len(name) < _GENERATED else f"{name}-"[:_GENERATED]
    return int.from_bytes(blake2b(base.encode(), digest_size=6).digest())


def _maker_of(pod: str, top: str) -> int:
    base = pod.rpartition("-")[0] if len(pod) < _GENERATED + 5 else pod[:-5]
    return 0 if base == top or not base else tag_of(base)


def by_whom(actor: Actor) -> By:
    """What kind of doer an actor is."""
    if actor.kind is ActorKind.AUTOMATION:
        return By.AUTOSCALER if actor.name.endswith(_AUTOSCALERS) else By.AUTOMATION
    if actor.kind is not ActorKind.CONTROLLER:
        return By.ANYBODY
    if actor.name.endswith(_COLLECTOR):
        return By.COLLECTOR
    return By.AUTOSCALER if actor.name.endswith(_AUTOSCALERS) else By.CONTROLLER


def happenings(change: Change) -> tuple[Happening, ...]:
    """The moments that a change makes."""
    if change.facet is Facet.STATUS:
        return _NONE
    if change.facet is Facet.DECLARED:
        return (Happening(None, Role.REPOSITORY, By.ANYBODY),)
    ref = change.object
    if ref.kind == "Pod" and not ref.group:
        return _of_pod(change)
    if change.derived:
        return _of_maker(change) if ref.kind in _MAKERS else _NONE
    if change.gone:
        return (Happening(None, Role.ORDER_GONE, by_whom(change.actor)),)
    by = by_whom(change.actor) | (CREATED if change.verb == "create" else 0)
    role = role_by_edits(Role.ORDER, by, change.edits)
    own = Happening(None, role, by)
    if ref.kind == "HorizontalPodAutoscaler" and change.state is not None:
        target = _scaled(ref, change.state)
        if target is not None:
            return own, Happening(target, Role.SCALER, By.ANYBODY)
    return (own,)


def needs_state(change: Change) -> bool:
    """Whether `happenings` looks at the state of a change."""
    if change.knowledge is not Knowledge.FULL or change.gone:
        return False
    return change.object.kind == "HorizontalPodAutoscaler" or (
        change.object.kind == "Pod" and change.derived and change.actor.name.endswith(_OF_NODES)
    )


def role_by_edits(
    role: int, by: int, edits: Sequence[Sequence[Any]], *, compared: bool = False
) -> Role:
    """The role that a moment has with these edits (path, before, after); others keep theirs.

    The edits of a change may be told anew when another comes late: see `index.late`.

    compared  whether they are the difference to the state before: then none means that nothing
              was edited, and not that it is not known what
    """
    if role in (Role.ORDER, Role.NOTED):
        if by & CREATED or not (edits or compared):
            return Role.ORDER
        noted = all(edit[0].startswith("metadata.") for edit in edits)
        return Role.NOTED if noted else Role.ORDER
    if role in (Role.MORE, Role.LESS, Role.KEPT):
        if by & CREATED:
            return Role.MORE
        for path, before, after, *_ in edits:
            if path == "spec.replicas":
                fewer = isinstance(before, int) and isinstance(after, int) and after < before
                return Role.LESS if fewer else Role.MORE
        return Role.KEPT
    return Role(role)


def _of_maker(change: Change) -> tuple[Happening, ...]:
    if change.owner is None:
        return _NONE
    by, tag = by_whom(change.actor), tag_of(change.object.name)
    if change.gone:
        return (Happening(change.owner, Role.MAKER_GONE, by, tag),)
    made = by | (CREATED if change.verb == "create" else 0)
    return (Happening(change.owner, role_by_edits(Role.MORE, made, change.edits), made, tag),)


def _of_pod(change: Change) -> tuple[Happening, ...]:
    top = change.owner
    if top is None or not change.derived:
        return _NONE
    maker = _maker_of(change.object.name, top.name)
    if change.gone:
        return (Happening(top, Role.ENDED, by_whom(change.actor), maker),)
    if change.verb == "create":
        return (Happening(top, Role.POD, By.ANYBODY, maker),)
    name = change.actor.name
    if name.endswith(_OF_NODES) and change.verb in ("delete", "patch"):
        node = None if change.state is None else _node(change.state)
        doomed = Happening(top, Role.DOOMED, By.CONTROLLER, maker)
        if node is None:
            return (doomed,)
        return doomed, Happening(ObjectRef("", "Node", "", node), Role.LOST, By.CONTROLLER)
    if change.verb == "evict":
        return (Happening(top, Role.DOOMED, By.ANYBODY, maker),)
    if change.verb == "delete":
        by = by_whom(change.actor)
        culled = by is By.CONTROLLER and name != _SCHEDULER
        return (Happening(top, Role.CULLED if culled else Role.DOOMED, by, maker),)
    return _NONE


def _node(state: bytes) -> str | None:
    spec = orjson.loads(state).get("spec")
    name = spec.get("nodeName") if isinstance(spec, dict) else None
    return name if isinstance(name, str) and name else None


def _scaled(ref: ObjectRef, state: bytes) -> ObjectRef | None:
    spec = orjson.loads(state).get("spec")
    target = spec.get("scaleTargetRef") if isinstance(spec, dict) else None
    if not isinstance(target, dict):
        return None
    kind, name, version = (target.get(key, "") for key in ("kind", "name", "apiVersion"))
    if not (isinstance(kind, str) and isinstance(name, str) and isinstance(version, str) and name):
        return None
    group = version.rpartition("/")[0]
    return ObjectRef(group, kind, ref.namespace, name)
