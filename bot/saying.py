"""From a request to what is told: what the words mean in this memory, and who says them where.

Every face comes through here, with the memory as the speaker sees it, and hands what is returned
to `telling` in its order.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from kubectl_smart.bot.grammar.objects import Named, find_object
from kubectl_smart.bot.grammar.statements import (
    BecauseRequest,
    ForgetRequest,
    LinkRequest,
    NoteRequest,
    OpenRequest,
    RememberRequest,
    StatementRequest,
    TurnRequest,
)
from kubectl_smart.bot.telling import Opening, Retraction, Sayable, Statement, Turn
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.field_history import history
from kubectl_smart.memory.questions.log import show
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.errors import BadInput, NothingKnown
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef

_END = 1 << 62
_LOOKED_BACK = 2_000
"""Decisions gone through, from the newest, for the last one by a person."""


class Speaker(NamedTuple):
    """Who says something, when and where; see `Statement` for the members.

    said_at   microseconds since 1970-01-01 UTC
    incident  id of the incident that the place belongs to (its channel); "" if to none
    """

    author: Actor
    said_at: int
    captured_by: str = ""
    surface: str = ""
    channel: str = ""
    thread: str = ""
    permalink: str = ""
    identity: tuple[str, ...] = ()
    changed_at: int = 0
    incident: str = ""


def said(memory: Memory, request: StatementRequest, speaker: Speaker) -> tuple[Sayable, ...]:
    """What is to be told, in order. NothingKnown or BadInput if it cannot be meant.

    memory  as the speaker sees it; reading is enough
    """
    match request:
        case RememberRequest():
            ref = find_object(memory.index, request.named, request.namespace).ref
            field = _field(memory, ref, request.field)
            return (replace(_words(request.text, speaker), about=ref, field=field),)
        case BecauseRequest():
            explains = _change(memory, request.change, request.named, request.namespace)
            words = _words(request.text, speaker)
            return (replace(words, explains=explains, incident=speaker.incident),)
        case ForgetRequest():
            note = _note(memory, request.note)
            return (Retraction(note=note, author=speaker.author, at=_now(speaker)),)
        case OpenRequest():
            return (Opening(title=request.title, actor=speaker.author, at=speaker.said_at),)
        case NoteRequest():
            of = incident_of(memory, request.incident or speaker.incident).id
            text = f"step: {request.text}" if request.step else request.text
            return (replace(_words(text, speaker), incident=of),)
        case LinkRequest():
            return (_link(memory, request, speaker),)
        case TurnRequest():
            return _turn(memory, request, speaker)


def incident_of(memory: Memory, named: str) -> Incident:
    """The incident by its id or the beginning of it; "" for the only one that is open.

    NothingKnown if there is none, BadInput if it could be several.
    """
    found = [each.record for each in memory.index.incidents()]
    known = [one for one in found if isinstance(one, Incident)]
    if named:
        meant = [one for one in known if one.id == named]
        meant = meant or [one for one in known if one.id.startswith(named)]
    else:
        meant = [one for one in known if one.status is IncidentStatus.OPEN]
    if len(meant) == 1:
        return meant[0]
    if meant:
        ids = ", ".join(one.id for one in meant[-5:])
        raise BadInput(f"several incidents could be meant: {ids}", "name one")
    raise NothingKnown(
        f"no incident is called {named}" if named else "no incident is open",
        "see `kubectl smart incident list`",
    )


def _words(text: str, speaker: Speaker) -> Statement:
    return Statement(
        text=text,
        author=speaker.author,
        said_at=speaker.said_at,
        identity=speaker.identity,
        changed_at=speaker.changed_at,
        captured_by=speaker.captured_by,
        surface=speaker.surface,
        channel=speaker.channel,
        thread=speaker.thread,
        permalink=speaker.permalink,
    )


def _now(speaker: Speaker) -> int:
    return speaker.changed_at or speaker.said_at


def _link(memory: Memory, request: LinkRequest, speaker: Speaker) -> Statement:
    incident = incident_of(memory, request.incident or speaker.incident)
    words = _words(request.text or f"part of the incident {incident.title}", speaker)
    if request.change:
        change = _change(memory, request.change, None, None)
        return replace(words, incident=incident.id, explains=change)
    if request.named is None:
        raise BadInput("nothing was named to link", "name a change by its id, or TYPE/NAME")
    ref = find_object(memory.index, request.named, request.namespace).ref
    return replace(words, incident=incident.id, about=ref)


def _turn(memory: Memory, request: TurnRequest, speaker: Speaker) -> tuple[Sayable, ...]:
    incident = incident_of(memory, request.incident or speaker.incident or _last(memory, request))
    status = IncidentStatus.CLOSED if request.close else IncidentStatus.OPEN
    at = _now(speaker)
    if not speaker.identity:  # said just now: after all that is known, whatever the clock
        at = max(at, incident.happened_at)
    turn = Turn(incident=incident.id, status=status, actor=speaker.author, at=at)
    if not request.text:
        return (turn,)
    return replace(_words(request.text, speaker), incident=incident.id), turn


def _last(memory: Memory, request: TurnRequest) -> str:
    """For a reopening that names none: the incident closed last."""
    if request.close:
        return ""
    found = [each.record for each in memory.index.incidents()]
    closed = [one for one in found if isinstance(one, Incident) and one.closed_at]
    if not closed:
        raise NothingKnown("no incident is closed", "see `kubectl smart incident list`")
    return max(closed, key=lambda one: (one.closed_at, one.id)).id


def _note(memory: Memory, prefix: str) -> str:
    found = memory.index.note(prefix)
    ids = [each.record.id for each in found if isinstance(each.record, Note)]
    if len(ids) > 1:
        raise BadInput(f"{prefix} is the beginning of several notes", "give more digits")
    if not ids:
        raise NothingKnown(f"no note begins with {prefix}", "`kubectl smart why` names them")
    return ids[0]


def _change(memory: Memory, prefix: str, named: Named | None, namespace: str | None) -> str:
    """The id of the change meant: named, or the last a person made to the object or at all."""
    if prefix:
        return show(memory.store, memory.index, prefix).item.citation.record
    if named is None:
        return _last_by_a_person(memory, namespace)
    ref = find_object(memory.index, named, namespace).ref
    for each in reversed(memory.index.changes_of(ref)):
        if isinstance(each.record, Change) and each.record.actor.kind is ActorKind.HUMAN:
            return each.record.id
    raise NothingKnown(
        f"no person is known to have changed {ref.title}",
        "name the change by its id, as `kubectl smart log` shows it",
    )


def _last_by_a_person(memory: Memory, namespace: str | None) -> str:
    at = _END
    for _ in range(_LOOKED_BACK):
        each = memory.index.neighbours(at, namespace)[0]
        if each is None or not isinstance(each.record, Change):
            break
        if each.record.actor.kind is ActorKind.HUMAN:
            return each.record.id
        at = each.record.happened_at
    raise NothingKnown(
        "no person is known to have changed anything lately",
        "name the change by its id, as `kubectl smart log` shows it",
    )


def _field(memory: Memory, ref: ObjectRef, field: str) -> str:
    """The path of the field meant, if the object's history has just one; else as it was written."""
    if not field:
        return ""
    found = history(memory.index.outlines_of(ref), field, memory.store.read_states)
    paths = {edit.path for moved in found.moves for edit in moved.edits}
    paths |= {path for path, _ in found.current}
    return paths.pop() if len(paths) == 1 else field
