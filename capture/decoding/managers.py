"""Who wrote a version, as far as its `managedFields` tell. Pure.

The API server notes which program set a field last, not which person: a manager is the client's
own word for itself (its user agent up to the slash, unless it gives another), its time is that
manager's last write, to the second. A field that was removed and a deletion leave nothing. So what
is concluded here says how far it goes, and never names a person.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from kubectl_smart.capture.decoding.clients import called, product
from kubectl_smart.memory.records.actors import UNKNOWN_ACTOR, Actor, ActorKind
from kubectl_smart.memory.records.times import from_rfc3339, to_rfc3339

_CONTROLLERS = frozenset(
    {"kube-controller-manager", "kube-scheduler", "kube-apiserver", "cloud-controller-manager"}
)
_KUBECTL = "kubectl-"
_SECOND = 1_000_000
_NOT_A_COMMAND = {"client-side-apply": "apply", "last-applied": "apply"}


class Written(NamedTuple):
    """Who wrote a version; via and attribution: see records.Change."""

    actor: Actor
    via: str
    attribution: str


UNTOLD = Written(UNKNOWN_ACTOR, "", "seen by the watch: who wrote it is not known")
DELETED = Written(UNKNOWN_ACTOR, "", "seen by the watch: who deleted it is not known")


class _Entry(NamedTuple):
    at: int
    manager: str
    subresource: str


def written_by(obj: dict[str, Any], since: int = 0) -> Written:
    """The manager that wrote last; all that may have, where it cannot be told.

    since  where several writes may lie between this version and the one known before: the earliest
           instant of them, microseconds since 1970-01-01 UTC
    """
    entries = _entries(obj)
    if not entries:
        return UNTOLD
    newest = max(one.at for one in entries)
    within = [one for one in entries if since and one.at > since - _SECOND]
    asked = [one for one in within if one.subresource != "status"]
    chosen = asked or [one for one in entries if one.at == newest]
    newest = max(one.at for one in chosen)
    when = f"at {to_rfc3339(newest)}"
    managers = sorted({one.manager for one in chosen})
    if len(managers) > 1:
        text = f"field managers {', '.join(managers)}, the last {when}: some of them wrote it"
        return Written(UNKNOWN_ACTOR, "", text)
    (manager,) = managers
    name = product(manager)
    if name in _CONTROLLERS:
        actor = Actor(name, ActorKind.CONTROLLER)
        return Written(actor, name, f"field manager {manager} {when}")
    if name == "kubelet":
        return Written(Actor(name, ActorKind.NODE), name, f"field manager {manager} {when}")
    text = f"field manager {manager} {when}: names the tool, not the person"
    return Written(UNKNOWN_ACTOR, called_by(manager), text)


def called_by(manager: str) -> str:
    """`kubectl edit` for kubectl-edit; otherwise what the tool is called."""
    if manager.startswith(_KUBECTL):
        command = manager.removeprefix(_KUBECTL)
        return f"kubectl {_NOT_A_COMMAND.get(command, command)}"
    return called(UNKNOWN_ACTOR, manager, manager)


def _entries(obj: dict[str, Any]) -> list[_Entry]:
    found = (obj.get("metadata") or {}).get("managedFields")
    entries = []
    for one in found if type(found) is list else ():
        if type(one) is not dict:
            continue
        manager, when = one.get("manager"), one.get("time")
        if type(manager) is not str or type(when) is not str:
            continue
        try:
            at = from_rfc3339(when)
        except ValueError:
            continue
        if manager:
            entries.append(_Entry(at, manager[:128], str(one.get("subresource") or "")))
    return entries
