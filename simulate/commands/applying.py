"""`kubectl apply -f`, `create -f` and `replace -f`."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.admission.objects import Object
from kubectl_smart.simulate.commands.asking import Asking
from kubectl_smart.simulate.commands.command import Command, Verb
from kubectl_smart.simulate.commands.common_flags import FILES, PRINTING, TIMEOUT, VALIDATING
from kubectl_smart.simulate.commands.effects import Delete, Effect, Propagation, Put
from kubectl_smart.simulate.commands.flags import Flag
from kubectl_smart.simulate.commands.merge_rules import Place
from kubectl_smart.simulate.commands.resources import Resource
from kubectl_smart.simulate.commands.selectors import chosen, label_selector
from kubectl_smart.simulate.commands.three_way import three_way

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_KEPT = ("uid", "creationTimestamp", "resourceVersion", "generation", "managedFields", "selfLink")
_FLAGS = (*PRINTING, *FILES, VALIDATING, TIMEOUT, Flag("selector", short="l"), Flag("wait", "bool"))


def _check_files(command: Command) -> None:
    if not command.files:
        raise BadInput(
            f"must specify one of -f and -k: {command.verb} needs a file",
            f"write kubectl {command.verb} -f FILE",
        )
    if command.arguments:
        raise BadInput(
            f"Unexpected args: {list(command.arguments)}", f"write kubectl {command.verb} -f FILE"
        )
    label_selector(command.text_of("selector"))
    for name in ("prune", "edit"):
        if command.is_set(name):
            raise BadInput(f"--{name} is not simulated", "leave it out")
    if command.given("raw"):
        raise BadInput("--raw is not simulated", "give files with objects")


Declared = list[tuple[Resource, str, dict[str, Any]]]


def _declared(command: Command, asking: Asking) -> Declared:
    """What the files declare, in the namespaces it goes to, as far as -l chooses it."""
    selector = label_selector(command.text_of("selector"))
    found: Declared = []
    for resource, namespace, declared in asking.declared(command):
        obj = deepcopy(declared)
        metadata = obj["metadata"]
        if namespace:
            metadata["namespace"] = namespace
        if chosen(selector, metadata.get("labels") or {}):
            found.append((resource, namespace, obj))
    if not found:
        raise BadInput(f"no objects passed to {command.verb}", "name files that declare some")
    return found


# --- apply ----------------------------------------------------------------------------------


def _ask_apply(command: Command, asking: Asking) -> list[Effect]:
    effects: list[Effect] = []
    for resource, namespace, obj in _declared(command, asking):
        live = asking.objects.get(resource.kind, namespace, obj["metadata"]["name"])
        wanted = obj if command.is_set("server-side") else _with_last_applied(obj)
        if live is None:
            effects.append(Put(wanted))
            continue
        place = Place(resource.kind, strategic=not resource.api_version or _built_in(resource))
        after = three_way(_last_applied(live), wanted, dict(live), place)
        after["apiVersion"] = live["apiVersion"]
        if after != live:
            effects.append(Put(after))
    return effects


def _built_in(resource: Resource) -> bool:
    from kubectl_smart.memory.records.kinds import by_resource

    return by_resource(resource.group, resource.plural) is not None


def _with_last_applied(obj: dict[str, Any]) -> dict[str, Any]:
    """The object with itself in the annotation, as kubectl writes it there."""
    metadata = obj["metadata"]
    annotations = {
        k: v for k, v in (metadata.get("annotations") or {}).items() if k != LAST_APPLIED
    }
    plain = {**obj, "metadata": {**metadata, "annotations": annotations}}
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    whole = {**annotations, LAST_APPLIED: text + "\n"}
    return {**obj, "metadata": {**metadata, "annotations": whole}}


def _last_applied(live: Object) -> Any:
    text = (live["metadata"].get("annotations") or {}).get(LAST_APPLIED)
    if not isinstance(text, str):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


# --- create and replace ---------------------------------------------------------------------


def _ask_create(command: Command, asking: Asking) -> list[Effect]:
    effects: list[Effect] = []
    for resource, namespace, obj in _declared(command, asking):
        wanted = _with_last_applied(obj) if command.is_set("save-config") else obj
        effects += created(resource, namespace, wanted, asking)
    return effects


def created(
    resource: Resource, namespace: str, obj: dict[str, Any], asking: Asking
) -> list[Effect]:
    """A new object; a refusal if there is one of its name."""
    name = obj["metadata"]["name"]
    if asking.objects.get(resource.kind, namespace, name) is None:
        return [Put(obj)]
    asking.refuse(f'Error from server (AlreadyExists): {resource.said} "{name}" already exists')
    return []


def _check_replace(command: Command) -> None:
    _check_files(command)
    if command.given("grace-period") and not command.is_set("force"):
        raise BadInput("--grace-period must have --force specified", "leave it out")
    if command.seconds("timeout") and not command.is_set("force"):
        raise BadInput("--timeout must have --force specified", "leave it out")


def _ask_replace(command: Command, asking: Asking) -> list[Effect]:
    effects: list[Effect] = []
    cascade: Propagation = "background"
    grace = max(command.number("grace-period", 0), 0)
    for resource, namespace, obj in _declared(command, asking):
        name = obj["metadata"]["name"]
        live = asking.objects.get(resource.kind, namespace, name)
        if command.is_set("force"):
            if live is not None:
                effects.append(Delete(resource.kind, namespace, name, grace, cascade))
            effects.append(Put(obj))
        elif live is None:
            asking.refuse(
                "Error from server (NotFound): error when replacing: "
                f'{resource.said} "{name}" not found'
            )
        else:
            after = _replaced(obj, live)
            if after != live:
                effects.append(Put(after))
    return effects


def _replaced(obj: dict[str, Any], live: Object) -> dict[str, Any]:
    """The object with what the API server keeps: its books, and the status."""
    held = live["metadata"]
    kept = {key: held[key] for key in _KEPT if key in held}
    after = {**obj, "metadata": {**obj["metadata"], **kept}}
    after.pop("status", None)
    return {**after, "status": live["status"]} if "status" in live else after


APPLY = Verb(
    "apply",
    (
        *_FLAGS, Flag("server-side", "bool"), Flag("force-conflicts", "bool"),
        Flag("prune", "bool"), Flag("prune-allowlist"), Flag("all", "bool"),
        Flag("overwrite", "bool"), Flag("force", "bool"), Flag("cascade", bare="background"),
        Flag("grace-period", "number"), Flag("openapi-patch", "bool"), Flag("subresource"),
    ),
    _check_files,
    _ask_apply,
)  # fmt: skip
CREATE = Verb(
    "create",
    (*_FLAGS, Flag("save-config", "bool"), Flag("edit", "bool"), Flag("raw"),
     Flag("windows-line-endings", "bool")),
    _check_files,
    _ask_create,
)  # fmt: skip
REPLACE = Verb(
    "replace",
    (
        *_FLAGS, Flag("force", "bool"), Flag("cascade", bare="background"), Flag("raw"),
        Flag("grace-period", "number"), Flag("save-config", "bool"), Flag("subresource"),
    ),
    _check_replace,
    _ask_replace,
)  # fmt: skip
