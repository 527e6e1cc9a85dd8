"""`kubectl create poddisruptionbudget`, `priorityclass`, `namespace`, and `kubectl run`."""

from __future__ import annotations

import re
from typing import Any

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.commands.applying import created
from kubectl_smart.simulate.commands.asking import Asking
from kubectl_smart.simulate.commands.command import Command, Verb
from kubectl_smart.simulate.commands.common_flags import PRINTING, VALIDATING
from kubectl_smart.simulate.commands.creating import name_given
from kubectl_smart.simulate.commands.effects import Effect
from kubectl_smart.simulate.commands.flags import Flag
from kubectl_smart.simulate.commands.pairs import pairs_of
from kubectl_smart.simulate.commands.resources import resource_of
from kubectl_smart.simulate.commands.selectors import label_selector

_COUNT = re.compile(r"[0-9]{1,9}%?\Z")
_FLAGS = (*PRINTING, VALIDATING, Flag("save-config", "bool"))


def _made(kind: str, words: str, command: Command, asking: Asking, **fields: Any) -> list[Effect]:
    """A new object of the command's name, if there is none."""
    resource = resource_of(words, asking.objects)
    namespace = command.namespace if resource.namespaced else ""
    metadata = {"name": name_given(command), **({"namespace": namespace} if namespace else {})}
    metadata.update(fields.pop("metadata", {}))
    version = fields.pop("version", "v1")
    obj = {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}
    return created(resource, namespace, obj, asking)


# --- disruption budget ----------------------------------------------------------------------


def _check_budget(command: Command) -> None:
    name_given(command)
    if not command.text_of("selector"):
        raise BadInput("a selector must be specified", "write --selector=app=web")
    label_selector(command.text_of("selector"))
    counts = [command.text_of(name) for name in ("min-available", "max-unavailable")]
    if not any(counts):
        raise BadInput(
            "one of min-available or max-unavailable must be specified", "write --min-available=2"
        )
    if all(counts):
        raise BadInput(
            "min-available and max-unavailable cannot be both specified", "leave one of them out"
        )
    for count in filter(None, counts):
        if not _COUNT.match(count):
            raise BadInput(f"invalid format specified: {count}", "write a number or a percentage")


def _ask_budget(command: Command, asking: Asking) -> list[Effect]:
    spec: dict[str, Any] = {"selector": _selector(command.text_of("selector"))}
    for flag, field in (("min-available", "minAvailable"), ("max-unavailable", "maxUnavailable")):
        count = command.text_of(flag)
        if count:
            spec[field] = count if count.endswith("%") else int(count)
    return _made(
        "PodDisruptionBudget", "poddisruptionbudgets", command, asking, version="policy/v1",
        spec=spec,
    )  # fmt: skip


def _selector(text: str) -> dict[str, Any]:
    """A LabelSelector of what a command line says."""
    found: dict[str, Any] = {}
    for key, operator, values in label_selector(text):
        if operator == "In" and len(values) == 1:
            found.setdefault("matchLabels", {})[key] = values[0]
        elif operator in ("Gt", "Lt"):
            raise BadInput(f'"{operator}" is not a valid label selector operator', "use =, in, !")
        else:
            expression = {"key": key, "operator": operator}
            whole = {**expression, "values": list(values)} if values else expression
            found.setdefault("matchExpressions", []).append(whole)
    return found


# --- priority class, namespace --------------------------------------------------------------


def _check_class(command: Command) -> None:
    name_given(command)
    if not command.given("value"):
        raise BadInput('required flag(s) "value" not set', "write --value=1000")
    if command.text_of("preemption-policy") not in ("", "Never", "PreemptLowerPriority"):
        raise BadInput(
            f"invalid preemption policy {command.text_of('preemption-policy')}",
            "it may be Never or PreemptLowerPriority",
        )


def _ask_class(command: Command, asking: Asking) -> list[Effect]:
    fields: dict[str, Any] = {"value": command.number("value", 0)}
    if command.is_set("global-default"):
        fields["globalDefault"] = True
    if command.text_of("description"):
        fields["description"] = command.text_of("description")
    policy = command.text_of("preemption-policy") or "PreemptLowerPriority"
    return _made(
        "PriorityClass", "priorityclasses", command, asking, version="scheduling.k8s.io/v1",
        preemptionPolicy=policy, **fields,
    )  # fmt: skip


def _check_namespace(command: Command) -> None:
    name_given(command)


def _ask_namespace(command: Command, asking: Asking) -> list[Effect]:
    return _made("Namespace", "namespaces", command, asking)


# --- run ------------------------------------------------------------------------------------


def _check_run(command: Command) -> None:
    name_given(command)
    if not command.text_of("image"):
        raise BadInput('required flag(s) "image" not set', "write --image=NAME")
    if command.text_of("restart", "Always") not in ("Always", "OnFailure", "Never"):
        raise BadInput(
            f"invalid restart policy: {command.text_of('restart')}",
            "it may be Always, OnFailure or Never",
        )
    _labels(command)
    _env(command)


def _labels(command: Command) -> dict[str, str]:
    said = tuple(one for one in command.text_of("labels").split(",") if one)
    return pairs_of(said, "label", removable=False).new if said else {"run": name_given(command)}


def _env(command: Command) -> list[dict[str, str]]:
    said = command.given("env")
    new = pairs_of(said, "env", removable=False).new if said else {}
    return [{"name": name, "value": value} for name, value in new.items()]


def _ask_run(command: Command, asking: Asking) -> list[Effect]:
    name, words = command.arguments[0], list(command.arguments[1:])
    container: dict[str, Any] = {"name": name, "image": command.text_of("image"), "resources": {}}
    if words:
        container["command" if command.is_set("command") else "args"] = words
    if command.given("port"):
        container["ports"] = [{"containerPort": command.number("port", 0)}]
    env = _env(command)
    if env:
        container["env"] = env
    if command.text_of("image-pull-policy"):
        container["imagePullPolicy"] = command.text_of("image-pull-policy")
    spec = {
        "containers": [container], "dnsPolicy": "ClusterFirst",
        "restartPolicy": command.text_of("restart", "Always"),
    }  # fmt: skip
    return _made("Pod", "pods", command, asking, metadata={"labels": _labels(command)}, spec=spec)


CREATE_BUDGET = Verb(
    "create poddisruptionbudget",
    (*_FLAGS, Flag("selector"), Flag("min-available"), Flag("max-unavailable")),
    _check_budget,
    _ask_budget,
)
CREATE_CLASS = Verb(
    "create priorityclass",
    (
        *_FLAGS, Flag("value", "number"), Flag("global-default", "bool"), Flag("description"),
        Flag("preemption-policy"),
    ),
    _check_class,
    _ask_class,
)  # fmt: skip
CREATE_NAMESPACE = Verb("create namespace", _FLAGS, _check_namespace, _ask_namespace)
RUN = Verb(
    "run",
    (
        *_FLAGS, Flag("image"), Flag("port", "number"), Flag("env"), Flag("labels", short="l"),
        Flag("restart"), Flag("command", "bool"), Flag("image-pull-policy"),
        Flag("stdin", "bool", "i"), Flag("tty", "bool", "t"), Flag("quiet", "bool", "q"),
    ),
    _check_run,
    _ask_run,
)  # fmt: skip
