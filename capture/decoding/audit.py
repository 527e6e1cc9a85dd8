"""The fold over the audit log: (state, spool entry) -> (state, records). Pure.

Implements `memory.store.protocols.Fold` for everything intake puts into the spool. It decides
nothing by the clock, by chance or by what another process does, so that a recorder may give it
the same entries again and gets the same records.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import orjson
from immutables import Map

from kubectl_smart.capture import statements
from kubectl_smart.capture.decoding import commands, looking, observing, steps, writes
from kubectl_smart.capture.decoding.actors import identify
from kubectl_smart.capture.decoding.clients import product
from kubectl_smart.capture.decoding.events import AuditEvent, decode
from kubectl_smart.capture.decoding.observing import Seen
from kubectl_smart.capture.decoding.state import NO_OBJECTS, Known, Objects, SeedState, seeded
from kubectl_smart.capture.decoding.steps import NOTHING_OPEN, Open
from kubectl_smart.capture.decoding.written import Write
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import Change, Facet
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.facts import Record
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.store.protocols import SpoolEntry

HEARD = "heard"
"""Source of the entries by which intake says how far it has listened; their body is JSON."""


class FoldState(NamedTuple):
    """Everything the fold knows."""

    objects: Objects
    seen: Seen
    open: Open


EMPTY = FoldState(NO_OBJECTS, Map(), NOTHING_OPEN)

_Numbered = tuple[int, Record]


def resumed(seeds: Iterable[SeedState], observations: Iterable[Observation]) -> FoldState:
    """The state of a fold that goes on where a memory ends.

    observations  those of the last FOLDED microseconds, in any order
    """
    seen: dict[tuple[ObjectRef, str, str], Observation] = {}
    for one in observations:
        key = (one.about, one.kind, one.source)
        if one.source != "event" and (key not in seen or seen[key].last_at <= one.last_at):
            seen[key] = one
    return FoldState(seeded(seeds), Map(seen), NOTHING_OPEN)


def heard_body(heard: Heard) -> bytes:
    """The body of an entry that says what was heard."""
    return orjson.dumps([heard.source, heard.session, heard.from_at, heard.to_at])


class AuditFold:
    """The fold as the recorder takes it; holds nothing itself."""

    def fold(self, state: FoldState, entry: SpoolEntry) -> tuple[FoldState, Sequence[_Numbered]]:
        """The next state, and the records complete with this entry."""
        if entry.source == HEARD:
            source, session, from_at, to_at = orjson.loads(entry.body)
            heard = Heard(source=source, session=session, from_at=from_at, to_at=to_at)
            return state, [(entry.sequence, heard)]
        if entry.source in statements.SOURCES:
            said = statements.record_of(entry.source, entry.body)
            return state, [(entry.sequence, said)]
        event = decode(entry.body)
        actor = identify(
            event.user,
            event.groups,
            event.impersonated,
            event.impersonated_groups,
            event.agent,
        ).actor
        records: list[_Numbered] = []
        if event.at > state.open.due_at:
            still_open, done = steps.sweep(state.open, event.at)
            records += done
            state = state._replace(open=still_open)
        if event.dry_run:
            return state, records
        if event.known:
            return _repeated(state, entry.sequence, event, actor), records
        if event.reads or event.failed:
            return _looked(state, entry.sequence, event, actor), records
        state, made = _written(state, entry.sequence, event, actor)
        return state, [*records, *((entry.sequence, record) for record in made)]

    def close(self, state: FoldState) -> tuple[FoldState, Sequence[_Numbered]]:
        """Complete every open step: the input has ended."""
        still_open, done = steps.close(state.open)
        return state._replace(open=still_open), done

    def low_water(self, state: FoldState) -> int | None:
        """The lowest sequence of an entry that belongs to an open step; None if none does."""
        return state.open.low_water

    def open_entries(self, state: FoldState) -> Collection[int]:
        """Sequences of every entry that belongs to something still open."""
        bursts = (one.sequence for burst in state.open.bursts.values() for one in burst.looks)
        gathered = (n for one in state.open.steps.values() for n in one.sequences)
        return {*bursts, *gathered}


def _looked(state: FoldState, sequence: int, event: AuditEvent, actor: Actor) -> FoldState:
    """A request that changed nothing: a step, if a person made it."""
    if actor.kind is not ActorKind.HUMAN:
        return state
    attempt = "" if event.reads else commands.via(event, actor)
    one = looking.look(event, actor, state.objects.kinds, sequence, attempt)
    client = product(event.agent)
    still_open = state.open
    if attempt:
        still_open = steps.prepared(still_open, actor, client, one)
    return state._replace(open=steps.add(still_open, actor, client, one))


def _repeated(state: FoldState, sequence: int, event: AuditEvent, actor: Actor) -> FoldState:
    """A person's write that is recorded already: what led up to it is part of it again."""
    if actor.kind is not ActorKind.HUMAN or event.reads:
        return state
    return _led_up(state, sequence, event, actor)


