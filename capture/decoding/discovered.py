"""What an API server serves: its discovery documents -> the resources that can be watched. Pure.

Newer servers tell all in two documents (aggregated discovery, apidiscovery.k8s.io/v2), older ones
a document for each version of each group. The same objects are often served in several versions,
and Events under two groups: each is to be watched once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

AGGREGATED = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"
    "application/json"
)
"""The header Accept with which aggregated discovery is asked for."""

_NEEDED = frozenset({"list", "watch"})
_TWICE = frozenset({("events.k8s.io", "events"), ("extensions", "ingresses")})
"""Resources that show what another shows as well."""


class Resource(NamedTuple):
    """A resource that can be listed and watched: ("apps", "v1", "deployments", "Deployment")."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool

    @property
    def name(self) -> str:
        """As kubectl names it: `deployments.apps`, `pods`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def path(self) -> str:
        """Where it is listed, over all namespaces."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        return f"{root}/{self.plural}"


class Served(NamedTuple):
    """What a server said it serves.

    resources  each once, ordered by name
    unsure     groups of which it could not tell all just now: what they served may be served yet
    """

    resources: tuple[Resource, ...]
    unsure: frozenset[str]


def is_aggregated(document: dict[str, Any]) -> bool:
    """Whether the server answered with aggregated discovery."""
    return document.get("kind") == "APIGroupDiscoveryList"


def aggregated(documents: Iterable[dict[str, Any]]) -> Served:
    """From APIGroupDiscoveryLists, of /api and /apis."""
    found: dict[tuple[str, str], Resource] = {}
    unsure: set[str] = set()
    for document in documents:
        for one in _dicts(document.get("items")):
            group = str((one.get("metadata") or {}).get("name") or "")
            for served in _dicts(one.get("versions")):
                if served.get("freshness") == "Stale":
                    unsure.add(group)
                for resource in _dicts(served.get("resources")):
                    kind = str((resource.get("responseKind") or {}).get("kind") or "")
                    _add(
                        found,
                        Resource(
                            group,
                            str(served.get("version") or ""),
                            str(resource.get("resource") or ""),
                            kind,
                            resource.get("scope") == "Namespaced",
                        ),
                        resource.get("verbs"),
                    )
    return _served(found, unsure)


def group_versions(core: dict[str, Any], groups: dict[str, Any]) -> list[tuple[str, str]]:
    """(group, version) of /api (APIVersions) and /apis (APIGroupList), the preferred ones first."""
    found = [("", str(version)) for version in core.get("versions") or ()]
    for one in _dicts(groups.get("groups")):
        preferred = (one.get("preferredVersion") or {}).get("version")
        versions = [str(each.get("version") or "") for each in _dicts(one.get("versions"))]
        order = sorted(versions, key=lambda version: version != preferred)
        found += [(str(one.get("name") or ""), version) for version in order]
    return found


def listed(
    documents: Iterable[tuple[str, str, dict[str, Any] | None]],
) -> Served:
    """From (group, version, APIResourceList), in the order of `group_versions`.

    None in place of a document that the server could not give.
    """
    found: dict[tuple[str, str], Resource] = {}
    unsure: set[str] = set()
    for group, version, document in documents:
        if document is None:
            unsure.add(group)
            continue
        for one in _dicts(document.get("resources")):
            resource = Resource(
                group,
                version,
                str(one.get("name") or ""),
                str(one.get("kind") or ""),
                one.get("namespaced") is True,
            )
            _add(found, resource, one.get("verbs"))
    return _served(found, unsure)


def chosen(served: Served, skip: Collection[str]) -> list[Resource]:
    """Without those that `skip` names: `secrets`, `leases.coordination.k8s.io`, `*.example.com`."""
    return [
        one for one in served.resources if one.name not in skip and f"*.{one.group}" not in skip
    ]


def _add(found: dict[tuple[str, str], Resource], resource: Resource, verbs: Any) -> None:
    whole = resource.version and resource.kind and resource.plural and "/" not in resource.plural
    key = (resource.group, resource.plural)
    if whole and key not in found and key not in _TWICE and set(verbs or ()) >= _NEEDED:
        found[key] = resource


def _served(found: dict[tuple[str, str], Resource], unsure: set[str]) -> Served:
    return Served(tuple(sorted(found.values(), key=lambda one: one.name)), frozenset(unsure))


def _dicts(found: Any) -> list[dict[str, Any]]:
    return [one for one in found if type(one) is dict] if type(found) is list else []
