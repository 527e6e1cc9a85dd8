"""The API server's work on a write, in its order: defaults, then the admission plugins. Pure."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from kubectl_smart.simulate.admission.classes import class_refusal, with_classes
from kubectl_smart.simulate.admission.limit_ranges import violations, with_limit_ranges
from kubectl_smart.simulate.admission.objects import Object, Objects
from kubectl_smart.simulate.admission.pod_defaults import (
    pod_defaults,
    pod_spec_defaults,
)
from kubectl_smart.simulate.admission.quotas import quota_refusal
from kubectl_smart.simulate.admission.storage import claim_class
from kubectl_smart.simulate.admission.templates import pod_spec
from kubectl_smart.simulate.admission.workload_defaults import kind_defaults


def defaulted(obj: Object, objects: Objects) -> dict[str, Any]:
    """The object as it is stored; what is given stays as it is, and twice is once.

    Pods also get what admission gives them: priority, overhead, tolerations, LimitRange defaults.
    What the server writes into every object (uid, creationTimestamp) is not added.
    """
    made = deepcopy(dict(obj))
    spec = pod_spec(made)
    if made.get("kind") == "Pod" and spec is not None:
        pod_spec_defaults(spec)
        pod_defaults(spec)
        with_classes(spec, objects)
        if _is_new(made, objects):
            with_limit_ranges(made, objects)
            pod_defaults(spec)
        return made
    if spec is not None:
        pod_spec_defaults(spec)
    kind_defaults(made)
    if made.get("kind") == "PersistentVolumeClaim":
        claim_class(made, objects)
    return made


def _is_new(pod: Object, objects: Objects) -> bool:
    metadata = pod["metadata"]
    place = metadata.get("namespace") or "default"
    return objects.get("Pod", place, str(metadata.get("name") or "")) is None


def refusals(pod: Object, objects: Objects) -> str | None:
    """Why the API server would not have a pod, in its words; None if it would.

    pod  as `defaulted` makes it: `pods "web-1" is forbidden: exceeded quota: small, ...`
    """
    why = class_refusal(pod, objects) or violations(pod, objects) or quota_refusal(pod, objects)
    metadata = pod.get("metadata") or {}
    name = metadata.get("name") or metadata.get("generateName") or ""
    return f'pods "{name}" is forbidden: {why}' if why else None
