"""`kubectl set image`, `set resources`, `set env`, `set serviceaccount`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kubectl_smart.memory.formats.quantities import quantity
from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.admission.templates import containers, pod_spec
from kubectl_smart.simulate.commands.asking import Asking
from kubectl_smart.simulate.commands.command import Command, Verb
from kubectl_smart.simulate.commands.common_flags import FILES, LOCAL, PRINTING, SELECTING
from kubectl_smart.simulate.commands.effects import Effect, Put
from kubectl_smart.simulate.commands.flags import Flag
from kubectl_smart.simulate.commands.pairs import Pairs, pairs_of

Change = Callable[[dict[str, Any]], str]
"""Changes a pod spec; what kubectl says if it cannot, or ""."""
_ENV_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*\Z")
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_]")
_FLAGS = (*PRINTING, *FILES, *SELECTING, LOCAL)
_CONTAINERS = Flag("containers", short="c")


def _resources_named(command: Command, words: tuple[str, ...]) -> None:
    if not words and not command.files:
        raise BadInput(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
            f"write kubectl {command.verb} deployment/NAME ...",
        )


def _changed(
    command: Command, asking: Asking, words: tuple[str, ...], change: Change
) -> list[Effect]:
    effects: list[Effect] = []
    for one in asking.found(command, words):
        obj = one.copy()
        spec = pod_spec(obj)
        fault = (
            change(spec)
            if spec is not None
            else "the object is not a pod or does not have a pod template"
        )
        if fault:
            asking.refuse(f"error: {one.said}: {fault}")
        if obj != one.obj and not (fault and command.verb == "set env"):
            effects.append(Put(obj))
    return effects


# --- image ----------------------------------------------------------------------------------


def _images(command: Command) -> Pairs:
    return pairs_of(command.arguments, "image", removable=False)


def _check_image(command: Command) -> None:
    pairs = _images(command)
    _resources_named(command, pairs.resources)
    if len(pairs.new) > 1 and "*" in pairs.new:
        raise BadInput(
            "all containers are already specified by *, but saw more than one "
            "container_name=container_image pairs",
            "name the containers, or give * alone",
        )


def _ask_image(command: Command, asking: Asking) -> list[Effect]:
    pairs = _images(command)

    def change(spec: dict[str, Any]) -> str:
        missing = []
        for name, image in pairs.new.items():
            found = [one for one in containers(spec) if name in ("*", one.get("name"))]
            for one in found:
                one["image"] = image
            if not found:
                missing.append(name)
        return ", ".join(f'unable to find container named "{name}"' for name in missing)

    return _changed(command, asking, pairs.resources, change)


# --- resources ------------------------------------------------------------------------------


def _amounts(command: Command, flag: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for statement in filter(None, command.text_of(flag).split(",")):
        name, equals, value = statement.partition("=")
        if not equals or not name or "=" in value:
            raise BadInput(
                f"invalid argument syntax {statement}, expected <resource>=<value>",
                f"write --{flag}=cpu=200m,memory=512Mi",
            )
        read = quantity(value)
        if read is None or read.percent:
            raise BadInput(
                f'invalid amount "{value}" of {name} in --{flag}', "write it like 200m, 2 or 512Mi"
            )
        found[name] = value
    return found


def _check_resources(command: Command) -> None:
    if not _amounts(command, "limits") and not _amounts(command, "requests"):
        raise BadInput(
            "you must specify an update to requests or limits (in the form of --requests/--limits)",
            "write --requests=cpu=200m,memory=512Mi",
        )
    _resources_named(command, command.arguments)


def _ask_resources(command: Command, asking: Asking) -> list[Effect]:
    wanted = command.text_of("containers", "*")
    amounts = {flag: _amounts(command, flag) for flag in ("limits", "requests")}

    def change(spec: dict[str, Any]) -> str:
        found = list(containers(spec, wanted))
        for one in found:
            resources = one.setdefault("resources", {})
            for flag, values in amounts.items():
                if values:
                    resources[flag] = {**(resources.get(flag) or {}), **values}
        return "" if found else f"unable to find container named {wanted}"

    return _changed(command, asking, command.arguments, change)


# --- env ------------------------------------------------------------------------------------


def _env_words(command: Command) -> tuple[tuple[str, ...], tuple[str, ...]]:
    words = command.arguments
    at = next((i for i, word in enumerate(words) if _is_env(word)), len(words))
    if not all(_is_env(word) for word in words[at:]):
        raise BadInput(
            "all resources must be specified before environment changes: " + " ".join(words),
            "write NAME=value, or NAME- to remove it, behind the resources",
        )
    return words[:at], (*command.given("env"), *words[at:])


def _is_env(word: str) -> bool:
    return "=" in word or word.endswith("-")


def _environment(command: Command) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Variables that are set, and the names of those that go."""
    new: list[dict[str, Any]] = []
    gone: list[str] = []
    for word in _env_words(command)[1]:
        name, equals, value = word.partition("=")
        if word == "-":
            raise BadInput("variables from standard input are not simulated", "name them")
        if not equals and not word.endswith("-"):
            raise BadInput(f"unknown environment variable: {word}", "write NAME=value or NAME-")
        if equals and (not _ENV_NAME.match(name) or name in (".", "..")):
            raise BadInput(
                f'"{name}" is not a valid key name',
                "a name is letters, digits, '_', '-' and '.', and begins with no digit",
            )
        if equals:
            new.append({"name": name, **({"value": value} if value else {})})
        else:
            gone.append(word[:-1])
    if any(one["name"] in gone for one in new):
        raise BadInput(
            "can not both modify and remove the same environment variable in the same command",
            "leave one of them out",
        )
    return new, tuple(gone)


