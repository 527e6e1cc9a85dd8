"""ResourceQuotas: what a pod would use of them, and the words in which they refuse one.

`refused` is for who counts by themselves; `quota_refusal` counts the pods of the namespace.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kubectl_smart.simulate.admission.amounts import ONE, Amount, Amounts, amounts, of_pod, total
from kubectl_smart.simulate.admission.objects import Object, Objects

_REQUIRED = (
    "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory",
)  # fmt: skip
_NATIVE = ("cpu", "memory", "ephemeral-storage")
_FINISHED = ("Succeeded", "Failed")


def quota_refusal(pod: Object, objects: Objects) -> str:
    """Why the quotas of its namespace refuse a pod; "" if none does."""
    namespace = (pod.get("metadata") or {}).get("namespace") or "default"
    quotas = [one for one in objects.list("ResourceQuota", namespace) if counts(one, pod)]
    if not quotas:
        return ""
    others = [one for one in objects.list("Pod", namespace) if not _same(one, pod)]
    used = {
        one["metadata"]["name"]: total(usage(other) for other in others if counts(one, other))
        for one in quotas
    }
    return refused(pod, quotas, used)


def refused(pod: Object, quotas: Iterable[Object], used: Mapping[str, Amounts]) -> str:
    """Why quotas that count a pod refuse it; "" if none does.

    used  quota's name -> what the pods that it counts use of each resource
    """
    asked = usage(pod)
    ordered = sorted(quotas, key=lambda one: str(one["metadata"]["name"]))
    for quota in ordered:
        missing = _missing(pod, _hard(quota))
        if missing:
            return f"failed quota: {quota['metadata']['name']}: must specify {missing}"
    for quota in ordered:
        name, hard = quota["metadata"]["name"], _hard(quota)
        held = used.get(name, {})
        over = {
            key: asked[key]
            for key in hard
            if key in asked and held.get(key, _NOTHING).plus(asked[key]).number > hard[key].number
        }
        if over:
            return (
                f"exceeded quota: {name}, requested: {_shown(over, over)}, "
                f"used: {_shown(held, over)}, limited: {_shown(hard, over)}"
            )
    return ""


_NOTHING = Amount(ONE.number * 0)


def _same(one: Object, other: Object) -> bool:
    return bool(one["metadata"].get("name") == other["metadata"].get("name"))


def _hard(quota: Object) -> Amounts:
    return amounts(dict((quota.get("spec") or {}).get("hard") or {}))


def _shown(values: Mapping[str, Amount], keys: Iterable[str]) -> str:
    return ",".join(f"{key}={values.get(key, _NOTHING)}" for key in sorted(keys))


def usage(pod: Object) -> Amounts:
    """What a pod uses of a quota's resources; of a finished one only the object counts."""
    if (pod.get("status") or {}).get("phase") in _FINISHED:
        return {"count/pods": ONE}
    spec = pod.get("spec") or {}
    found = _named(of_pod(spec, "requests"), of_pod(spec, "limits"))
    return {"count/pods": ONE, "pods": ONE, **found}


def _named(requests: Amounts, limits: Amounts) -> Amounts:
    found: Amounts = {}
    for name, one in requests.items():
        found[f"requests.{name}"] = one
        if name in _NATIVE or name.startswith("hugepages-"):
            found[name] = one
    for name in _NATIVE:
        if name in limits:
            found[f"limits.{name}"] = limits[name]
    return found


def _missing(pod: Object, hard: Amounts) -> str:
    """What containers must say because the quota counts it: `limits.cpu for: main; ...`."""
    spec = pod.get("spec") or {}
    lacking: dict[str, set[str]] = {}
    for container in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ())):
        resources = container.get("resources") or {}
        said = _named(amounts(resources.get("requests")), amounts(resources.get("limits")))
        for name in _REQUIRED:
            if name in hard and name not in said:
                lacking.setdefault(name, set()).add(str(container.get("name")))
    return "; ".join(f"{name} for: {','.join(sorted(lacking[name]))}" for name in sorted(lacking))


# --- scopes -----------------------------------------------------------------------------------


def counts(quota: Object, pod: Object) -> bool:
    """Whether a quota's scopes take a pod in."""
    spec = quota.get("spec") or {}
    selector = (spec.get("scopeSelector") or {}).get("matchExpressions") or ()
    scopes = [{"scopeName": name, "operator": "Exists"} for name in spec.get("scopes") or ()]
    return all(_in_scope(one, pod.get("spec") or {}) for one in (*scopes, *selector))


def _in_scope(wanted: Mapping[str, Any], spec: Mapping[str, Any]) -> bool:
    match wanted.get("scopeName"):
        case "Terminating":
            return spec.get("activeDeadlineSeconds") is not None
        case "NotTerminating":
            return spec.get("activeDeadlineSeconds") is None
        case "BestEffort":
            return _best_effort(spec)
        case "NotBestEffort":
            return not _best_effort(spec)
        case "PriorityClass":
            return _by_class(wanted, spec.get("priorityClassName") or "")
        case "CrossNamespacePodAffinity":
            return _across_namespaces(spec.get("affinity") or {})
    return False


def _best_effort(spec: Mapping[str, Any]) -> bool:
    asked = [of_pod(spec, field) for field in ("requests", "limits")]
    return not any(
        one.number for part in asked for name, one in part.items() if name in _NATIVE[:2]
    )


def _by_class(wanted: Mapping[str, Any], name: str) -> bool:
    values = wanted.get("values") or ()
    match wanted.get("operator"):
        case "In":
            return name in values
        case "NotIn":
            return name not in values
        case "DoesNotExist":
            return not name
    return bool(name)


def _across_namespaces(affinity: Mapping[str, Any]) -> bool:
    for field in ("podAffinity", "podAntiAffinity"):
        part = affinity.get(field) or {}
        preferred = part.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
        terms = [
            *(part.get("requiredDuringSchedulingIgnoredDuringExecution") or ()),
            *(one.get("podAffinityTerm") or {} for one in preferred),
        ]
        if any(one.get("namespaces") or one.get("namespaceSelector") is not None for one in terms):
            return True
    return False
