"""LimitRanges: what they give the containers of a pod, and what they do not allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kubectl_smart.simulate.admission.amounts import Amount, Amounts, amounts, of_pod
from kubectl_smart.simulate.admission.objects import Object, Objects

_ANNOTATION = "kubernetes.io/limit-ranger"


def with_limit_ranges(pod: dict[str, Any], objects: Objects) -> None:
    """Give each container the limits and requests that it does not name itself."""
    told: list[str] = []
    for limit in _limits(pod, objects, "Container"):
        for container in _containers(pod):
            told += _given(container, limit)
    if told:
        annotations = pod["metadata"].setdefault("annotations", {})
        annotations[_ANNOTATION] = "LimitRanger plugin set: " + "; ".join(told)


def _given(container: dict[str, Any], limit: Mapping[str, Any]) -> list[str]:
    told = []
    resources = container.setdefault("resources", {})
    for field, source, word in (
        ("requests", "defaultRequest", "request"), ("limits", "default", "limit"),
    ):  # fmt: skip
        held = resources.get(field) or {}
        new = {key: value for key, value in (limit.get(source) or {}).items() if key not in held}
        if new:
            resources[field] = {**held, **new}
            told.append(f"{', '.join(sorted(new))} {word} for container {container.get('name')}")
    return told


def _containers(pod: Object) -> Iterator[dict[str, Any]]:
    spec = pod.get("spec") or {}
    for field in ("containers", "initContainers"):
        yield from spec.get(field) or ()


def _limits(pod: Object, objects: Objects, kind: str) -> list[Mapping[str, Any]]:
    """Items of a type, of the LimitRanges in a pod's namespace, by name."""
    namespace = (pod.get("metadata") or {}).get("namespace") or "default"
    ranges = sorted(objects.list("LimitRange", namespace), key=lambda one: one["metadata"]["name"])
    return [
        limit
        for one in ranges
        for limit in (one.get("spec") or {}).get("limits") or ()
        if limit.get("type") == kind
    ]


def violations(pod: Object, objects: Objects) -> str:
    """What the LimitRanges do not allow, in the plugin's words; "" if nothing."""
    spec = pod.get("spec") or {}
    found: list[str] = []
    for limit in _limits(pod, objects, "Container"):
        for container in _containers(pod):
            resources = container.get("resources") or {}
            found += _broken(
                "Container", limit, amounts(resources.get("requests")),
                amounts(resources.get("limits")),
            )  # fmt: skip
    for limit in _limits(pod, objects, "Pod"):
        found += _broken("Pod", limit, of_pod(spec, "requests"), of_pod(spec, "limits"))
    return found[0] if len(found) == 1 else f"[{', '.join(found)}]" if found else ""


def _broken(
    kind: str, limit: Mapping[str, Any], requests: Amounts, limits: Amounts
) -> Iterator[str]:
    for name, least in sorted(amounts(limit.get("min")).items()):
        yield from _below(f"minimum {name} usage per {kind} is {least}", least, requests.get(name),
                          limits.get(name))  # fmt: skip
    for name, most in sorted(amounts(limit.get("max")).items()):
        yield from _above(f"maximum {name} usage per {kind} is {most}", most, requests.get(name),
                          limits.get(name))  # fmt: skip
    for name, ratio in sorted(amounts(limit.get("maxLimitRequestRatio")).items()):
        said = f"{name} max limit to request ratio per {kind} is {ratio}"
        request, limited = requests.get(name), limits.get(name)
        if request is None or not request.number:
            yield f"{said}, but no request is specified or request is 0"
        elif limited is None or not limited.number:
            yield f"{said}, but no limit is specified or limit is 0"
        elif limited.number / request.number > ratio.number:
            yield f"{said}, but provided ratio is {float(limited.number / request.number):f}"


def _below(said: str, least: Amount, request: Amount | None, limit: Amount | None) -> Iterator[str]:
    if request is None:
        yield f"{said}.  No request is specified"
    elif request.number < least.number:
        yield f"{said}, but request is {request}"
    elif limit is not None and limit.number < least.number:
        yield f"{said}, but limit is {limit}"


def _above(said: str, most: Amount, request: Amount | None, limit: Amount | None) -> Iterator[str]:
    if limit is None:
        yield f"{said}.  No limit is specified"
    elif limit.number > most.number:
        yield f"{said}, but limit is {limit}"
    elif request is not None and request.number > most.number:
        yield f"{said}, but request is {request}"
