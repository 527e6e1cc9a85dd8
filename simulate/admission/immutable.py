"""Changes that the API server does not take, in its words."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from kubectl_smart.simulate.admission.objects import Object

_STATEFUL = (
    "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
)  # fmt: skip
_POD = (
    "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
    "additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set "
    "to 1 if it was previously negative)"
)


def not_taken(before: Object, after: Object) -> str:
    """Why a change is refused: `The Deployment "web" is invalid: ...`; "" if it is taken."""
    kind = str(before.get("kind"))
    fault = _fault(kind, before, after)
    return f'The {kind} "{before["metadata"].get("name")}" is invalid: {fault}' if fault else ""


def _fault(kind: str, before: Object, after: Object) -> str:
    old, new = before.get("spec") or {}, after.get("spec") or {}
    match kind:
        case "Deployment" | "ReplicaSet" | "DaemonSet":
            return _fixed(old, new, ("selector",))
        case "Job":
            indexed = old.get("completionMode") == "Indexed"
            completions = () if indexed else ("completions",)
            return _fixed(old, new, (*completions, "selector", "template", "completionMode"))
        case "StatefulSet" if _without(old, _STATEFUL) != _without(new, _STATEFUL):
            named = ", ".join(f"'{name}'" for name in _STATEFUL[:-1])
            return (
                "spec: Forbidden: updates to statefulset spec for fields other than "
                f"{named} and '{_STATEFUL[-1]}' are forbidden"
            )
        case "Pod" if _lasting(old, old) != _lasting(new, old):
            return _POD
        case "ConfigMap" | "Secret" if before.get("immutable"):
            for field in ("data", "binaryData"):
                if before.get(field) != after.get(field):
                    return f"{field}: Forbidden: field is immutable when `immutable` is set"
        case "PriorityClass" if before.get("value") != after.get("value"):
            return "value: Forbidden: may not be changed in an update."
        case "StorageClass" if before.get("provisioner") != after.get("provisioner"):
            return "provisioner: Forbidden: updates to provisioner are forbidden."
    return ""


def _fixed(old: dict[str, Any], new: dict[str, Any], fields: tuple[str, ...]) -> str:
    changed = (field for field in fields if field in old and old[field] != new.get(field))
    return next((f"spec.{field}: Invalid value: field is immutable" for field in changed), "")


def _without(spec: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in spec.items() if key not in fields}


def _lasting(spec: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """What of a pod's spec may not change; tolerations may only grow."""
    lasting = deepcopy(_without(spec, ("activeDeadlineSeconds",)))
    for field in ("containers", "initContainers"):
        for one in lasting.get(field) or ():
            one.pop("image", None)
    if all(one in (lasting.get("tolerations") or []) for one in old.get("tolerations") or []):
        lasting.pop("tolerations", None)
    return lasting
