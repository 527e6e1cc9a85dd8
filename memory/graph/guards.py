"""Which guard was missing: facts of the objects as they stood, each a thing that can be added.

Nothing is advised that the state does not show to be absent, and nothing that could not have acted
on this very chain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kubectl_smart.memory.formats.wiring.walking import inside
from kubectl_smart.memory.graph.change_classes import Class, effect_of
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.objects import ObjectRef

State = Mapping[str, Any]

_ROLLED_OUT = frozenset(
    {Class.IMAGE, Class.ENV, Class.COMMAND, Class.MEMORY_LIMIT, Class.CPU_LIMIT, Class.SECURITY,
     Class.VOLUMES, Class.TEMPLATE}
)  # fmt: skip
_READ = frozenset({Class.CONFIG, Class.SECRET})
_HAS_BOUNDS = frozenset(
    {Class.CONFIG, Class.ENV, Class.MEMORY_LIMIT, Class.CPU_LIMIT, Class.REQUESTS, Class.BOUNDS,
     Class.REPLICAS_DOWN, Class.REPLICAS_UP}
)  # fmt: skip
"""What a rule such as `never below 5` can be pinned to."""


def missing(
    change: Change,
    of: Class,
    symptom: Symptom,
    troubled: ObjectRef,
    workload: State | None,
    *,
    ruled: bool,
    budgeted: bool,
    called: str = "",
) -> Iterator[str]:
    """What would have held or softened it, and was not there.

    of        the class of change the root is suspected for
    troubled  the workload in trouble, and its state then; None if not known
    ruled     whether a rule is pinned to a field that the root changed
    budgeted  whether a disruption budget selects the pods in trouble
    called    of a policy: the field that names the connection it took away; "" if not known
    """
    name = troubled.title
    if workload is not None and of in _ROLLED_OUT | _READ:
        yield from _probes(name, workload, symptom)
    if of in _READ:
        yield (
            f"{change.object.title} is edited in place: no rollout of {name} belongs to the edit, "
            "so `kubectl rollout undo` cannot take it back"
        )
    if of in (Class.NODE, Class.DELETED) and change.object.kind == "Node":
        if change.gone or change.verb == "delete":
            none = "" if budgeted else ", and no budget covers them"
            yield (
                f"{change.object.title} was deleted while pods of {name} ran on it: a deletion "
                f"asks no disruption budget, `kubectl drain` before it does{none}"
            )
        elif not budgeted:
            yield f"no disruption budget covers the pods of {name}"
        replicas = inside(workload or {}, "spec").get("replicas")
        if replicas == 1:
            yield f"{name} had one replica: any node it stands on takes all of it away"
    if of is Class.POLICY and called:
        yield f"the connection it took away is named in {called}: it can be checked beforehand"
    if of is Class.RUN or (of is Class.CONFIG and troubled.kind in ("Job", "CronJob")):
        yield f"nothing stood between {change.object.title} and the run that acted on it"
    fields = effect_of(change, symptom).edits
    if fields and not ruled and of in _HAS_BOUNDS:
        kind = change.object.kind.lower()
        place = f" -n {change.object.namespace}" if change.object.namespace else ""
        field = fields[0].path.removeprefix("spec.template.spec.").removeprefix("data.")
        yield (
            f"no rule is pinned to {field}: `kubectl smart remember {kind}/{change.object.name}"
            f'{place} --field {field} "never … because …"` makes the next edit of it warn'
        )


def _probes(name: str, workload: State, symptom: Symptom) -> Iterator[str]:
    template = inside(workload, "spec", "template", "spec")
    containers = [one for one in template.get("containers") or () if isinstance(one, Mapping)]
    bare = [str(one.get("name")) for one in containers if "readinessProbe" not in one]
    if bare:
        yield (
            f"no readiness probe on {', '.join(bare)} of {name}: its new pods counted as "
            "available at once, and the rollout went on"
        )
    spec = inside(workload, "spec")
    if symptom is Symptom.RESTARTS and "minReadySeconds" not in spec and not bare:
        yield f"minReadySeconds of {name} is 0: a pod that crashes a second later has counted"
    unlimited = [
        str(one.get("name"))
        for one in containers
        if "memory" not in inside(one, "resources", "limits")
    ]
    if symptom is Symptom.SATURATION and unlimited:
        yield f"no memory limit on {', '.join(unlimited)} of {name}"
