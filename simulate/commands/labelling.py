"""`kubectl label` and `kubectl annotate`."""

from __future__ import annotations

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.commands.asking import Asking, Found
from kubectl_smart.simulate.commands.command import Command, Verb
from kubectl_smart.simulate.commands.common_flags import (
    ANYWHERE,
    FILES,
    LOCAL,
    PRINTING,
    SELECTING,
)
from kubectl_smart.simulate.commands.effects import Effect, Put
from kubectl_smart.simulate.commands.flags import Flag
from kubectl_smart.simulate.commands.pairs import Pairs, pairs_of
from kubectl_smart.simulate.commands.selectors import is_label_value, is_qualified_name

_CHANGE_CAUSE = "kubernetes.io/change-cause"
_FLAGS = (
    *PRINTING, *FILES, *SELECTING, *ANYWHERE, LOCAL,
    Flag("overwrite", "bool"), Flag("list", "bool"), Flag("resource-version"),
)  # fmt: skip


def _pairs(command: Command) -> Pairs:
    return pairs_of(command.arguments, command.verb if command.verb == "label" else "annotation")


def _check(command: Command) -> None:
    if command.is_set("list"):
        raise BadInput("--list changes nothing", "leave --list out, or say what to set")
    pairs = _pairs(command)
    if not pairs.resources and not command.files:
        raise BadInput(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
            f"write kubectl {command.verb} TYPE NAME key=value",
        )
    for key in (*pairs.new, *pairs.gone):
        if not is_qualified_name(key):
            raise BadInput(
                f'"{key}" is no key of a {command.verb}', "keys are like name or example.com/name"
            )
    for key, value in pairs.new.items() if command.verb == "label" else ():
        if not is_label_value(value):
            raise BadInput(
                f'invalid label value: "{key}={value}"',
                "A label is at most 63 letters, digits, '-', '_' and '.', and begins and ends "
                "with a letter or digit.",
            )


def _ask(command: Command, asking: Asking) -> list[Effect]:
    pairs = _pairs(command)
    found = asking.found(command, pairs.resources)
    version = command.text_of("resource-version")
    if version and len(found) != 1:
        raise BadInput(
            "--resource-version may only be used with a single resource", "name one object"
        )
    effects: list[Effect] = []
    for one in found:
        if version and one.obj["metadata"].get("resourceVersion") != version:
            asking.refuse(f"error: the object has been modified; {one.said} is no more {version}")
        else:
            effects += _marked(one, pairs, command, asking)
    return effects


def _marked(found: Found, pairs: Pairs, command: Command, asking: Asking) -> list[Effect]:
    obj = found.copy()
    field = "labels" if command.verb == "label" else "annotations"
    held = dict(obj["metadata"].get(field) or {})
    others = [
        f"'{key}' already has a value ({held[key]})"
        for key, value in pairs.new.items()
        if held.get(key, value) != value and (field == "labels" or key != _CHANGE_CAUSE)
    ]
    if others and not command.is_set("overwrite"):
        asking.refuse(
            f"error: {others[0]}, and --overwrite is false"
            if field == "labels"
            else "error: --overwrite is false but found the following declared annotation(s): "
            + "; ".join(others)
        )
        return []
    after = {key: value for key, value in {**held, **pairs.new}.items() if key not in pairs.gone}
    if after == held:
        return []
    obj["metadata"][field] = after
    if not after:
        del obj["metadata"][field]
    return [Put(obj)]


LABEL = Verb("label", _FLAGS, _check, _ask)
ANNOTATE = Verb("annotate", _FLAGS, _check, _ask)
