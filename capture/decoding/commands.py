"""How a request was made, as a person would say it: the kubectl line behind it, or the tool.

Rebuilt from verb, subresource, user agent, field manager and body. kubectl names its
sub-command in the field manager (`kubectl-set`, `kubectl-rollout` …, k8s.io/kubectl
pkg/cmd/*); where it does not (scale, cordon, undo, edit's and patch's bodies) the shape
of the body tells. What cannot be told is left out, so a line may lack flags the person
typed; it never has one that does not follow from the event. Values come redacted.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

import orjson

from kubectl_smart.capture.decoding.clients import called, command_line
from kubectl_smart.capture.decoding.events import AuditEvent
from kubectl_smart.capture.decoding.patches import PatchType, patch_type
from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.kinds import by_resource

_MAX_PATCH = 160


def via(event: AuditEvent, actor: Actor, node: str = "") -> str:
    """The command or tool behind a request; `node` is where the pod of an eviction runs."""
    program = command_line(event.agent)
    if not program:
        return called(actor, event.agent, event.field_manager)
    return program + _words(event, node).removeprefix("kubectl")


def place(event: AuditEvent) -> str:
    """`-n prod`, with a leading blank; nothing for cluster-scoped objects."""
    info = by_resource(event.group, event.resource)
    scoped = info.namespaced if info is not None else bool(event.namespace)
    return f" -n {event.namespace}" if scoped and event.namespace else ""


def noun(event: AuditEvent) -> str:
    """`deployment`, or the resource as it is where it is none of Kubernetes' own."""
    info = by_resource(event.group, event.resource)
    if info is not None:
        return info.kind.lower()
    return f"{event.resource}.{event.group}" if event.group else event.resource


def target(event: AuditEvent) -> str:
    """`deployment/payment-api`; the name of a create comes with its body."""
    return f"{noun(event)}/{name_of(event)}"


def name_of(event: AuditEvent) -> str:
    """The object's name: of the URI, else of the answer, else of the body."""
    if event.name:
        return event.name
    for obj in (event.response, event.request):
        metadata = obj.get("metadata") if isinstance(obj, dict) else None
        if isinstance(metadata, dict):
            found = metadata.get("name") or metadata.get("generateName")
            if isinstance(found, str) and found:
                return found
    return ""


def _words(event: AuditEvent, node: str) -> str:
    sub = event.subresource
    if sub == "scale":
        return f"kubectl scale {target(event)}{place(event)}{_replicas(event.request)}"
    if sub == "eviction":
        return f"kubectl drain {node}" if node else f"kubectl drain (evicting {event.name})"
    if sub == "ephemeralcontainers":
        return f"kubectl debug {event.name}{place(event)}"
    if sub == "token":
        return f"kubectl create token {event.name}{place(event)}"
    if sub == "approval":
        return f"kubectl certificate approve {event.name}"
    if event.verb in ("delete", "deletecollection"):
        return _delete(event)
    if event.verb == "create":
        return _create(event)
    if event.verb == "update":
        return _update(event)
    if event.verb == "patch":
        return _patch(event)
    return f"kubectl {event.verb} {target(event)}{place(event)}"


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _replicas(body: Any) -> str:
    spec = body.get("spec") if isinstance(body, dict) else None
    count = spec.get("replicas") if isinstance(spec, dict) else None
    return f" --replicas={count}" if isinstance(count, int) else ""


def _delete(event: AuditEvent) -> str:
    if event.verb == "deletecollection":
        chosen = event.parameter("labelSelector")
        which = f" -l {shlex.quote(chosen)}" if chosen else " --all"
        return f"kubectl delete {noun(event)}{which}{place(event)}"
    grace = event.parameter("gracePeriodSeconds")
    now = f" --grace-period={grace}" if grace else ""
    return f"kubectl delete {noun(event)} {event.name}{place(event)}{now}"