def _check_env(command: Command) -> None:
    if command.is_set("list"):
        raise BadInput("--list changes nothing", "leave --list out, or say what to set")
    words, _ = _env_words(command)
    _resources_named(command, words)
    new, gone = _environment(command)
    if command.given("keys") and not command.text_of("from"):
        raise BadInput(
            "when specifying --keys, a configmap or secret must be provided with --from",
            "write --from=configmap/NAME",
        )
    if not new and not gone and not command.text_of("from"):
        raise BadInput("at least one environment variable must be provided", "write NAME=value")


def _from_source(command: Command, asking: Asking) -> list[dict[str, Any]]:
    """Variables for the keys of a ConfigMap or a Secret, by key."""
    source = command.text_of("from")
    if not source:
        return []
    keys = [key for value in command.given("keys") for key in value.split(",") if key]
    found: list[dict[str, Any]] = []
    for one in asking.found(Command("", command.verb, (source,), command.values), (source,)):
        reference = {"ConfigMap": "configMapKeyRef", "Secret": "secretKeyRef"}.get(
            one.resource.kind
        )
        if reference is None:
            raise BadInput("unsupported resource specified in --from", "name a configmap or secret")
        for key in sorted(one.obj.get("data") or {}):
            if not keys or key in keys:
                name = _NOT_IN_NAMES.sub("_", key).upper()
                found.append(
                    {"name": name, "valueFrom": {reference: {"key": key, "name": one.name}}}
                )
    return found


def _ask_env(command: Command, asking: Asking) -> list[Effect]:
    words, _ = _env_words(command)
    new, gone = _environment(command)
    new = [*new, *_from_source(command, asking)]
    new = [{**one, "name": command.text_of("prefix") + one["name"]} for one in new]
    if asking.refused:
        return []
    wanted = command.text_of("containers", "*")

    def change(spec: dict[str, Any]) -> str:
        for one in containers(spec, wanted):
            held: list[dict[str, Any]] = one.get("env") or []
            if not command.is_set("overwrite", default=True):
                fault = _overwritten(held, new)
                if fault:
                    return fault
            after = _with_env(held, new, gone)
            if after != held:
                one["env"] = after
            if not after:
                one.pop("env", None)
        return ""

    return _changed(command, asking, words, change)


def _overwritten(held: list[dict[str, Any]], new: list[dict[str, Any]]) -> str:
    values = {one.get("name"): one.get("value", "") for one in reversed(held)}
    for one in new:
        name, value = one["name"], one.get("value", "")
        if values.get(name, value) != value:
            return f"'{name}' already has a value ({values[name]}), and --overwrite is false"
    return ""


def _with_env(
    held: list[dict[str, Any]], new: list[dict[str, Any]], gone: tuple[str, ...]
) -> list[dict[str, Any]]:
    first = {one["name"]: one for one in reversed(new)}
    covered = set(gone)
    after: list[dict[str, Any]] = []
    for one in held:
        name = str(one.get("name"))
        if name in covered:
            continue
        if name in first:
            covered.add(name)
        after.append(first.get(name, one))
    for one in new:
        if one["name"] not in covered:
            covered.add(one["name"])
            after.append(one)
    return after


# --- service account ------------------------------------------------------------------------


def _check_account(command: Command) -> None:
    if len(command.arguments) < 2 and not (command.arguments and command.files):
        raise BadInput(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>, "
            "and a service account",
            "write kubectl set serviceaccount deployment/NAME ACCOUNT",
        )


def _ask_account(command: Command, asking: Asking) -> list[Effect]:
    *words, account = command.arguments

    def change(spec: dict[str, Any]) -> str:
        spec["serviceAccountName"] = account
        if "serviceAccount" in spec:
            spec["serviceAccount"] = account
        return ""

    return _changed(command, asking, tuple(words), change)


SET_IMAGE = Verb("set image", _FLAGS, _check_image, _ask_image)
SET_RESOURCES = Verb(
    "set resources",
    (*_FLAGS, _CONTAINERS, Flag("limits"), Flag("requests")),
    _check_resources,
    _ask_resources,
)
SET_ENV = Verb(
    "set env",
    (
        *_FLAGS, _CONTAINERS, Flag("env", short="e"), Flag("from"), Flag("keys"), Flag("prefix"),
        Flag("overwrite", "bool"), Flag("list", "bool"), Flag("resolve", "bool"),
    ),
    _check_env,
    _ask_env,
)  # fmt: skip
SET_ACCOUNT = Verb("set serviceaccount", _FLAGS, _check_account, _ask_account)
