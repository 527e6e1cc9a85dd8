"""Which object an audit event is about: from resources ("deployments") to kinds ("Deployment").

An object in the event tells its kind, and that is remembered for its resource; built-in
kinds are known anyway. A custom resource of which no object was ever seen keeps its plural
as the name of its kind: nothing is made up.
"""

from __future__ import annotations

from typing import Any

from immutables import Map

from kubectl_smart.memory.records.kinds import by_resource

Kinds = Map[tuple[str, str], str]
"""(group, resource) -> kind, learnt from objects seen."""

# Answers that are not the object that the request was about.
_OTHER_KINDS = frozenset(
    {"Status", "Scale", "Table", "PartialObjectMetadata", "Binding", "Eviction", "TokenRequest"}
)


def group_of(api_version: str) -> str:
    """The group of an apiVersion: "apps/v1" -> "apps", "v1" -> ""."""
    group, slash, _ = api_version.partition("/")
    return group if slash else ""


def kind_in(obj: Any, group: str) -> str:
    """The kind of an object that stands for itself; "" for Status, Scale and their like."""
    if type(obj) is not dict:
        return ""
    kind = obj.get("kind")
    if type(kind) is not str or kind in _OTHER_KINDS or kind.endswith(("List", "Options")):
        return ""
    return kind if group_of(str(obj.get("apiVersion") or "")) == group else ""


def kind_of(kinds: Kinds, group: str, resource: str) -> str:
    """The kind of a resource; the plural itself where nobody knows better."""
    info = by_resource(group, resource)
    if info is not None:
        return info.kind
    return kinds.get((group, resource), resource)


def learnt(kinds: Kinds, group: str, resource: str, kind: str) -> Kinds:
    """`kinds` with a custom kind added, if it is news."""
    if by_resource(group, resource) is not None or kinds.get((group, resource)) == kind:
        return kinds
    return kinds.set((group, resource), kind)