def _led_up(state: FoldState, sequence: int, event: AuditEvent, actor: Actor) -> FoldState:
    """The reads that only prepared a person's write are no steps of their own."""
    one = looking.look(event, actor, state.objects.kinds, sequence)
    client = product(event.agent)
    still_open = steps.prepared(state.open, actor, client, one)
    if one.deleted and not event.failed:
        still_open = steps.add(still_open, actor, client, one)
    return state._replace(open=still_open)


def _written(
    state: FoldState, sequence: int, event: AuditEvent, actor: Actor
) -> tuple[FoldState, list[Record]]:
    """A request that took place: changes, and what they show."""
    if event.resource == "events":
        observation = observing.from_event(event, state.objects)
        return state, [observation] if observation is not None else []
    before = state.objects
    if event.resource == "nodes" and event.verb == "patch" and not event.subresource:
        event = event._replace(before=_node_before(before, event.name))
    node = _node_of(before, event) if event.subresource == "eviction" else ""
    write = Write(event, actor, commands.via(event, actor, node))
    objects, changes = writes.changes_of(before, write)
    seen, observations = state.seen, []
    for change in changes:
        if change.object.kind in ("Pod", "Node") and change.state and not change.late:
            known = before.alive.get(change.object)
            seen, made = _reported(seen, event, objects, change, known)
            observations += made
    state = FoldState(objects, seen, state.open)
    if actor.kind is ActorKind.HUMAN:
        state = _led_up(state, sequence, event, actor)
    return state, [*changes, *observations]


def _reported(
    seen: Seen, event: AuditEvent, objects: Objects, change: Change, known: Known | None
) -> tuple[Seen, list[Observation]]:
    """What the status in a change says that the one before did not."""
    new = orjson.loads(change.state or b"{}").get("status")
    if not new:
        return seen, []
    same = known is not None and known.uid == change.uid
    held = known.status if known is not None and change.facet is Facet.STATUS else None
    if known is not None and change.facet is Facet.OBJECT:
        held = known.state
    old: dict[str, Any] = (orjson.loads(held).get("status") or {}) if same and held else {}
    ref = change.object
    reports = observing.node_reports if ref.kind == "Node" else observing.pod_reports
    owner = observing.owner_now(objects, ref)
    return observing.observed(seen, reports(old, new), ref, owner, event)


def _node_of(objects: Objects, event: AuditEvent) -> str:
    """The node on which the pod of an eviction runs; "" if that is not known."""
    known = objects.alive.get(ObjectRef("", "Pod", event.namespace or CLUSTER, event.name))
    if known is None or known.best is None:
        return ""
    return str((orjson.loads(known.best).get("spec") or {}).get("nodeName") or "")


def _node_before(objects: Objects, name: str) -> Any:
    known = objects.alive.get(ObjectRef("", "Node", CLUSTER, name))
    return orjson.loads(known.best) if known is not None and known.best is not None else None