_CREATORS = {
    "kubectl-client-side-apply": "kubectl apply",
    "kubectl-run": "kubectl run",
    "kubectl-expose": "kubectl expose",
    "kubectl-autoscale": "kubectl autoscale",
}


def _create(event: AuditEvent) -> str:
    name = name_of(event)
    creator = _CREATORS.get(event.field_manager)
    if creator == "kubectl apply":
        return f"kubectl apply -f ({target(event)}{place(event)})"
    if creator is not None:
        return f"{creator} {name}{place(event)}"
    return f"kubectl create {noun(event)} {name}{place(event)}"


def _update(event: AuditEvent) -> str:
    if event.field_manager in (
        "kubectl-edit",
        "kubectl-annotate",
        "kubectl-label",
        "kubectl-taint",
    ):
        return f"kubectl {event.field_manager[8:]} {target(event)}{place(event)}"
    return f"kubectl replace -f ({target(event)}{place(event)})"


def _patch(event: AuditEvent) -> str:
    manager, body = event.field_manager, event.request
    tail = f"{target(event)}{place(event)}"
    if manager == "kubectl-client-side-apply":
        return f"kubectl apply -f ({tail})"
    if patch_type(body, manager) is PatchType.APPLY:
        force = " --force-conflicts" if event.parameter("force") == "true" else ""
        return f"kubectl apply --server-side{force} -f ({tail})"
    by_manager = _MANAGED.get(manager)
    if by_manager is not None:
        return by_manager(event, body)
    if event.resource == "nodes" and isinstance(body, dict) and _only(body, "unschedulable"):
        word = "cordon" if body["spec"]["unschedulable"] else "uncordon"
        return f"kubectl {word} {event.name}"
    if _is_undo(event):
        return f"kubectl rollout undo {tail}"
    return _plain_patch(event, body)


def _only(body: dict[str, Any], field: str) -> bool:
    spec = body.get("spec")
    return isinstance(spec, dict) and set(spec) == {field}


_ROLLED = frozenset({"deployments", "daemonsets", "statefulsets"})


def _is_undo(event: AuditEvent) -> bool:
    """Rolling back replaces the whole pod template, naming no field manager."""
    if event.resource not in _ROLLED or event.field_manager:
        return False
    body = event.request
    if isinstance(body, list):
        paths = [step.get("path") for step in body if isinstance(step, dict)]
        return bool(paths) and paths[0] == "/spec/template"
    spec = body.get("spec") if isinstance(body, dict) else None
    template = spec.get("template") if isinstance(spec, dict) else None
    return isinstance(template, dict) and template.get("$patch") == "replace"


def _plain_patch(event: AuditEvent, body: Any) -> str:
    kind = " --type=json" if isinstance(body, list) else ""
    text = orjson.dumps(body).decode() if body is not None else ""
    shown = f" -p {shlex.quote(text)}" if text and len(text) <= _MAX_PATCH else ""
    return f"kubectl patch {noun(event)} {event.name}{place(event)}{kind}{shown}"


def _set(event: AuditEvent, body: Any) -> str:
    tail = f"{target(event)}{place(event)}"
    pod = _pod_spec(body)
    words: list[str] = []
    for field in ("initContainers", "containers"):
        for container in _items(pod.get(field)):
            if isinstance(container, dict):
                words += _container_words(container)
    if "serviceAccountName" in pod:
        return f"kubectl set serviceaccount {tail} {pod['serviceAccountName']}"
    if isinstance(body, dict) and "subjects" in body:
        return f"kubectl set subject {tail}"
    if event.resource == "services":
        return f"kubectl set selector {tail}"
    what = words.pop(0) if words else ""
    rest = [word for word in words if not word.startswith("set ")]
    return f"kubectl {what or 'set'} {tail}{''.join(' ' + word for word in rest)}"


