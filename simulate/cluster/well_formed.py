"""Which part of a snapshot is not what an API server writes: asked when it cannot be simulated.

`kubectl get` writes no such thing; who mends a snapshot by hand does. Only fields are looked at
that the model reads, and only kinds of Kubernetes' own: others may call anything `replicas`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kubectl_smart.simulate.cluster.quantities import NoQuantity, milli
from kubectl_smart.simulate.cluster.reading import Raw, name_of, namespace_of
from kubectl_smart.simulate.cluster.store import KINDS, kind_of

_LISTS = frozenset(
    {
        "conditions", "containers", "containerStatuses", "endpoints", "ephemeralContainers",
        "initContainers", "matchExpressions", "matchFields", "nodeSelectorTerms",
        "ownerReferences", "ports", "resourceClaims", "schedulingGates", "taints", "tolerations",
        "topologySpreadConstraints", "volumeClaimTemplates", "volumes",
    }
)  # fmt: skip
_MAPPINGS = frozenset(
    {
        "affinity", "labelSelector", "metadata", "nodeAffinity", "podAffinity", "podAntiAffinity",
        "resources", "selector", "strategy", "template", "updateStrategy",
    }
)  # fmt: skip
_TEXTS = frozenset({"annotations", "labels", "matchLabels", "nodeSelector"})
_AMOUNTS = frozenset({"allocatable", "capacity", "hard", "overhead", "requests"})
_NUMBERS = frozenset(
    {
        "activeDeadlineSeconds", "backoffLimit", "completions", "minReadySeconds", "parallelism",
        "priority", "progressDeadlineSeconds", "replicas", "restartCount",
        "terminationGracePeriodSeconds", "tolerationSeconds",
    }
)  # fmt: skip
_NAMES = frozenset({"namespace", "nodeName", "phase", "uid"})
_SHARES = frozenset({"maxSurge", "maxUnavailable", "minAvailable"})
_SIGNED = frozenset({"priority", "tolerationSeconds"})


def faults(objects: Iterable[Raw]) -> Iterator[str]:
    """`Node /worker-1: spec.taints is no list of mappings`, for each field that is wrong."""
    for raw in objects:
        kind = kind_of(raw)
        if kind in KINDS:
            title = "/".join(filter(None, (namespace_of(raw), name_of(raw))))
            for key in ("spec", "status"):
                if not isinstance(raw.get(key), dict | None):
                    yield f"{kind} {title}: {key} is no mapping"
            for found in _in(raw, ""):
                yield f"{kind} {title}: {found}"


def _in(found: Any, place: str) -> Iterator[str]:
    if isinstance(found, list):
        for number, one in enumerate(found):
            yield from _in(one, f"{place}[{number}]")
    elif isinstance(found, dict):
        for key, value in found.items():
            path = f"{place}.{key}" if place else str(key)
            wrong = "" if value is None else _wrong(key, value)
            if wrong:
                yield f"{path} is {wrong}"
            elif key not in _TEXTS:
                yield from _in(value, path)


def _wrong(key: str, value: Any) -> str:
    """What is wrong with a field of that name; "" if nothing is."""
    if key in _LISTS and not _all(value, list, dict):
        return "no list of mappings"
    if key == "volumes" and not all(isinstance(one.get("name"), str) for one in value):
        return "no list of volumes with names"
    if key in _MAPPINGS and not isinstance(value, dict):
        return "no mapping"
    if key in _TEXTS and not _all(value, dict, str):
        return "no mapping of texts"
    if key in _AMOUNTS and not (_all(value, dict, str | int | float) and _none_below(value)):
        return "no mapping of amounts from 0 on"
    if key in _SHARES and not _share(value):
        return f"no whole number from 0 on and no percentage: {value!r}"
    if key in _NAMES and not isinstance(value, str):
        return f"no text: {value!r}"
    if key in _NUMBERS and (type(value) is not int or (value < 0 and key not in _SIGNED)):
        return f"no whole number{'' if key in _SIGNED else ' from 0 on'}: {value!r}"
    return ""


def _share(found: Any) -> bool:
    text = str(found)
    return type(found) in (int, str) and text.removesuffix("%").isdecimal()


def _all(found: Any, outer: type[list[Any]] | type[dict[str, Any]], inner: Any) -> bool:
    if not isinstance(found, outer):
        return False
    values = found.values() if isinstance(found, dict) else found
    return all(isinstance(one, inner) for one in values)


def _none_below(amounts: dict[str, Any]) -> bool:
    try:
        return all(milli(one) >= 0 for one in amounts.values())
    except NoQuantity:
        return False
