"""`kubectl rollout restart`, `undo`, `pause` and `resume`."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.admission.objects import Object
from kubectl_smart.simulate.commands.applying import LAST_APPLIED
from kubectl_smart.simulate.commands.asking import Asking, Found
from kubectl_smart.simulate.commands.command import Command, Verb
from kubectl_smart.simulate.commands.common_flags import FILES, PRINTING
from kubectl_smart.simulate.commands.draining import controller
from kubectl_smart.simulate.commands.effects import Effect, Put
from kubectl_smart.simulate.commands.flags import Flag
from kubectl_smart.simulate.commands.merge_rules import Place
from kubectl_smart.simulate.commands.strategic import patched

_RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
_REVISION = "deployment.kubernetes.io/revision"
_HASH = "pod-template-hash"
_NOT_COPIED = (
    LAST_APPLIED, _REVISION, "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas", "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
)  # fmt: skip
Changed = Callable[[Found, Command, Asking], "dict[str, Any] | str"]
"""The object afterwards, or what kubectl says instead."""


def _check(command: Command) -> None:
    if not command.arguments and not command.files:
        raise BadInput(
            "required resource not specified", f"write kubectl {command.verb} deployment/NAME"
        )
    if command.number("to-revision", 0) < 0:
        raise BadInput(
            f"unable to find specified revision {command.number('to-revision', 0)} in history",
            "leave --to-revision out for the one before",
        )


def _asked(changed: Changed) -> Callable[[Command, Asking], list[Effect]]:
    def ask(command: Command, asking: Asking) -> list[Effect]:
        effects: list[Effect] = []
        for one in asking.found(command, command.arguments, whole=True):
            after = changed(one, command, asking)
            if isinstance(after, str):
                asking.refuse(f"error: {one.said} {after}")
            elif after != one.obj:
                effects.append(Put(after))
        return effects

    return ask


def _restarted(found: Found, _: Command, asking: Asking) -> dict[str, Any] | str:
    obj = found.copy()
    if found.resource.kind not in ("Deployment", "DaemonSet", "StatefulSet"):
        return "restarting is not supported"
    if found.resource.kind == "Deployment" and obj["spec"].get("paused"):
        return "can't restart paused deployment (run rollout resume first)"
    metadata = obj["spec"].setdefault("template", {}).setdefault("metadata", {})
    stamp = asking.now.replace(microsecond=0).isoformat().replace("+00:00", "Z")
    if (metadata.get("annotations") or {}).get(_RESTARTED_AT) == stamp:
        return (
            "if restart has already been triggered within the past second, please wait before "
            "attempting to trigger another"
        )
    metadata["annotations"] = {**(metadata.get("annotations") or {}), _RESTARTED_AT: stamp}
    return obj


def _paused(found: Found, command: Command, _: Asking) -> dict[str, Any] | str:
    pause = command.verb == "rollout pause"
    obj = found.copy()
    if found.resource.kind != "Deployment":
        return "pausing is not supported" if pause else "resuming is not supported"
    if bool(obj["spec"].get("paused")) == pause:
        return "is already paused" if pause else "is not paused"
    if pause:
        obj["spec"]["paused"] = True
    else:
        del obj["spec"]["paused"]
    return obj


# --- undo -----------------------------------------------------------------------------------


def _undone(found: Found, command: Command, asking: Asking) -> dict[str, Any] | str:
    to = command.number("to-revision", 0)
    if found.resource.kind == "Deployment":
        return _deployment_undone(found, to, asking)
    if found.resource.kind in ("StatefulSet", "DaemonSet"):
        return _revision_undone(found, to, asking)
    return f'no rollbacker has been implemented for "{found.resource.kind}.{found.resource.group}"'


def _deployment_undone(found: Found, to: int, asking: Asking) -> dict[str, Any] | str:
    obj = found.copy()
    history = _revisions(found, "ReplicaSet", asking, lambda one: _annotations(one).get(_REVISION))
    before = _chosen(history, to)
    if before is None:
        if to:
            return f"unable to find specified revision {to} in history"
        return f'no rollout history found for deployment "{found.name}"'
    if obj["spec"].get("paused"):
        return (
            "you cannot rollback a paused deployment; resume it first with "
            "'kubectl rollout resume' and try again"
        )
    template = _without_hash(before["spec"]["template"])
    if template == _without_hash(obj["spec"]["template"]):
        return obj
    obj["spec"]["template"] = template
    held = _annotations(obj)
    obj["metadata"]["annotations"] = {
        **{key: held[key] for key in _NOT_COPIED if key in held},
        **{key: value for key, value in _annotations(before).items() if key not in _NOT_COPIED},
    }
    return obj


def _revision_undone(found: Found, to: int, asking: Asking) -> dict[str, Any] | str:
    history = _revisions(found, "ControllerRevision", asking, lambda one: one.get("revision"))
    if not to and len(history) <= 1:
        return "no last revision to roll back to"
    before = _chosen(history, to)
    if before is None:
        return f"unable to find specified revision {to} in history"
    after = patched(found.copy(), before.get("data") or {}, Place(found.resource.kind))
    return dict(after)


def _revisions(
    found: Found, kind: str, asking: Asking, number: Callable[[Object], Any]
) -> list[tuple[int, Object]]:
    """What a workload has kept of its past, the oldest first."""
    uid = found.obj["metadata"].get("uid")
    kept: list[tuple[int, Object]] = []
    for one in asking.objects.list(kind, found.namespace):
        owner = controller(one)
        named = (owner.get("kind"), owner.get("name")) == (found.resource.kind, found.name)
        revision = str(number(one) or "")
        if named and owner.get("uid") == uid and revision.isdecimal():
            kept.append((int(revision), one))
    return sorted(kept, key=lambda pair: (pair[0], pair[1]["metadata"]["name"]))


def _chosen(history: list[tuple[int, Object]], to: int) -> Object | None:
    """A revision by its number; 0 for the last but one."""
    if to:
        return next((one for number, one in history if number == to), None)
    return history[-2][1] if len(history) > 1 else None


def _annotations(obj: Object) -> dict[str, Any]:
    return dict(obj["metadata"].get("annotations") or {})


def _without_hash(template: dict[str, Any]) -> dict[str, Any]:
    copy = deepcopy(template)
    labels = (copy.get("metadata") or {}).get("labels") or {}
    labels.pop(_HASH, None)
    return copy


_FLAGS = (*PRINTING, *FILES, Flag("selector", short="l"))
RESTART = Verb("rollout restart", _FLAGS, _check, _asked(_restarted))
PAUSE = Verb("rollout pause", _FLAGS, _check, _asked(_paused))
RESUME = Verb("rollout resume", _FLAGS, _check, _asked(_paused))
UNDO = Verb("rollout undo", (*_FLAGS, Flag("to-revision", "number")), _check, _asked(_undone))
