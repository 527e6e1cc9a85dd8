"""What a pod asks for: the arithmetic of component-helpers/resource `PodRequests`.

Containers add up. Sidecars (init containers that restart always) add to them and to every ordinary
init container after them; the largest moment counts. Pod-level requests replace the sum of the
resources that they name. Overhead comes on top.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from kubectl_smart.simulate.cluster.quantities import milli, whole
from kubectl_smart.simulate.cluster.reading import at, items, mapping

_DEFAULTS = {"cpu": 100, "memory": 200 * 1024 * 1024}
"""What scoring assumes of a container that asks for nothing."""
_POD_LEVEL = ("cpu", "memory")


class Requests(NamedTuple):
    """amounts: milli-cores, bytes or pieces by resource name.

    scored  (milli-cores, bytes) that scores count, where nothing asked is not nothing
    """

    amounts: dict[str, int]
    scored: tuple[int, int]


def amount(resource: str, value: Any) -> int:
    """A quantity of a resource in the unit it is counted in."""
    return milli(value) if resource.endswith("cpu") else whole(value)


def amounts_of(found: Mapping[str, Any]) -> dict[str, int]:
    """A ResourceList in exact integers."""
    return {str(name): amount(str(name), value) for name, value in found.items()}


def requests_of(spec: Mapping[str, Any]) -> Requests:
    """What a pod of this spec asks for."""
    plain = _total(spec, {})
    scored = _total(spec, _DEFAULTS)
    return Requests(
        {name: value for name, value in plain.items() if value},
        (scored.get("cpu", 0), scored.get("memory", 0)),
    )


def _total(spec: Mapping[str, Any], defaults: Mapping[str, int]) -> dict[str, int]:
    total: dict[str, int] = {}
    for container in items(spec, "containers"):
        _add(total, _container(container, defaults))
    sidecars: dict[str, int] = {}
    largest: dict[str, int] = {}
    for container in items(spec, "initContainers"):
        asked = _container(container, defaults)
        if at(container, "restartPolicy") == "Always":
            _add(total, asked)
            _add(sidecars, asked)
            asked = dict(sidecars)
        else:
            asked = _sum(asked, sidecars)
        for name, value in asked.items():
            largest[name] = max(largest.get(name, 0), value)
    for name, value in largest.items():
        total[name] = max(total.get(name, 0), value)
    of_pod = amounts_of(mapping(spec, "resources", "requests"))
    total |= {
        name: value
        for name, value in of_pod.items()
        if name in _POD_LEVEL or name.startswith("hugepages-")
    }
    _add(total, amounts_of(mapping(spec, "overhead")))
    return total


def _container(container: Any, defaults: Mapping[str, int]) -> dict[str, int]:
    asked = mapping(container, "resources", "requests")
    limits = mapping(container, "resources", "limits")
    if limits:  # the API server fills requests in from limits; a raw manifest has not been there
        asked = {**limits, **asked}
    return {**defaults, **amounts_of(asked)}


def _add(total: dict[str, int], more: Mapping[str, int]) -> None:
    for name, value in more.items():
        total[name] = total.get(name, 0) + value


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    total = dict(one)
    _add(total, other)
    return total
