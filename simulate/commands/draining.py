"""`kubectl drain`: cordon first, then the pods of each node, or what forbids to move them.

The filters and their words are kubectl's (k8s.io/kubectl/pkg/drain/filters.go), in its order.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.admission.objects import Object
from kubectl_smart.simulate.commands.asking import Asking
from kubectl_smart.simulate.commands.command import Command, Verb
from kubectl_smart.simulate.commands.common_flags import PRINTING
from kubectl_smart.simulate.commands.effects import Effect, Evict, Refused
from kubectl_smart.simulate.commands.flags import Flag
from kubectl_smart.simulate.commands.nodes import check_nodes, cordoned, nodes_found
from kubectl_smart.simulate.commands.selectors import chosen, label_selector

_DAEMON_SETS = "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"
_LOCAL = "Pods with local storage (use --delete-emptydir-data to override)"
_UNMANAGED = "cannot delete Pods that declare no controller (use --force to override)"
_MIRROR = "kubernetes.io/config.mirror"


class _Verdict(NamedTuple):
    goes: bool
    fault: str = ""


_GOES = _Verdict(goes=True)
_STAYS = _Verdict(goes=False)


def _check(command: Command) -> None:
    check_nodes(command)
    try:
        label_selector(command.text_of("pod-selector"))
    except BadInput as problem:
        raise BadInput(
            f"--pod-selector=<pod_selector> must be a valid label selector: {problem.message}",
            problem.remedy,
        ) from None


def _ask(command: Command, asking: Asking) -> list[Effect]:
    found = nodes_found(command, asking)
    if asking.refused:
        return []
    effects = [effect for one in found for effect in cordoned(one, unschedulable=True)]
    selector = label_selector(command.text_of("pod-selector"))
    on_node: dict[str, list[Object]] = {one.name: [] for one in found}
    for pod in asking.objects.list("Pod", None) if found else ():
        node = (pod.get("spec") or {}).get("nodeName")
        if node in on_node and chosen(selector, (pod.get("metadata") or {}).get("labels") or {}):
            on_node[node].append(pod)
    for name, pods in on_node.items():
        effects.append(_emptied(name, pods, command, asking))
    return effects


def _emptied(node: str, pods: list[Object], command: Command, asking: Asking) -> Effect:
    faults: dict[str, list[str]] = {}
    going: list[tuple[str, str]] = []
    for namespace, name, pod in sorted(_named(pods), key=lambda one: one[:2]):
        verdict = _verdict(pod, command, asking)
        if verdict.goes:
            going.append((namespace, name))
        elif verdict.fault:
            faults.setdefault(verdict.fault, []).append(f"{namespace}/{name}")
    if faults:
        said = [f"cannot delete {why}: {', '.join(names)}" for why, names in faults.items()]
        whole = said[0] if len(said) == 1 else f"[{', '.join(said)}]"
        return Refused(f'error: unable to drain node "{node}" due to error: {whole}')
    grace = command.number("grace-period", -1)
    return Evict(
        tuple(going), node, None if grace < 0 else grace, command.seconds("timeout"),
        command.is_set("disable-eviction"),
    )  # fmt: skip


def _named(pods: list[Object]) -> list[tuple[str, str, Object]]:
    return [
        (pod["metadata"].get("namespace", ""), pod["metadata"].get("name", ""), pod) for pod in pods
    ]


def _verdict(pod: Object, command: Command, asking: Asking) -> _Verdict:
    """What the filters say; the first that does not let a pod go decides."""
    metadata, spec = pod["metadata"], pod.get("spec") or {}
    finished = (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")
    skip = command.number("skip-wait-for-delete-timeout", 0)
    if skip > 0 and _deleted_for(metadata, asking.now) > skip:
        return _STAYS
    owner = controller(pod)
    if _of_daemon_set(owner) and not finished:
        fault = _daemon_set_fault(owner, metadata, command, asking)
        if fault is None:
            return _STAYS
        if fault:
            return _Verdict(goes=False, fault=fault)
    if _MIRROR in (metadata.get("annotations") or {}):
        return _STAYS
    if finished:
        return _GOES
    # presence counts: {} is an emptyDir, too
    local = any(one.get("emptyDir") is not None for one in spec.get("volumes") or ())
    if local and not command.is_set("delete-emptydir-data"):
        return _Verdict(goes=False, fault=_LOCAL)
    if not owner and not command.is_set("force"):
        return _Verdict(goes=False, fault=_UNMANAGED)
    return _GOES


def controller(obj: Object) -> Mapping[str, Any]:
    """The reference to what controls an object; {} if nothing does."""
    owners = (obj.get("metadata") or {}).get("ownerReferences") or ()
    return next((one for one in owners if one.get("controller")), {})


def _of_daemon_set(owner: Mapping[str, Any]) -> bool:
    return (owner.get("apiVersion"), owner.get("kind")) == ("apps/v1", "DaemonSet")


def _daemon_set_fault(
    owner: Mapping[str, Any], metadata: Mapping[str, Any], command: Command, asking: Asking
) -> str | None:
    """Why a pod of a DaemonSet forbids the drain; "" if the pod goes, None if it is ignored."""
    if asking.objects.get("DaemonSet", metadata.get("namespace", ""), owner["name"]) is None:
        gone = f'daemonsets.apps "{owner["name"]}" not found'
        return "" if command.is_set("force") else gone
    return None if command.is_set("ignore-daemonsets") else _DAEMON_SETS


def _deleted_for(metadata: Mapping[str, Any], now: datetime) -> int:
    """Whole seconds since a pod was to be gone; below 0 if that is to come or was not asked."""
    stamp = metadata.get("deletionTimestamp")
    if not isinstance(stamp, str):
        return -1
    try:
        return int((now - datetime.fromisoformat(stamp)).total_seconds())
    except ValueError:
        return -1


DRAIN = Verb(
    "drain",
    (
        *PRINTING, Flag("selector", short="l"), Flag("pod-selector"), Flag("force", "bool"),
        Flag("ignore-daemonsets", "bool"), Flag("delete-emptydir-data", "bool"),
        Flag("disable-eviction", "bool"), Flag("grace-period", "number"),
        Flag("timeout", "duration"), Flag("skip-wait-for-delete-timeout", "number"),
        Flag("chunk-size", "number"),
    ),
    _check,
    _ask,
)  # fmt: skip