def _container_words(container: dict[str, Any]) -> list[str]:
    """The sub-command first, then its arguments."""
    name = container.get("name", "")
    if "image" in container:
        return ["set image", shlex.quote(f"{name}={container['image']}")]
    if isinstance(container.get("resources"), dict):
        words = ["set resources", f"-c {name}"]
        for part in ("requests", "limits"):
            amounts = container["resources"].get(part)
            if isinstance(amounts, dict):
                words.append(f"--{part}=" + ",".join(f"{k}={v}" for k, v in amounts.items()))
        return words
    if "env" in container:
        return ["set env", *(_env_word(item) for item in _items(container["env"]))]
    return []


def _env_word(item: Any) -> str:
    if not isinstance(item, dict):
        return ""
    if item.get("$patch") == "delete":
        return f"{item.get('name', '')}-"
    if "value" in item:
        return shlex.quote(f"{item.get('name', '')}={item['value']}")
    return f"{item.get('name', '')}=(from another object)"


def _pod_spec(body: Any) -> dict[str, Any]:
    """The pod spec a patch speaks of: a Pod's own, a workload's, a CronJob's."""
    spec = body.get("spec") if isinstance(body, dict) else None
    while isinstance(spec, dict):
        if "jobTemplate" in spec and isinstance(spec["jobTemplate"], dict):
            spec = spec["jobTemplate"].get("spec")
        elif "template" in spec and isinstance(spec["template"], dict):
            spec = spec["template"].get("spec")
        else:
            return spec
    return {}


def _rollout(event: AuditEvent, body: Any) -> str:
    spec = body.get("spec") if isinstance(body, dict) else None
    word = "restart"
    if isinstance(spec, dict) and "paused" in spec:
        word = "pause" if spec["paused"] else "resume"
    return f"kubectl rollout {word} {target(event)}{place(event)}"


def _metadata(word: str, part: str) -> Callable[[AuditEvent, Any], str]:
    def line(event: AuditEvent, body: Any) -> str:
        metadata = body.get("metadata") if isinstance(body, dict) else None
        values = metadata.get(part) if isinstance(metadata, dict) else None
        words = [
            f"{key}-" if value is None else shlex.quote(f"{key}={value}")
            for key, value in (values if isinstance(values, dict) else {}).items()
        ]
        return f"kubectl {word} {target(event)}{place(event)}" + "".join(f" {one}" for one in words)

    return line


def _taint(event: AuditEvent, body: Any) -> str:
    """Taints are replaced as a list, so what was typed shows only beside the list before."""
    after = _taints(body)
    before = _taints(event.before)
    words = [
        f"{key}{'=' + value if value else ''}:{effect}"
        for key, effect, value in after
        if (key, effect, value) not in before
    ]
    words += [
        f"{key}:{effect}-"
        for key, effect, _ in before
        if (key, effect) not in [(one[0], one[1]) for one in after]
    ]
    return " ".join(["kubectl taint node", event.name, *words])


def _taints(node: Any) -> list[tuple[str, str, str]]:
    spec = node.get("spec") if isinstance(node, dict) else None
    taints = spec.get("taints") if isinstance(spec, dict) else None
    return [
        (str(one.get("key", "")), str(one.get("effect", "")), str(one.get("value", "")))
        for one in _items(taints)
        if isinstance(one, dict)
    ]


def _edit(event: AuditEvent, _body: Any) -> str:
    return f"kubectl edit {target(event)}{place(event)}"


_MANAGED: dict[str, Callable[[AuditEvent, Any], str]] = {
    "kubectl-set": _set,
    "kubectl-rollout": _rollout,
    "kubectl-annotate": _metadata("annotate", "annotations"),
    "kubectl-label": _metadata("label", "labels"),
    "kubectl-taint": _taint,
    "kubectl-edit": _edit,
    "kubectl-patch": _plain_patch,
    "kubectl-autoscale": lambda event, _: f"kubectl autoscale {target(event)}{place(event)}",
}
