"""A command and a cluster -> what is asked of the API."""

from __future__ import annotations

from datetime import UTC, datetime

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.admission.admitting import defaulted
from kubectl_smart.simulate.admission.immutable import not_taken
from kubectl_smart.simulate.admission.objects import Object, Objects
from kubectl_smart.simulate.admission.shapes import misshapen
from kubectl_smart.simulate.commands.asking import Asking
from kubectl_smart.simulate.commands.command import Command
from kubectl_smart.simulate.commands.effects import Delete, Effect, Put
from kubectl_smart.simulate.commands.verbs import VERBS

_LASTING = {("Namespace", name) for name in ("default", "kube-system", "kube-public")}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def effects(command: Command, objects: Objects, now: datetime = _EPOCH) -> tuple[Effect, ...]:
    """What the command asks of the API, in its order; () if there is nothing to do.

    now  the cluster's clock: `rollout restart` writes it down, drain compares with it

    What kubectl or the API server refuses of a command whose other parts are done is `Refused`.
    BadInput if nothing at all comes of it, because nothing it names is there or may be so.
    """
    asking = Asking(objects, now)
    wished = VERBS[command.verb].ask(command, asking)
    asked = [taken for one in wished for taken in _taken(one, asking)]
    if asking.refused and not asked:
        raise BadInput(
            "; ".join(one.message.removeprefix("error: ") for one in asking.refused),
            "look at what is there with kubectl get, and mend the command",
        )
    return (*asked, *asking.refused)


def _taken(effect: Effect, asking: Asking) -> list[Effect]:
    """The effect as the API server takes it; [] if it changes nothing, or is refused."""
    if isinstance(effect, Put):
        return _put(effect.obj, asking)
    if isinstance(effect, Delete) and (effect.kind, effect.name) in _LASTING:
        asking.refuse(
            f'Error from server (Forbidden): namespaces "{effect.name}" is forbidden: '
            "this namespace may not be deleted"
        )
        return []
    return [effect]


def _put(obj: Object, asking: Asking) -> list[Effect]:
    metadata = obj["metadata"]
    kind, name = str(obj["kind"]), str(metadata["name"])
    fault = misshapen(obj)
    if fault:
        asking.refuse(f'Error from server (BadRequest): {kind} "{name}" cannot be decoded: {fault}')
        return []
    stored = defaulted(obj, asking.objects)
    before = asking.objects.get(kind, metadata.get("namespace") or "", name)
    if before is None:
        return [Put(stored)]
    fault = not_taken(defaulted(before, asking.objects), stored)
    if fault:
        asking.refuse(fault)
    return [] if fault or stored == before else [Put(stored)]
