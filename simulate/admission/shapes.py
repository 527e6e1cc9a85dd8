"""Whether an object has the shape that all behind relies on; others the API server refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kubectl_smart.simulate.admission.templates import PLACES

_TEXTS = ("labels", "annotations")
_POD_LISTS = (
    "containers", "initContainers", "ephemeralContainers", "volumes", "tolerations",
    "topologySpreadConstraints", "imagePullSecrets", "schedulingGates", "hostAliases",
)  # fmt: skip
_POD_MAPS = ("nodeSelector", "affinity", "overhead", "securityContext", "resources")
_CONTAINER_LISTS = ("ports", "env", "envFrom", "volumeMounts", "volumeDevices")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe", "securityContext")
_NUMBERS = ("replicas", "parallelism", "completions", "backoffLimit", "minReadySeconds")


def misshapen(obj: Mapping[str, Any]) -> str:
    """The first field that is not of its type: `spec.replicas: not a whole number`; "" if none."""
    return next(_faults(obj), "")


def _faults(obj: Mapping[str, Any]) -> Iterator[str]:
    yield from _map(obj, "metadata", "")
    metadata = obj.get("metadata")
    if isinstance(metadata, dict):
        yield from _metadata(metadata, "metadata")
    yield from _map(obj, "spec", "")
    spec = obj.get("spec")
    if not isinstance(spec, dict):
        return
    kind = str(obj.get("kind"))
    if kind == "Node":
        yield from _items(spec, "taints", "spec.")
    if kind in PLACES:
        for field in _NUMBERS:
            value = spec.get(field)
            if value is not None and (type(value) is not int or value < 0):
                yield f"spec.{field}: not a whole number from 0 on"
        yield from _pod_spec(obj, PLACES[kind])


def _metadata(metadata: Mapping[str, Any], path: str) -> Iterator[str]:
    for field in _TEXTS:
        yield from _map(metadata, field, f"{path}.")
        held = metadata.get(field)
        for key, value in held.items() if isinstance(held, dict) else ():
            if type(value) is not str:
                yield f"{path}.{field}.{key}: not a text (put it in quotes)"
    for field in ("name", "namespace"):
        if not isinstance(metadata.get(field, ""), str):
            yield f"{path}.{field}: not a text"
    yield from _items(metadata, "ownerReferences", f"{path}.")


def _pod_spec(obj: Mapping[str, Any], steps: tuple[str, ...]) -> Iterator[str]:
    here: Any = obj
    path = ""
    for step in steps:
        fault = next(_map(here, step, path), "")
        if fault:
            yield fault
        here = here.get(step)
        path += f"{step}."
        if not isinstance(here, dict):
            return
        if step == "template" and isinstance(here.get("metadata"), dict):
            yield from _metadata(here["metadata"], f"{path}metadata")
    for field in _POD_LISTS:
        yield from _items(here, field, path)
    for field in _POD_MAPS:
        yield from _map(here, field, path)
    yield from _amounts(here, path)
    for field in _POD_LISTS[:3]:
        for number, container in enumerate(here.get(field) or ()):
            yield from _container(container, f"{path}{field}[{number}].")


def _container(container: Mapping[str, Any], path: str) -> Iterator[str]:
    for field in ("name", "image"):
        if not isinstance(container.get(field, ""), str):
            yield f"{path}{field}: not a text"
    for field in _CONTAINER_LISTS:
        yield from _items(container, field, path)
    for field in _PROBES:
        yield from _map(container, field, path)
    for number, one in enumerate(container.get("env") or ()):
        yield from _map(one, "valueFrom", f"{path}env[{number}].")
    yield from _amounts(container, path)


def _amounts(holder: Mapping[str, Any], path: str) -> Iterator[str]:
    yield from _map(holder, "resources", path)
    resources = holder.get("resources")
    if isinstance(resources, dict):
        for field in ("limits", "requests"):
            yield from _map(resources, field, f"{path}resources.")


def _map(holder: Mapping[str, Any], field: str, path: str) -> Iterator[str]:
    if not isinstance(holder.get(field), dict | None):
        yield f"{path}{field}: not a map"


def _items(holder: Mapping[str, Any], field: str, path: str) -> Iterator[str]:
    value = holder.get(field)
    if value is not None and not (
        isinstance(value, list) and all(isinstance(one, dict) for one in value)
    ):
        yield f"{path}{field}: not a list of maps"
