"""`kubectl cordon`, `uncordon` and `taint`."""

from __future__ import annotations

from typing import Any, NamedTuple

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.commands.asking import Asking, Found
from kubectl_smart.simulate.commands.command import Command, Verb
from kubectl_smart.simulate.commands.common_flags import PRINTING, SELECTING, VALIDATING
from kubectl_smart.simulate.commands.effects import Effect, Put
from kubectl_smart.simulate.commands.flags import Flag
from kubectl_smart.simulate.commands.resources import resource_of
from kubectl_smart.simulate.commands.selectors import is_label_value, is_qualified_name

_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_TAINT = "Write it like key=value:NoSchedule, key:NoExecute, key:NoSchedule- or key-."


def check_nodes(command: Command) -> None:
    """BadInput unless nodes are named, or selected; not both."""
    if not command.arguments and not command.given("selector"):
        raise BadInput(f"{command.verb} needs a node", f"write kubectl {command.verb} NODE")
    if command.arguments and command.text_of("selector"):
        raise BadInput(
            "cannot specify both a node name and a --selector option", "leave one of them out"
        )


def nodes_found(command: Command, asking: Asking) -> list[Found]:
    """The nodes that are named (`worker-1`, `node/worker-1`) or selected."""
    node = resource_of("nodes", asking.objects)
    if not command.arguments:
        return asking.chosen(node, command) if command.text_of("selector") else []
    found: list[Found] = []
    for word in command.arguments:
        kind, slash, name = word.rpartition("/")
        if slash and resource_of(kind, asking.objects).kind != "Node":
            raise BadInput(
                f'{command.verb} is for nodes: "{word}" is none', "name nodes, without a type"
            )
        found += asking.one(node, "", name, command)
    return found


def cordoned(found: Found, *, unschedulable: bool) -> list[Effect]:
    """A node with `unschedulable` set or taken away; [] if it is so already."""
    node = found.copy()
    spec = node["spec"] = node.get("spec") or {}
    if bool(spec.get("unschedulable")) == unschedulable:
        return []
    if unschedulable:
        spec["unschedulable"] = True
    else:
        del spec["unschedulable"]
    return [Put(node)]


def _cordon(command: Command, asking: Asking) -> list[Effect]:
    stop = command.verb == "cordon"
    found = nodes_found(command, asking)
    return [effect for one in found for effect in cordoned(one, unschedulable=stop)]


class _Taint(NamedTuple):
    key: str
    value: str
    effect: str


class _Changes(NamedTuple):
    nodes: tuple[str, ...]
    added: list[_Taint]
    removed: list[_Taint]


def _taints(command: Command) -> _Changes:
    words = command.arguments
    at = next((i for i, word in enumerate(words) if _is_taint(word)), len(words))
    for word in words[at:]:
        if not _is_taint(word):
            raise BadInput(f"all resources must be specified before taint changes: {word}", _TAINT)
    if not words[:at]:
        raise BadInput(
            "one or more resources must be specified as <resource> <name>",
            "write kubectl taint nodes NODE key=value:NoSchedule",
        )
    if not words[at:]:
        raise BadInput("at least one taint update is required", _TAINT)
    added: list[_Taint] = []
    removed: list[_Taint] = []
    for word in words[at:]:
        (removed if word.endswith("-") else added).append(_taint(word))
    return _Changes(words[:at], added, removed)


def _is_taint(word: str) -> bool:
    return "=" in word or ":" in word or word.endswith("-")


def _taint(word: str) -> _Taint:
    spec = word.removesuffix("-")
    pair, colon, effect = spec.partition(":")
    key, _, value = pair.partition("=") if colon else (pair, "", "")
    fault = ""
    if ":" in effect or "=" in value or not is_qualified_name(key):
        fault = f"invalid taint spec: {word}"
    elif colon and effect not in _EFFECTS:
        fault = f"invalid taint effect: {effect}, unsupported taint effect"
    elif not is_label_value(value) or not (colon or word.endswith("-")):
        fault = f"invalid taint spec: {word}"
    if fault:
        raise BadInput(fault, f"{_TAINT} Effects are {', '.join(_EFFECTS)}.")
    return _Taint(key, value, effect)


def _check_taint(command: Command) -> None:
    changes = _taints(command)
    pairs = [(one.key, one.effect) for one in changes.added]
    if len(set(pairs)) < len(pairs):
        raise BadInput("duplicated taints with the same key and effect", "name each once")
    both = [
        f"{gone.key}={gone.effect}"
        for one in changes.added
        for gone in changes.removed
        if one.key == gone.key and gone.effect in ("", one.effect)
    ]
    if both:
        raise BadInput(
            "can not both modify and remove the following taint(s) in the same command: "
            + ", ".join(both),
            "leave one of them out",
        )
    if len(changes.nodes) < 2 and not command.is_set("all") and not command.text_of("selector"):
        raise BadInput(
            "at least one resource name must be specified since 'all' parameter is not set",
            "write kubectl taint nodes NODE key=value:NoSchedule",
        )


def _ask_taint(command: Command, asking: Asking) -> list[Effect]:
    changes = _taints(command)
    resource = resource_of(changes.nodes[0], asking.objects)
    if resource.kind != "Node":
        raise BadInput(
            f"invalid resource type {changes.nodes[0]}, only node types are supported",
            "write kubectl taint nodes NODE key=value:NoSchedule",
        )
    if command.is_set("all") or command.text_of("selector"):
        found = asking.chosen(resource, command)
    else:
        found = [
            one for name in changes.nodes[1:] for one in asking.one(resource, "", name, command)
        ]
    effects: list[Effect] = []
    for one in found:
        effects += _tainted(one, changes, asking, overwrite=command.is_set("overwrite"))
    return effects


def _tainted(found: Found, changes: _Changes, asking: Asking, *, overwrite: bool) -> list[Effect]:
    node = found.copy()
    spec: dict[str, Any] = node.setdefault("spec", {})
    before: list[dict[str, Any]] = spec.get("taints") or []
    held = {(one.get("key"), one.get("effect")) for one in before}
    there = [one.key for one in changes.added if (one.key, one.effect) in held]
    if there and not overwrite:
        asking.refuse(
            f"error: node {found.name} already has {','.join(there)} taint(s) with same effect(s) "
            "and --overwrite is false"
        )
        return []
    new = {(one.key, one.effect) for one in changes.added}
    after = [_written(one) for one in changes.added]
    after += [one for one in before if (one.get("key"), one.get("effect")) not in new]
    for gone in changes.removed:
        kept = [
            one
            for one in after
            if one.get("key") != gone.key or gone.effect not in ("", one.get("effect"))
        ]
        if len(kept) == len(after):
            said = f"{gone.key}:{gone.effect}" if gone.effect else gone.key
            asking.refuse(f'error: taint "{said}" not found')
            return []
        after = kept
    if after == before:
        return []
    spec["taints"] = after
    if not after:
        del spec["taints"]
    return [Put(node)]


def _written(taint: _Taint) -> dict[str, Any]:
    value = {"value": taint.value} if taint.value else {}
    return {"effect": taint.effect, "key": taint.key, **value}


_NODES = (*PRINTING, Flag("selector", short="l"))
CORDON = Verb("cordon", _NODES, check_nodes, _cordon)
UNCORDON = Verb("uncordon", _NODES, check_nodes, _cordon)
TAINT = Verb(
    "taint",
    (*PRINTING, *SELECTING, VALIDATING, Flag("overwrite", "bool")),
    _check_taint,
    _ask_taint,
)
