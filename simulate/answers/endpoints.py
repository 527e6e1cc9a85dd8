"""What EndpointSlices tell of a service's endpoints, where a cluster has them.

Slices of the endpoint controller follow the service's pods: they are compared with them, and the
pods count. Slices that somebody else writes (by hand, or mirrored from hand-written Endpoints) name
endpoints that no selector finds: those are taken to stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kubectl_smart.simulate.cluster.reading import Raw, at, items, labels_of, mapping, namespace_of
from kubectl_smart.simulate.cluster.store import Cluster

_SERVICE = "kubernetes.io/service-name"
_BY = "endpointslice.kubernetes.io/managed-by"
_CONTROLLER = "endpointslice-controller.k8s.io"
_NAMED = 3
Key = tuple[str, str]
"""(namespace, name)"""


class Told(NamedTuple):
    """Ready endpoints of each service: of its pods, and those that others wrote beside them."""

    of_pods: dict[Key, int]
    beside: dict[Key, int]


def told(cluster: Cluster) -> Told:
    """What all slices of the cluster tell. Addresses of several families count once."""
    of_pods: dict[Key, dict[str, set[str]]] = {}
    beside: dict[Key, dict[str, set[str]]] = {}
    for raw in cluster.list("EndpointSlice"):
        labels = labels_of(raw)
        if _SERVICE in labels:
            key = (namespace_of(raw), labels[_SERVICE])
            which = of_pods if labels.get(_BY) == _CONTROLLER else beside
            family = which.setdefault(key, {}).setdefault(str(raw.get("addressType")), set())
            family.update(_ready(raw))
    return Told(_counted(of_pods), {key: size for key, size in _counted(beside).items() if size})


def _ready(raw: Raw) -> Iterator[str]:
    """A name for each ready endpoint; one of which nothing is said is ready."""
    for one in items(raw, "endpoints"):
        if at(one, "conditions", "ready") is not False:
            target = str(mapping(one, "targetRef").get("name") or "")
            yield target or ",".join(str(each) for each in items(one, "addresses"))


def _counted(found: Mapping[Key, Mapping[str, set[str]]]) -> dict[Key, int]:
    return {key: max(map(len, families.values())) for key, families in found.items()}


def disagreements(of_pods: Mapping[Key, int], ready: Mapping[Key, int]) -> str:
    """One sentence on the services whose slices tell another number than their pods; "" if none.

    ready  ready pods of each service with a selector
    """
    found = [
        f"{key[0]}/{key[1]} {number:,} instead of {ready[key]:,}"
        for key, number in sorted(of_pods.items())
        if key in ready and ready[key] != number
    ]
    more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
    said = ", ".join(found[:_NAMED])
    return f"EndpointSlices that tell another number than ready pods: {said}{more}" if found else ""
