"""The fold over audit events: (state, spool entry) -> (state, records). Pure."""

from __future__ import annotations

from typing import Any

import orjson

from kubectl_smart.capture.decoding import (
    commands,
    joining,
    looking,
    observing,
    repeating,
    steps,
    writes,
)
from kubectl_smart.capture.decoding.actors import identify
from kubectl_smart.capture.decoding.clients import product
from kubectl_smart.capture.decoding.events import AuditEvent, decode
from kubectl_smart.capture.decoding.joining import Held
from kubectl_smart.capture.decoding.knowing import FoldState, Numbered, swept
from kubectl_smart.capture.decoding.state import Objects
from kubectl_smart.capture.decoding.written import Write, version_of
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.facts import Record
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.store.protocols import SpoolEntry


def requested(state: FoldState, entry: SpoolEntry) -> tuple[FoldState, list[Numbered]]:
    """An audit event."""
    event = decode(entry.body)
    actor = identify(
        event.user,
        event.groups,
        event.impersonated,
        event.impersonated_groups,
        event.agent,
    ).actor
    state, done = swept(state, event.at)
    records = list(done)
    if event.dry_run:
        return state, records
    if event.known:
        return _repeated(state, entry.sequence, event, actor), records
    if event.reads or event.failed:
        return _looked(state, entry.sequence, event, actor), records
    state, made = _written(state, entry.sequence, event, actor)
    return state, [*records, *((entry.sequence, record) for record in made)]


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
        if observation is None:
            return state, []
        repeats, news = repeating.taken(state.repeats, observation, sequence)
        return state._replace(repeats=repeats), [] if news is None else [news]
    before = state.objects
    if event.resource == "nodes" and event.verb == "patch" and not event.subresource:
        event = event._replace(before=_node_before(before, event.name))
    node = _node_of(before, event) if event.subresource == "eviction" else ""
    write = Write(event, actor, commands.via(event, actor, node))
    objects, changes = writes.changes_of(before, write)
    seen, observations = observing.reported(state.seen, event, before, objects, changes)
    state = state._replace(objects=objects, seen=seen, held=_joined(state.held, event))
    if actor.kind is ActorKind.HUMAN:
        state = _led_up(state, sequence, event, actor)
    return state, [*changes, *observations]


def _joined(held: Held, event: AuditEvent) -> Held:
    """A version that a watch saw waits no more for the event that tells it."""
    answer = event.response
    if not held.waiting or answer is None:
        return held
    uid, version = version_of(answer)
    held = joining.told(held, uid, version, is_gone=False)
    return joining.told(held, uid, version, is_gone=True)


def _node_of(objects: Objects, event: AuditEvent) -> str:
    """The node on which the pod of an eviction runs; "" if that is not known."""
    known = objects.alive.get(ObjectRef("", "Pod", event.namespace or CLUSTER, event.name))
    if known is None or known.best is None:
        return ""
    return str((orjson.loads(known.best).get("spec") or {}).get("nodeName") or "")


def _node_before(objects: Objects, name: str) -> Any:
    known = objects.alive.get(ObjectRef("", "Node", CLUSTER, name))
    return orjson.loads(known.best) if known is not None and known.best is not None else None
