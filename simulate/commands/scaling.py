"""`kubectl scale` and `kubectl autoscale`."""

from __future__ import annotations

from typing import Any

from kubectl_smart.memory.formats.quantities import quantity
from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.commands.asking import Asking, Found
from kubectl_smart.simulate.commands.command import Command, Verb
from kubectl_smart.simulate.commands.common_flags import FILES, PRINTING, SELECTING, TIMEOUT
from kubectl_smart.simulate.commands.effects import Effect, Put
from kubectl_smart.simulate.commands.flags import Flag

_SCALED = ("Deployment", "ReplicaSet", "StatefulSet", "ReplicationController")
_REPLICAS = "write --replicas=3"


def _check(command: Command) -> None:
    if command.number("replicas", -1) < 0:
        raise BadInput(
            "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
            _REPLICAS,
        )
    if command.number("current-replicas", -1) < -1:
        raise BadInput(
            "The --current-replicas must specify an integer of -1 or greater",
            "leave it out for no condition",
        )
    if command.number("replicas", 0) >= 2**31:
        raise BadInput("--replicas is more than a workload can have", _REPLICAS)


def _ask(command: Command, asking: Asking) -> list[Effect]:
    found = asking.found(command, command.arguments)
    version = command.text_of("resource-version")
    if version and len(found) > 1:
        raise BadInput("cannot use --resource-version with multiple resources", "name one")
    if not found and not asking.refused:
        raise BadInput("no objects passed to scale", "name what is there, or mend the selector")
    effects: list[Effect] = []
    for one in found:
        fault = _fault(one, command)
        if fault:  # kubectl stops there, and what it scaled before stays scaled
            asking.refuse(fault)
            break
        effects += _scaled(one, command.number("replicas", 0))
    return effects


def _fault(found: Found, command: Command) -> str:
    if not _can_scale(found):
        return (
            f"Error from server (NotFound): the server could not find the requested resource: "
            f"{found.said} cannot be scaled"
        )
    current, actual = command.number("current-replicas", -1), _replicas(found)
    if current not in (-1, actual):
        return f"error: Expected replicas to be {current}, was {actual}"
    version = command.text_of("resource-version")
    held = found.obj["metadata"].get("resourceVersion")
    if version and version != held:
        return f"error: Expected resource version to be {version}, was {held}"
    return ""


def _can_scale(found: Found) -> bool:
    return found.resource.kind in _SCALED or (
        found.resource.api_version != "" and isinstance(_spec(found).get("replicas"), int)
    )


def _spec(found: Found) -> dict[str, Any]:
    return dict(found.obj.get("spec") or {})


def _replicas(found: Found) -> int:
    """As many as it asks for; one where it does not say (the API server's default)."""
    said = _spec(found).get("replicas")
    return said if isinstance(said, int) else 1


def _scaled(found: Found, replicas: int) -> list[Effect]:
    if _spec(found).get("replicas") == replicas:
        return []
    obj = found.copy()
    obj.setdefault("spec", {})["replicas"] = replicas
    return [Put(obj)]


# --- autoscale ------------------------------------------------------------------------------


def _check_autoscale(command: Command) -> None:
    lowest, highest = command.number("min", -1), command.number("max", -1)
    if highest < 1:
        raise BadInput(
            f"--max=MAXPODS is required and must be at least 1, max: {highest}", "write --max=10"
        )
    if highest < lowest:
        raise BadInput(
            "--max=MAXPODS must be larger or equal to --min=MINPODS, "
            f"max: {highest}, min: {lowest}",
            "mend one of them",
        )
    if command.number("cpu-percent", -1) > 0 and command.text_of("cpu"):
        raise BadInput("--cpu-percent and --cpu are mutually exclusive", "leave one of them out")
    _metrics(command)


def _metrics(command: Command) -> list[dict[str, Any]]:
    wished = [("cpu", command.text_of("cpu"), "m"), ("memory", command.text_of("memory"), "Mi")]
    percent = command.number("cpu-percent", -1)
    if percent > 0:
        wished[0] = ("cpu", f"{percent}%", "m")
    return [
        {"type": "Resource", "resource": {"name": name, "target": _target(name, text, unit)}}
        for name, text, unit in wished
        if text
    ]


def _target(name: str, text: str, unit: str) -> dict[str, Any]:
    text = text.strip()
    if text.endswith("%"):
        if not text[:-1].isascii() or not text[:-1].isdecimal():
            raise BadInput(f"invalid percentage value: {text[:-1]}", f"write --{name}=80%")
        return {"type": "Utilization", "averageUtilization": int(text[:-1])}
    read = quantity(text)
    if read is None or read.percent:
        raise BadInput(f"invalid resource {name} value: {text}", f"write --{name}=80% or 500{unit}")
    plain = text.replace(".", "", 1).isdecimal()
    return {"type": "AverageValue", "averageValue": f"{text}{unit}" if plain else text}


def _ask_autoscale(command: Command, asking: Asking) -> list[Effect]:
    effects: list[Effect] = []
    for one in asking.found(command, command.arguments):
        if not _can_scale(one):
            raise BadInput(
                f"cannot autoscale a {one.resource.kind}", f"it may be one of {', '.join(_SCALED)}"
            )
        name = command.text_of("name") or one.name
        if asking.objects.get("HorizontalPodAutoscaler", one.namespace, name) is not None:
            asking.refuse(
                "Error from server (AlreadyExists): horizontalpodautoscalers.autoscaling "
                f'"{name}" already exists'
            )
            continue
        effects.append(Put(_autoscaler(one, name, command)))
    return effects


def _autoscaler(found: Found, name: str, command: Command) -> dict[str, Any]:
    lowest, metrics = command.number("min", -1), _metrics(command)
    target = {
        "apiVersion": found.obj["apiVersion"],
        "kind": found.resource.kind,
        "name": found.name,
    }
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": found.namespace},
        "spec": {
            "scaleTargetRef": target,
            **({"minReplicas": lowest} if lowest > 0 else {}),
            "maxReplicas": command.number("max", -1),
            **({"metrics": metrics} if metrics else {}),
        },
    }


SCALE = Verb(
    "scale",
    (
        *PRINTING, *FILES, *SELECTING, TIMEOUT, Flag("replicas", "number"),
        Flag("current-replicas", "number"), Flag("resource-version"),
    ),
    _check,
    _ask,
)  # fmt: skip
AUTOSCALE = Verb(
    "autoscale",
    (
        *PRINTING, *FILES, Flag("min", "number"), Flag("max", "number"), Flag("name"),
        Flag("cpu-percent", "number"), Flag("cpu"), Flag("memory"), Flag("save-config", "bool"),
    ),
    _check_autoscale,
    _ask_autoscale,
)  # fmt: skip
