"""The class of a claim that names none."""

from __future__ import annotations

from typing import Any

from kubectl_smart.simulate.admission.objects import Object, Objects

_MARKS = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)
_OLD = "volume.beta.kubernetes.io/storage-class"


def claim_class(claim: dict[str, Any], objects: Objects) -> None:
    """Give it the default class, the newest if several are marked; "" stays none."""
    spec = claim.setdefault("spec", {})
    annotations = claim["metadata"].get("annotations") or {}
    if spec.get("storageClassName") is not None or _OLD in annotations:
        return
    marked = [one for one in objects.list("StorageClass", None) if _is_default(one)]
    if marked:
        newest = max(str(one["metadata"].get("creationTimestamp") or "") for one in marked)
        spec["storageClassName"] = min(
            one["metadata"]["name"]
            for one in marked
            if str(one["metadata"].get("creationTimestamp") or "") == newest
        )


def _is_default(storage_class: Object) -> bool:
    annotations = storage_class["metadata"].get("annotations") or {}
    return any(annotations.get(mark) == "true" for mark in _MARKS)
