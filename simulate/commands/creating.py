"""`kubectl create deployment` and `create quota`: objects made of flags."""

from __future__ import annotations

from typing import Any

from kubectl_smart.memory.formats.quantities import quantity
from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.commands.applying import created
from kubectl_smart.simulate.commands.asking import Asking
from kubectl_smart.simulate.commands.command import Command, Verb
from kubectl_smart.simulate.commands.common_flags import PRINTING, VALIDATING
from kubectl_smart.simulate.commands.effects import Effect
from kubectl_smart.simulate.commands.flags import Flag
from kubectl_smart.simulate.commands.resources import resource_of

_SCOPES = (
    "BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "PriorityClass",
    "CrossNamespacePodAffinity",
)  # fmt: skip


def name_given(command: Command) -> str:
    """The name of what is to be made; BadInput if there is none."""
    if not command.arguments:
        raise BadInput(
            "exactly one NAME is required, got 0", f"write kubectl {command.verb} NAME ..."
        )
    return command.arguments[0]


def _images(command: Command) -> list[str]:
    return [image for value in command.given("image") for image in value.split(",") if image]


def _check_deployment(command: Command) -> None:
    name_given(command)
    images = _images(command)
    if not images:
        raise BadInput('required flag(s) "image" not set', "write --image=NAME")
    if len(images) > 1 and len(command.arguments) > 1:
        raise BadInput(
            "cannot specify multiple --image options and command", "leave one of them out"
        )
    if command.number("replicas", 1) < 0:
        raise BadInput("--replicas is below 0", "write --replicas=3")


def _ask_deployment(command: Command, asking: Asking) -> list[Effect]:
    name, namespace = name_given(command), command.namespace
    labels = {"app": name}
    obj = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "replicas": command.number("replicas", 1),
            "selector": {"matchLabels": dict(labels)},
            "strategy": {},
            "template": {
                "metadata": {"labels": dict(labels)},
                "spec": {"containers": _containers(command)},
            },
        },
    }
    return created(resource_of("deployments", asking.objects), namespace, obj, asking)


def _containers(command: Command) -> list[dict[str, Any]]:
    port, words = command.number("port", -1), list(command.arguments[1:])
    found: list[dict[str, Any]] = []
    for image in _images(command):
        last = image.rpartition("/")[2]
        one: dict[str, Any] = {"name": last.partition(":")[0].partition("@")[0], "image": image}
        if words:
            one["command"] = words
        if port >= 0:
            one["ports"] = [{"containerPort": port}]
        found.append({**one, "resources": {}})
    return found


def _hard(command: Command) -> dict[str, str]:
    found: dict[str, str] = {}
    for statement in filter(None, command.text_of("hard").split(",")):
        name, equals, value = statement.partition("=")
        read = quantity(value)
        if not equals or not name or read is None or read.percent:
            raise BadInput(
                f"Invalid argument syntax {statement}, expected <resource>=<value>",
                "write --hard=pods=10,requests.cpu=4",
            )
        found[name] = value
    return found


def _scopes(command: Command) -> list[str]:
    scopes = [scope for scope in command.text_of("scopes").split(",") if scope]
    for scope in scopes:
        if scope not in _SCOPES:
            raise BadInput(f"invalid scope {scope!r}", f"it may be one of {', '.join(_SCOPES)}")
    return scopes


def _check_quota(command: Command) -> None:
    name_given(command)
    _hard(command)
    _scopes(command)


def _ask_quota(command: Command, asking: Asking) -> list[Effect]:
    name, hard, scopes = name_given(command), _hard(command), _scopes(command)
    spec = {**({"hard": hard} if hard else {}), **({"scopes": scopes} if scopes else {})}
    obj = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": name, "namespace": command.namespace},
        "spec": spec,
    }
    return created(resource_of("resourcequotas", asking.objects), command.namespace, obj, asking)


_FLAGS = (*PRINTING, VALIDATING, Flag("save-config", "bool"))
CREATE_DEPLOYMENT = Verb(
    "create deployment",
    (*_FLAGS, Flag("image"), Flag("port", "number"), Flag("replicas", "number", "r")),
    _check_deployment,
    _ask_deployment,
)
CREATE_QUOTA = Verb(
    "create quota", (*_FLAGS, Flag("hard"), Flag("scopes")), _check_quota, _ask_quota
)
