"""What a kubectl word for a type means, and how kubectl names it in its sentences."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, NamedTuple

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.memory.records.kinds import builtin, by_word
from kubectl_smart.simulate.admission.objects import Object, Objects

_ALL = (
    "pods replicationcontrollers services daemonsets.apps deployments.apps replicasets.apps "
    "statefulsets.apps horizontalpodautoscalers.autoscaling cronjobs.batch jobs.batch"
)
_CUSTOM = "CustomResourceDefinition"


class Resource(NamedTuple):
    """A type of objects. `api_version` is "" where only the objects themselves know it."""

    kind: str
    group: str
    plural: str
    namespaced: bool
    api_version: str = ""

    @property
    def said(self) -> str:
        """As kubectl writes it: `deployments.apps`, `nodes`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


def resources_of(words: str, objects: Objects) -> list[Resource]:
    """The types of `TYPE[,TYPE...]`; BadInput if the cluster has no such type."""
    found: list[Resource] = []
    for word in words.split(","):
        for one in _ALL.split() if word.lower() == "all" else (word,):
            resource = resource_of(one, objects)
            if resource not in found:
                found.append(resource)
    return found


def resource_of(word: str, objects: Objects) -> Resource:
    """The type of one word: a plural, a kind, a short name, with its group or without."""
    for info in by_word(word):
        return Resource(info.kind, info.group, info.plural, info.namespaced)
    for custom, names in _custom(objects):
        if _called(word.lower(), custom, names):
            return custom
    known = {name for info in builtin() for name in (info.plural, info.kind.lower())}
    near = get_close_matches(word.lower(), sorted(known), n=1)
    raise BadInput(
        f'the server doesn\'t have a resource type "{word}"',
        f"did you mean {near[0]}?" if near else "see `kubectl api-resources` for those it has",
    )


def resource_of_kind(obj: Object, objects: Objects) -> Resource:
    """The type of an object; BadInput if the cluster has no such kind."""
    kind, version = str(obj.get("kind", "")), str(obj.get("apiVersion", ""))
    group, slash, _ = version.partition("/")
    group = group if slash else ""
    for info in builtin():
        if (info.kind, info.group) == (kind, group):
            return Resource(kind, group, info.plural, info.namespaced, version)
    for custom, _ in _custom(objects):
        if (custom.kind, custom.group) == (kind, group):
            return custom._replace(api_version=version)
    raise BadInput(
        f'no matches for kind "{kind}" in version "{version}"',
        "ensure that its CustomResourceDefinition is installed first",
    )


def _custom(objects: Objects) -> Iterable[tuple[Resource, dict[str, Any]]]:
    for obj in objects.list(_CUSTOM, None):
        spec = obj.get("spec") or {}
        names = spec.get("names") or {}
        if not names.get("kind") or not names.get("plural"):
            continue
        versions = [v.get("name", "") for v in spec.get("versions") or () if v.get("served", True)]
        group = spec.get("group", "")
        yield (
            Resource(
                names["kind"], group, names["plural"], spec.get("scope") != "Cluster",
                f"{group}/{versions[0]}" if versions else "",
            ),
            names,
        )  # fmt: skip


def _called(word: str, custom: Resource, names: dict[str, Any]) -> bool:
    head, dot, rest = word.partition(".")
    singular = names.get("singular") or custom.kind.lower()
    called = {custom.plural, singular, custom.kind.lower(), *(names.get("shortNames") or ())}
    return head in called and (not dot or rest == custom.group or rest.endswith(f".{custom.group}"))
