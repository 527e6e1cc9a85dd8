"""The pod spec inside an object, and the containers of it that a command is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

PLACES = {
    "Pod": ("spec",),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    **dict.fromkeys(
        ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController"),
        ("spec", "template", "spec"),
    ),
}
"""Kind -> the fields on the way to its pod spec."""


def pod_spec(obj: dict[str, Any]) -> dict[str, Any] | None:
    """The pod spec of a pod or of a workload's template, to be changed; None if it has none."""
    here: Any = obj
    for step in PLACES.get(str(obj.get("kind")), ()):
        here = here.get(step) if isinstance(here, dict) else None
    return here if isinstance(here, dict) and here is not obj else None


def containers(spec: dict[str, Any], wanted: str = "*") -> Iterator[dict[str, Any]]:
    """Containers, then init containers, whose name fits a pattern with `*`."""
    for field in ("containers", "initContainers"):
        for container in spec.get(field) or ():
            if fits(str(container.get("name", "")), wanted):
                yield container


def fits(name: str, wanted: str) -> bool:
    """Whether a name fits: `*` is anything; as kubectl does it, the parts around it in order."""
    if wanted == "*":
        return True
    if "*" not in wanted:
        return name == wanted
    at = 0
    parts = wanted.split("*")
    for number, part in enumerate(parts):
        if not part:
            continue
        next_ = name[at:].find(part)
        last = number == len(parts) - 1
        if next_ < at or (number == 0 and at) or (last and len(name) != len(part) + next_):
            return False
        at = next_
    return True
