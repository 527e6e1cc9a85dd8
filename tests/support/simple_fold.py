"""A small deterministic fold for tests of the store: every kind of record, nothing of audit logs.

An entry's body is JSON: `{"op": ..., "at": microseconds, ...}`. See `SimpleFold.fold`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

import orjson
from immutables import Map

from kubectl_smart.memory.formats.diffs import diff
from kubectl_smart.memory.formats.identity import change_id, note_id, observation_id, step_id
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import UNKNOWN, Change, Facet, FieldEdit, Knowledge
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.facts import Record
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step
from kubectl_smart.memory.store.protocols import LiveState, SpoolEntry, SpoolItem

SARAH = Actor("sarah@example.com", ActorKind.HUMAN)
WINDOW = 60_000_000
Numbered = tuple[int, Record]


class Open(NamedTuple):
    """A record still gathering events, the sequence of its first, and of all."""

    sequence: int
    record: Step | Observation
    entries: tuple[int, ...]


class State(NamedTuple):
    """objects: (ref, facet) -> state; open: key -> Open."""

    objects: Map[tuple[ObjectRef, Facet], bytes]
    open: Map[str, Open]


def seeded(live: Iterable[LiveState] = ()) -> State:
    """The fold's state at the tips of a store."""
    return State(Map({(one.ref, one.facet): one.state for one in live}), Map())


def item(audit_id: str, at: int, op: str, **members: Any) -> SpoolItem:
    """Something to spool; it is received a second after it happened."""
    body = orjson.dumps({"op": op, "at": at, **members}, option=orjson.OPT_SORT_KEYS)
    return SpoolItem(f"{audit_id}/ResponseComplete", "test", at + 1_000_000, body)


def ref_of(event: dict[str, Any]) -> ObjectRef:
    """The object an event is about; Deployments unless it says otherwise."""
    kind = event.get("kind", "Deployment")
    group = "apps" if kind == "Deployment" else ""
    return ObjectRef(group, kind, event.get("namespace", "payments"), event["name"])


def state_of(event: dict[str, Any], ref: ObjectRef) -> bytes:
    """The whole object after a `set`; `rv` orders its versions."""
    obj = {
        "apiVersion": "apps/v1" if ref.group else "v1",
        "kind": ref.kind,
        "metadata": {"name": ref.name, "namespace": ref.namespace},
        "spec": {"rv": event["rv"], **event.get("spec", {})},
    }
    return orjson.dumps(obj, option=orjson.OPT_SORT_KEYS)


class SimpleFold:
    """Implements `protocols.Fold`."""

    def fold(self, state: State, entry: SpoolEntry) -> tuple[State, list[Numbered]]:
        """Ops: set, gone, fields, look, seen, note, incident, heard, many, nothing."""
        event = orjson.loads(entry.body)
        audit_id = entry.key.rpartition("/")[0]
        state, done = self._expire(state, event["at"])
        match event["op"]:
            case "set" | "gone" | "fields":
                state, more = self._change(state, event, audit_id, entry.sequence)
            case "many":
                more = []
                for one in event["events"]:
                    merged = {"at": event["at"], **one}
                    state, some = self._change(state, merged, audit_id, entry.sequence)
                    more += some
            case "look" | "seen":
                state, more = self._gather(state, event, audit_id, entry.sequence), []
            case "nothing":
                more = []
            case _:
                more = [(entry.sequence, self._plain(event, audit_id))]
        return state, [*done, *more]

    def close(self, state: State) -> tuple[State, list[Numbered]]:
        """Complete everything open."""
        done = sorted((one.sequence, key) for key, one in state.open.items())
        records = [(sequence, state.open[key].record) for sequence, key in done]
        return State(state.objects, Map()), records

    def low_water(self, state: State) -> int | None:
        """The lowest sequence still open."""
        return min((one.sequence for one in state.open.values()), default=None)

    def open_entries(self, state: State) -> set[int]:
        """Every sequence still open."""
        return {sequence for one in state.open.values() for sequence in one.entries}

    def _expire(self, state: State, now: int) -> tuple[State, list[Numbered]]:
        old = sorted(
            (one.sequence, key)
            for key, one in state.open.items()
            if _first(one.record) + WINDOW < now
        )
        still = state.open
        for _, key in old:
            still = still.delete(key)
        done = [(sequence, state.open[key].record) for sequence, key in old]
        return State(state.objects, still), done

    def _change(
        self, state: State, event: dict[str, Any], audit_id: str, sequence: int
    ) -> tuple[State, list[Numbered]]:
        ref = ref_of(event)
        facet = Facet(event.get("facet", "object"))
        key = (ref, facet)
        before = state.objects.get(key)
        gone = event["op"] == "gone"
        full = event["op"] != "fields"
        after = state_of(event, ref) if event["op"] == "set" else None
        if before is not None and before == after:
            return state, []
        late = bool(before and after and _rv(after) < _rv(before))
        edits: tuple[FieldEdit, ...] = ()
        if not full:
            edits = (FieldEdit("spec.replicas", UNKNOWN, event["replicas"]),)
        elif before is not None and after is not None and not late:
            edits = diff(orjson.loads(before), orjson.loads(after))
        change = Change(
            id=change_id(audit_id, ref, facet),
            object=ref,
            uid=event.get("uid", f"uid-{ref.name}"),
            facet=facet,
            derived=event.get("derived", False),
            verb="delete" if gone else "update" if before or not full else "create",
            actor=Actor(event["by"], ActorKind.UNKNOWN) if "by" in event else SARAH,
            via=event.get("via", f"kubectl edit {ref.name}"),
            happened_at=event["at"],
            audit_id=audit_id,
            resource_version=str(event.get("rv", "")),
            knowledge=Knowledge.FULL if full else Knowledge.FIELDS,
            edits=edits,
            state=after,
            gone=gone,
            reason=event.get("reason", ""),
            late=late or (not full and event.get("late", False)),
        )
        objects = state.objects
        if gone:
            objects = objects.delete(key) if key in objects else objects
        elif after is not None and not late:
            objects = objects.set(key, after)
        return State(objects, state.open), [(sequence, change)]

    def _gather(self, state: State, event: dict[str, Any], audit_id: str, sequence: int) -> State:
        ref, at = ref_of(event), event["at"]
        key = f"{event['op']} {ref}"
        found = state.open.get(key)
        record: Step | Observation
        if found is None:
            record = _begun(event, ref, audit_id)
        elif isinstance(found.record, Step):
            audit_ids = (*found.record.audit_ids, audit_id)
            count = found.record.count + 1
            record = replace(found.record, audit_ids=audit_ids, until=at, count=count)
        else:
            count = found.record.count + 1
            record = replace(found.record, count=count, last_at=at, audit_id=audit_id)
        entries = (sequence,) if found is None else (*found.entries, sequence)
        return State(state.objects, state.open.set(key, Open(entries[0], record, entries)))

    def _plain(self, event: dict[str, Any], audit_id: str) -> Record:
        at = event["at"]
        if event["op"] == "heard":
            return Heard(source="audit-log", session="one", from_at=event["from"], to_at=at)
        if event["op"] == "incident":
            return Incident(
                id=event["id"],
                title=event.get("title", "An outage"),
                status=IncidentStatus.OPEN,
                opened_at=at,
                closed_at=0,
                actor=SARAH,
                happened_at=at,
                text=event["text"],
            )
        return Note(
            id=note_id(audit_id),
            author=SARAH,
            text=event["text"],
            about=ref_of(event) if "name" in event else None,
            field="",
            explains="",
            incident="",
            happened_at=at,
        )


