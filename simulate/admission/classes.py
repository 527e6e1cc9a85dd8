"""What classes give a pod: its priority (PriorityClass) and its overhead (RuntimeClass)."""

from __future__ import annotations

from typing import Any

from kubectl_smart.simulate.admission.objects import Object, Objects

_BUILT_IN = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}
_PREEMPTS = "PreemptLowerPriority"


def with_classes(spec: dict[str, Any], objects: Objects) -> None:
    """Write them into the spec. A class that is not there changes nothing."""
    _priority(spec, objects)
    name = spec.get("runtimeClassName")
    if name and not spec.get("overhead"):
        found = objects.get("RuntimeClass", "", str(name)) or {}
        overhead = (found.get("overhead") or {}).get("podFixed")
        if overhead:
            spec["overhead"] = dict(overhead)
        scheduling = found.get("scheduling") or {}
        if scheduling.get("nodeSelector"):
            spec["nodeSelector"] = {
                **scheduling["nodeSelector"],
                **(spec.get("nodeSelector") or {}),
            }


def _priority(spec: dict[str, Any], objects: Objects) -> None:
    name = spec.get("priorityClassName")
    if name:
        found = objects.get("PriorityClass", "", str(name))
        value = _BUILT_IN.get(str(name)) if found is None else int(found.get("value") or 0)
    else:
        found = _default_class(objects)
        value = 0 if found is None else int(found.get("value") or 0)
        if found is not None:
            spec["priorityClassName"] = found["metadata"]["name"]
    if value is not None:
        spec["priority"] = value
        spec.setdefault("preemptionPolicy", (found or {}).get("preemptionPolicy") or _PREEMPTS)


def class_refusal(pod: Object, objects: Objects) -> str:
    """Why a pod cannot be: what it names is not there, or its namespace ends; "" if it can."""
    spec, namespace = pod.get("spec") or {}, pod["metadata"].get("namespace") or "default"
    home = objects.get("Namespace", "", namespace)
    if home is not None and home["metadata"].get("deletionTimestamp"):
        return (
            f"unable to create new content in namespace {namespace} because it is being terminated"
        )
    account = spec.get("serviceAccountName") or "default"
    accounts = {one["metadata"]["name"] for one in objects.list("ServiceAccount", namespace)}
    if accounts and account not in accounts:  # without any, they are just not in the snapshot
        return (
            f"error looking up service account {namespace}/{account}: "
            f'serviceaccount "{account}" not found'
        )
    name = spec.get("priorityClassName")
    if name and name not in _BUILT_IN and objects.get("PriorityClass", "", str(name)) is None:
        return f"no PriorityClass with name {name} was found"
    runtime = spec.get("runtimeClassName")
    if runtime and objects.get("RuntimeClass", "", str(runtime)) is None:
        return f'pod rejected: RuntimeClass "{runtime}" not found'
    return ""


def _default_class(objects: Objects) -> Object | None:
    """The class of pods that name none; the lowest if there are several."""
    marked = [one for one in objects.list("PriorityClass", None) if one.get("globalDefault")]
    return min(marked, key=lambda one: int(one.get("value") or 0), default=None)
