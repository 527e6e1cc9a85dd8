"""The fold over what a watch saw: versions, joined with their audit events, and what they show."""

from __future__ import annotations

from kubectl_smart.capture.decoding import joining, observing, repeating
from kubectl_smart.capture.decoding.joining import Version
from kubectl_smart.capture.decoding.knowing import FoldState, Numbered
from kubectl_smart.capture.decoding.versions import SOURCE, version_of
from kubectl_smart.memory.records.facts import Record
from kubectl_smart.memory.store.protocols import SpoolEntry

__all__ = ["SOURCE", "overdue", "seen"]


def seen(state: FoldState, entry: SpoolEntry) -> tuple[FoldState, list[Numbered]]:
    """A version came: it waits for its audit event, or is recorded."""
    version = version_of(entry.body)
    if joining.is_known(state.objects, version):
        return state, []
    if joining.waits(state.objects, version):
        return state._replace(held=joining.hold(state.held, entry.sequence, version)), []
    state, made = _recorded(state, version, entry.sequence)
    return state, [(entry.sequence, one) for one in made]


def overdue(state: FoldState, entry: SpoolEntry) -> tuple[FoldState, list[Numbered]]:
    """What has waited for its audit event long enough when this entry was received.

    Recorded under the sequence of this entry: changes are never recorded out of order.
    """
    held, versions = joining.overdue(state.held, entry.received_at)
    state = state._replace(held=held)
    records: list[Numbered] = []
    for version in versions:
        if joining.is_known(state.objects, version):
            continue
        state, made = _recorded(state, version, entry.sequence)
        records += [(entry.sequence, one) for one in made]
    return state, records


def _recorded(state: FoldState, version: Version, sequence: int) -> tuple[FoldState, list[Record]]:
    event = joining.event_of(version)
    if version.ref.kind == "Event":
        if version.type in joining.GONE:
            return state, []
        observation = observing.from_event(event, state.objects)
        if observation is None:
            return state, []
        repeats, news = repeating.taken(state.repeats, observation, sequence)
        return state._replace(repeats=repeats), [] if news is None else [news]
    before = state.objects
    objects, changes = joining.changes_of(before, version)
    told, observations = observing.reported(state.seen, event, before, objects, changes)
    return state._replace(objects=objects, seen=told), [*changes, *observations]