def _begun(event: dict[str, Any], ref: ObjectRef, audit_id: str) -> Step | Observation:
    at = event["at"]
    if event["op"] == "look":
        return Step(
            id=step_id(audit_id),
            actor=SARAH,
            action="get",
            target=ref,
            namespace=ref.namespace,
            command=f"kubectl get {ref.kind.lower()} {ref.name}",
            happened_at=at,
            until=at,
            count=1,
            status=200,
            outcome="",
            audit_ids=(audit_id,),
        )
    return Observation(
        id=observation_id(str(ref), str(at)),
        kind="BackOff",
        about=ref,
        owner=None,
        first_at=at,
        last_at=at,
        count=1,
        message="Back-off restarting failed container",
        warning=True,
        source="event",
        audit_id=audit_id,
    )


def _first(record: Step | Observation) -> int:
    return record.happened_at if isinstance(record, Step) else record.first_at


def _rv(state: bytes) -> int:
    found: int = orjson.loads(state)["spec"]["rv"]
    return found


def workload(count: int, *, seed: int = 1, start: int = 1_763_855_000_000_000) -> list[SpoolItem]:
    """A mixed run of `count` items, a function of the seed alone."""
    import random

    chance = random.Random(seed)
    items: list[SpoolItem] = []
    at = start
    versions: dict[str, int] = {}
    for number in range(count):
        at += chance.choice((1_000, 40_000, 3_000_000))
        audit_id = hashlib.sha256(f"{seed} {number}".encode()).hexdigest()[:32]
        name = f"app-{chance.randrange(40)}"
        what = chance.random()
        if what < 0.35:
            versions[name] = rv = versions.get(name, 0) + 1
            spec = {"replicas": chance.randrange(9), "image": f"web:{number}"}
            items.append(item(audit_id, at, "set", name=name, rv=rv, spec=spec, reason="tuning"))
        elif what < 0.65:
            pod = f"{name}-{chance.randrange(6)}"
            versions[pod] = rv = versions.get(pod, 0) + 1
            items.append(
                item(audit_id, at, "set", name=pod, kind="Pod", derived=True, rv=rv, by="kubelet")
            )
        elif what < 0.7:
            pod = f"{name}-{chance.randrange(6)}"
            items.append(item(audit_id, at, "gone", name=pod, kind="Pod", derived=True))
        elif what < 0.8:
            items.append(item(audit_id, at, "look", name=name))
        elif what < 0.9:
            items.append(item(audit_id, at, "seen", name=name, kind="Pod"))
        elif what < 0.93:
            items.append(item(audit_id, at, "note", name=name, text=f"Note {number}: be careful"))
        elif what < 0.96:
            items.append(item(audit_id, at, "fields", name=name, replicas=number))
        elif what < 0.98:
            items.append(item(audit_id, at, "heard", **{"from": at - 1_000_000}))
        else:
            items.append(item(audit_id, at, "nothing"))
    return items
