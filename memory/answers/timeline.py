"""The answers to `replay`, `log` and `show`: what happened, in the order of time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kubectl_smart.memory.answers.basis import Basis, Citation, Neighbour, Said
from kubectl_smart.memory.answers.causes import Causes
from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.changes import FieldEdit, Json
from kubectl_smart.memory.records.objects import ObjectRef


class ItemKind(StrEnum):
    """What a line of a timeline is."""

    CHANGE = "change"
    DERIVED = "derived"
    OBSERVATION = "observation"
    STEP = "step"
    NOTE = "note"
    INCIDENT = "incident"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineItem:
    """One line of a timeline.

    at, until  microseconds since 1970-01-01 UTC; the same unless it lasted or was repeated
    sentence   what happened, in one line
    actor      None where nobody acted
    count      how many records this line stands for
    edits      of a change; () otherwise
    warning    an observation that a person on call would want to see
    not_before, attribution  of a change, see records.Change; 0 and "" otherwise
    """

    kind: ItemKind
    at: int
    until: int
    object: ObjectRef | None
    sentence: str
    actor: Actor | None
    via: str
    reason: str
    edits: tuple[FieldEdit, ...]
    count: int
    warning: bool
    citation: Citation
    not_before: int = 0
    attribution: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayAnswer:
    """Everything of a window in the order of time, and what stood at a moment of it.

    words   what the asker called it
    items   oldest first
    moment  when it is said what stood: the moment of interest, or the end of the window
    alive   (kind, how many) of the objects alive at that moment, declared and derived
    unwell  pods and nodes that were not well then, with their own reason
    causes  what is thought to have caused the trouble of the window; None if that was not asked
    """

    basis: Basis
    words: str
    since: int
    until: int
    namespace: str | None
    items: tuple[TimelineItem, ...]
    moment: int
    alive: tuple[tuple[str, int], ...]
    unwell: tuple[tuple[ObjectRef, str], ...]
    causes: Causes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogAnswer:
    """Changes, newest first; `more` if there are older ones that were not asked for."""

    basis: Basis
    items: tuple[TimelineItem, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowAnswer:
    """One change with everything known about it.

    state   the object after it; None if it is gone or not known in full
    before, after  the neighbouring changes of the same object
    """

    basis: Basis
    item: TimelineItem
    recorded_at: int
    uid: str
    resource_version: str
    audit_id: str
    state: Json | None
    reasons: tuple[Said, ...]
    before: Neighbour | None
    after: Neighbour | None
