"""A command and a cluster -> what is asked of the API."""

from __future__ import annotations

from datetime import UTC, datetime

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.commands.asking import Asking
from kubectl_smart.simulate.commands.command import Command
from kubectl_smart.simulate.commands.effects import Delete, Effect, Object, Objects, Put
from kubectl_smart.simulate.commands.immutable import not_taken
from kubectl_smart.simulate.commands.shapes import misshapen
from kubectl_smart.simulate.commands.verbs import VERBS

_LASTING = {("Namespace", name) for name in ("default", "kube-system", "kube-public")}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def effects(command: Command, objects: Objects, now: datetime = _EPOCH) -> tuple[Effect, ...]:
    """What the command asks of the API, in its order; () if there is nothing to do.

    now  the cluster's clock: `rollout restart` writes it down, drain compares with it

    What kubectl refuses of a command whose other parts are done is `Refused`. BadInput if nothing
    at all comes of it, because nothing it names is there or may be changed so.
    """
    asking = Asking(objects, now)
    asked = [one for one in VERBS[command.verb].ask(command, asking) if _taken(one, asking)]
    if asking.refused and not asked:
        raise BadInput(
            "; ".join(one.message for one in asking.refused),
            "Look at what is there with kubectl get, and mend the command.",
        )
    return (*asked, *asking.refused)


def _invalid(obj: Object, fault: str) -> str:
    name = f'{obj["kind"]} "{obj["metadata"]["name"]}"'
    return f"Error from server (BadRequest): {name} cannot be decoded: {fault}" if fault else ""


def _taken(effect: Effect, asking: Asking) -> bool:
    """Whether the API server takes a write; what it says otherwise is noted."""
    fault = ""
    if isinstance(effect, Put):
        metadata = effect.obj["metadata"]
        fault = misshapen(effect.obj)
        before = asking.objects.get(
            str(effect.obj["kind"]), metadata.get("namespace") or "", metadata["name"]
        )
        fault = _invalid(effect.obj, fault) or not_taken(before or {}, effect.obj)
    elif isinstance(effect, Delete) and (effect.kind, effect.name) in _LASTING:
        fault = (
            f'Error from server (Forbidden): namespaces "{effect.name}" is forbidden: '
            "this namespace may not be deleted"
        )
    if fault:
        asking.refuse(fault)
    return not fault
