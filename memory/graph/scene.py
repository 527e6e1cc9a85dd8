"""What the memory knows around one piece of trouble: loaded from the index when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from kubectl_smart.memory.graph.network_policies import Peer, allowed
from kubectl_smart.memory.graph.reach import Reached, Ties
from kubectl_smart.memory.graph.symptoms import Onset, Symptom, episodes
from kubectl_smart.memory.graph.taking_effect import Pods
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.records.changes import Change, Facet
from kubectl_smart.memory.records.facts import Committed, ReadStates, StatePlace
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.records.observations import Observation

_HOUR = 3_600_000_000
_POLICIES = [("networking.k8s.io", "NetworkPolicy")]
_NAMESPACES = [("", "Namespace")]


class IndexedScene:
    """A `suspects.Scene` on an index, around one window.

    since, until  microseconds UTC: pods made in it are known
    ties          the dependencies that held
    """

    def __init__(
        self, index: Index, read_states: ReadStates, ties: Ties, since: int, until: int
    ) -> None:
        self.ties = ties
        self._index = index
        self._read_states = read_states
        self._since = since
        self._until = until
        self._changes: dict[ObjectRef, list[Committed]] = {}
        self._derived: dict[str, list[Committed]] = {}
        self._pods: dict[str, dict[ObjectRef, Pods]] = {}
        self._onsets: dict[ObjectRef, dict[Symptom, list[Onset]]] = {}
        self._begins: int | None = None

    def changes(self, ref: ObjectRef, since: int, until: int) -> Sequence[Committed]:
        """See Scene."""
        if ref not in self._changes:
            self._changes[ref] = [*self._index.changes_of(ref), *self._runs(ref)]
            self._changes[ref].sort(key=lambda each: _at(each))
        return [
            each
            for each in self._changes[ref]
            if isinstance(each.record, Change) and since <= each.record.happened_at < until
        ]

    def _runs(self, ref: ObjectRef) -> list[Committed]:
        """The runs of a CronJob that were begun in the window."""
        if ref.kind != "CronJob":
            return []
        return [
            each
            for each in self._bulk(ref.namespace)
            if isinstance(each.record, Change)
            and each.record.owner == ref
            and each.record.object.kind == "Job"
            and each.record.verb == "create"
        ]

    def _bulk(self, namespace: str) -> list[Committed]:
        if namespace not in self._derived:
            self._derived[namespace] = self._index.changes_between(
                self._since, self._until, namespace, derived=True
            )
        return self._derived[namespace]

    def begins(self) -> int:
        """See Scene."""
        if self._begins is None:
            heard = [one.from_at for one in self._index.coverage()]
            self._begins = min(heard, default=self._since)
        return self._begins

    def pods(self, owner: ObjectRef) -> Pods:
        """See Scene."""
        namespace = owner.namespace
        if namespace not in self._pods:
            self._pods[namespace] = self._made(namespace)
        return self._pods[namespace].get(owner, Pods({}, {}, self._since))

    def _made(self, namespace: str) -> dict[ObjectRef, Pods]:
        made: dict[ObjectRef, dict[ObjectRef, int]] = {}
        on: dict[ObjectRef, dict[ObjectRef, str]] = {}
        for each in self._bulk(namespace):
            change = each.record
            if not isinstance(change, Change) or change.object.kind not in ("Pod", "Job"):
                continue
            owner = change.owner or change.object
            if change.verb == "create":
                made.setdefault(owner, {}).setdefault(change.object, change.happened_at)
            for edit in change.edits:
                if edit.path == "spec.nodeName" and isinstance(edit.after, str):
                    on.setdefault(owner, {})[change.object] = edit.after
        return {
            owner: Pods(made.get(owner, {}), on.get(owner, {}), self._since)
            for owner in made.keys() | on.keys()
        }

    def onsets(self, ref: ObjectRef, symptom: Symptom) -> Sequence[Onset]:
        """See Scene."""
        if ref not in self._onsets:
            seen = {
                each.record.id: each
                for each in (
                    *self._index.observations(owner=ref, warnings_only=True),
                    *self._index.observations(about=ref, warnings_only=True),
                )
                if isinstance(each.record, Observation)
            }
            found: dict[Symptom, list[Onset]] = {}
            for episode in episodes(seen.values()):
                found.setdefault(episode.symptom, []).append(episode.onset)
            self._onsets[ref] = found
        return self._onsets[ref].get(symptom, ())

    # --- policies -------------------------------------------------------------------------------

    def cuts(self, each: Committed, reached: Reached) -> bool | None:
        """See Scene."""
        change = each.record
        if not isinstance(change, Change) or change.object.kind != "NetworkPolicy":
            return None
        pair = _pair(reached)
        if pair is None:
            return None
        at = change.happened_at
        peers = [self._peer(ref, at) for ref in pair]
        if peers[0] is None or peers[1] is None:
            return None
        before, after = self._policies(at - 1, pair), self._policies(at, pair)
        if before is None or after is None:
            return None
        return allowed(peers[0], peers[1], before) and not allowed(peers[0], peers[1], after)

    def _peer(self, ref: ObjectRef, at: int) -> Peer | None:
        """The pods of a workload as policies see them."""
        state = self._state(ref, at)
        place = self._state(ObjectRef("", "Namespace", CLUSTER, ref.namespace), at)
        if state is None:
            return None
        template = state if ref.kind == "Pod" else _inside(state, "spec", "template")
        if ref.kind == "CronJob":
            template = _inside(state, "spec", "jobTemplate", "spec", "template")
        own = {"kubernetes.io/metadata.name": ref.namespace}
        return Peer(
            ref.namespace,
            {**own, **_inside(place or {}, "metadata", "labels")},
            _inside(template, "metadata", "labels"),
        )

    def _policies(
        self, at: int, pair: tuple[ObjectRef, ObjectRef]
    ) -> list[tuple[str, Mapping[str, Any]]] | None:
        found: list[tuple[str, Mapping[str, Any]]] = []
        for namespace in sorted({ref.namespace for ref in pair}):
            for standing in self._index.state_at(at, namespace, _POLICIES):
                state = self._whole(standing[0].place if standing else None)
                if state is None:
                    return None
                found.append((namespace, _inside(state, "spec")))
        return found

    def _state(self, ref: ObjectRef, at: int) -> Mapping[str, Any] | None:
        place = self._index.previous_state(ref, "", Facet.OBJECT, at)
        return self._whole(place)

    def _whole(self, place: StatePlace | None) -> Mapping[str, Any] | None:
        if place is None:
            return None
        (found,) = self._read_states([place])
        return None if found is None else orjson.loads(found)


def _at(each: Committed) -> int:
    return each.record.happened_at if isinstance(each.record, Change) else 0


def _pair(reached: Reached) -> tuple[ObjectRef, ObjectRef] | None:
    """(who calls, whose pods the policy selects) on the way; None if nobody calls on it."""
    selected = reached.way[-1].near if reached.way else None
    for step in reversed(reached.way):
        if step.kind == "calls" and selected is not None:
            return step.near, selected
    return None


def _inside(state: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    here: Any = state
    for key in keys:
        here = here.get(key) if isinstance(here, Mapping) else None
    return here if isinstance(here, Mapping) else {}


LoadTies = Callable[[int], Ties]
