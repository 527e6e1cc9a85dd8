"""The fold over what a watch saw: versions, joined with what tells who made them; what they show.

Who made them is told by their audit events, or else by the reviews of an admission webhook.
"""

from __future__ import annotations

from kubectl_smart.capture.decoding import admitted, joining, observing, repeating
from kubectl_smart.capture.decoding.asked import asked_of
from kubectl_smart.capture.decoding.joining import Version
from kubectl_smart.capture.decoding.knowing import FoldState, Numbered
from kubectl_smart.capture.decoding.versions import SOURCE, version_of
from kubectl_smart.memory.records.facts import Record
from kubectl_smart.memory.store.protocols import SpoolEntry

__all__ = ["SOURCE", "asked", "overdue", "seen", "unheard"]


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


def asked(state: FoldState, entry: SpoolEntry) -> tuple[FoldState, list[Numbered]]:
    """Somebody asked for a write: it waits for its version, or is all that will be known of it."""
    one = asked_of(entry.body)
    if one.until:
        return state._replace(admitted=admitted.wait(state.admitted, entry.sequence, one)), []
    left, made = admitted.attempts(state.admitted, [one])
    return state._replace(admitted=left), [(entry.sequence, step) for step in made]


def unheard(state: FoldState, entry: SpoolEntry) -> tuple[FoldState, list[Numbered]]:
    """What was asked for and was not seen by the time this entry was received."""
    left, given_up = admitted.overdue(state.admitted, entry.received_at)
    left, made = admitted.attempts(left, given_up)
    return state._replace(admitted=left), [(entry.sequence, step) for step in made]


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
    left, version = admitted.joined(state.admitted, before.alive.get(version.ref), version)
    state = state._replace(admitted=left)
    objects, changes = joining.changes_of(before, version)
    told, observations = observing.reported(state.seen, event, before, objects, changes)
    return state._replace(objects=objects, seen=told), [*changes, *observations]
