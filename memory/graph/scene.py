"""What the memory knows around one piece of trouble: loaded from the index when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kubectl_smart.memory.graph.around import Around
from kubectl_smart.memory.graph.change_classes import WORKLOADS
from kubectl_smart.memory.graph.node_neighbours import (
    CAME_WITHIN,
    Arrival,
    arrivals,
    can_be,
    crowded,
)
from kubectl_smart.memory.graph.object_past import Later
from kubectl_smart.memory.graph.reach import Reached, Ties
from kubectl_smart.memory.graph.schedules import runs_a_day
from kubectl_smart.memory.graph.seen import Seen
from kubectl_smart.memory.graph.symptoms import SECOND, Onset, Symptom
from kubectl_smart.memory.graph.taking_effect import Pods
from kubectl_smart.memory.graph.weighing import LOOK_BACK
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef

METRICS = "prometheus"
_MOST_PODS = 30


class IndexedScene:
    """A `weighing.Scene` on an index, around one window.

    around        reads the index
    ties          the dependencies that held
    since, until  microseconds UTC: pods made in it are known
    """

    def __init__(self, around: Around, ties: Ties, since: int, until: int) -> None:
        self.ties = self._configured = ties
        self._around = around
        self._since = since
        self._until = until
        self._changes: dict[tuple[ObjectRef, int, int], tuple[list[Committed], float]] = {}
        self._later: dict[ObjectRef, Later] = {}
        self._pods: dict[ObjectRef, Pods] = {}
        self._seen_on: dict[ObjectRef, Seen] = {}
        self._pods_in_trouble: dict[tuple[ObjectRef, int, int], tuple[ObjectRef, ...]] = {}
        self._runs_a_day: dict[ObjectRef, float] = {}
        self._begins: int | None = None
        self._sought: tuple[Symptom, Onset, bool] | None = None
        self._beside: dict[ObjectRef, Mapping[ObjectRef, tuple[Arrival, ...]]] = {}

    def changes(self, ref: ObjectRef, since: int, until: int) -> Sequence[Committed]:
        """See Scene."""
        return self._looked_at(ref, since, until)[0]

    def stand_for(self, ref: ObjectRef, since: int, until: int) -> float:
        """See Scene."""
        return self._looked_at(ref, since, until)[1]

    def later(self, ref: ObjectRef, since: int, until: int) -> Later:
        """See Scene."""
        if ref not in self._later:
            self._later[ref] = Later(self.changes(ref, since, until))
        return self._later[ref]

    def _looked_at(self, ref: ObjectRef, since: int, until: int) -> tuple[list[Committed], float]:
        key = ref, since, until
        if key not in self._changes:
            part = self._around.changes(ref, max(since, self._until - LOOK_BACK), until)
            found = [each for each in part.changes if isinstance(each.record, Change)]
            each_for = part.of / max(len(found), 1)
            if runs := self._runs(ref, since, until):
                found = sorted([*found, *runs], key=_at)
            self._changes[key] = found, each_for
        return self._changes[key]

    def _runs(self, ref: ObjectRef, since: int, until: int) -> list[Committed]:
        """The runs of a CronJob that were begun in the window."""
        if ref.kind != "CronJob":
            return []
        return [
            each
            for each in self._around.made(ref, self._since, self._until)[0]
            if isinstance(each.record, Change)
            and each.record.object.kind == "Job"
            and each.record.verb == "create"
            and since <= each.record.happened_at < until
        ]

    def begins(self) -> int:
        """See Scene."""
        if self._begins is None:
            heard = [one.from_at for one in self._around.coverage()]
            self._begins = min(heard, default=self._since)
        return self._begins

    def pods(self, owner: ObjectRef) -> Pods:
        """See Scene."""
        if owner not in self._pods:
            self._pods[owner] = self._made(owner)
        return self._pods[owner]

    def _made(self, owner: ObjectRef) -> Pods:
        made: dict[ObjectRef, int] = {}
        on: dict[ObjectRef, str] = {}
        found, since = self._around.made(owner, self._since, self._until)
        for each in found:
            change = each.record
            if not isinstance(change, Change) or change.object.kind not in ("Pod", "Job"):
                continue
            if change.verb == "create":
                made.setdefault(change.object, change.happened_at)
            for edit in change.edits:
                if edit.path == "spec.nodeName" and isinstance(edit.after, str):
                    on[change.object] = edit.after
        return Pods(made, on, since)

    def onsets(self, ref: ObjectRef, symptom: Symptom) -> list[Onset]:
        """See Scene."""
        return self._seen(ref).onsets.get(symptom, [])

    def _seen(self, ref: ObjectRef) -> Seen:
        if ref not in self._seen_on:
            self._seen_on[ref] = self._around.looked(ref, self._until - LOOK_BACK)
        return self._seen_on[ref]

    def cuts(self, each: Committed, reached: Reached) -> bool | None:
        """See Scene."""
        return self._around.connections.lost(each, reached, self._until - 1)

    # --- metrics --------------------------------------------------------------------------------

    def measured(self, at: int) -> bool:
        """See Scene."""
        return self._around.measured_beside(at) or any(
            one.source == METRICS and one.from_at <= at <= one.to_at
            for one in self._around.coverage()
        )

    def surges(self, ref: ObjectRef) -> list[Onset]:
        """See Scene."""
        return self._seen(ref).surges

    def runs_a_day(self, ref: ObjectRef, at: int) -> float:
        """See Scene."""
        if ref not in self._runs_a_day:
            state = self._around.connections.state(ref, at) or {}
            spec = state.get("spec")
            schedule = spec.get("schedule") if isinstance(spec, Mapping) else None
            self._runs_a_day[ref] = runs_a_day(schedule)
        return self._runs_a_day[ref]

    def in_trouble(self, ref: ObjectRef, low: int, high: int) -> tuple[ObjectRef, ...]:
        """See Scene."""
        key = ref, low, high
        if key not in self._pods_in_trouble:
            found = {pod for at, pod in self._seen(ref).troubled if low <= at <= high}
            self._pods_in_trouble[key] = tuple(sorted(found))
        return self._pods_in_trouble[key]

    def named(self, ref: ObjectRef, low: int, high: int) -> frozenset[ObjectRef]:
        """See Scene."""
        return frozenset(one for at, one in self._seen(ref).named if low <= at <= high)

    # --- who shares a node -------------------------------------------------------------------

    def look_beside(self, symptom: Symptom, onset: Onset, *, pressed: bool) -> None:
        """Neighbours are looked for: of which trouble; pressed: whether a node is said to be."""
        self._sought = (symptom, onset, pressed)

    def beside(self, near: ObjectRef) -> Mapping[ObjectRef, tuple[Arrival, ...]]:
        """See Scene."""
        if self._sought is None or (
            near.kind not in WORKLOADS and near.kind not in ("Node", "Pod")
        ):
            return {}
        if near not in self._beside:
            self._beside[near] = self._came_beside(near, *self._sought)
        return self._beside[near]

    def _came_beside(
        self, near: ObjectRef, symptom: Symptom, onset: Onset, pressed: bool
    ) -> Mapping[ObjectRef, tuple[Arrival, ...]]:
        nodes = self._crowded(near, onset)
        pressed = pressed or any(self.is_pressed(node) for node in nodes)
        if not nodes or not can_be(symptom, pressed=pressed):
            return {}
        bound = self._around.derived(onset.low - CAME_WITHIN, onset.high + 1)
        return arrivals(bound, nodes, near)

    def _crowded(self, near: ObjectRef, onset: Onset) -> list[str]:
        """The nodes on which those in trouble are; all of its pods where none is known to be."""
        if near.kind == "Node":
            return [near.name]
        pods = self.in_trouble(near, onset.low - CAME_WITHIN, onset.high)
        if pods:
            return crowded(self.nodes_of(pods))
        return crowded(self.pods(near).on) if self._suffers(near, onset) else []

    def _suffers(self, near: ObjectRef, onset: Onset) -> bool:
        """Whether a metric of a workload, or of a Service before it, shows trouble then."""
        services = [tie.caller for tie in self._configured(near) if tie.kind == "selects"]
        return any(
            onset.low - CAME_WITHIN <= one.high and one.low <= onset.high
            for ref in (near, *services)
            for symptom in (Symptom.SATURATION, Symptom.LATENCY)
            for one in self.onsets(ref, symptom)
        )

    def is_pressed(self, node: str) -> bool:
        """See Scene."""
        if self._sought is None:
            return False
        _, onset, pressed = self._sought
        ref = ObjectRef("", "Node", CLUSTER, node)
        return pressed or any(
            onset.low - CAME_WITHIN <= one.high and one.low <= onset.high + SECOND
            for one in self.onsets(ref, Symptom.SATURATION)
        )

    # --- where pods ran -----------------------------------------------------------------------

    def nodes_of(self, pods: Iterable[ObjectRef]) -> dict[ObjectRef, str]:
        """Pod -> node, of those that were ever bound to one; at most so many are looked up."""
        some = list(pods)[:_MOST_PODS]
        return {pod: node for pod in some if (node := self._around.node_of(pod))}

    def taken_away(self, owner: ObjectRef, since: int, until: int) -> list[ObjectRef]:
        """The pods of a workload that went away in a window, by time."""
        return [
            each.record.object
            for each in self._around.made(owner, self._since, self._until)[0]
            if isinstance(each.record, Change)
            and each.record.gone
            and each.record.object.kind == "Pod"
            and since <= each.record.happened_at < until
        ]


def _at(each: Committed) -> int:
    return each.record.happened_at if isinstance(each.record, Change) else 0
