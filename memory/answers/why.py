"""The answer to `why`: the decision history of an object or of one of its fields."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_smart.memory.answers.basis import Basis, Citation, Neighbour, Said
from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.changes import Json, Knowledge, Unset
from kubectl_smart.memory.records.objects import ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What was seen after a change, repeats added up. That it followed is all that is claimed.

    kind      "OOMKilled", "Unhealthy" ...
    about     the object it was first seen on
    count     how often, on all objects together
    first_at  microseconds since 1970-01-01 UTC
    message   the first message
    """

    kind: str
    about: ObjectRef
    count: int
    first_at: int
    message: str
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """A value that went back to an earlier one.

    undoes   the entry whose value was given up
    set_at   when that value had been set
    after    microseconds it had been in force
    back_to  when the value returned to had been set before
    seen     warnings in between, of the last day before it at most; steps the same
    """

    undoes: Citation
    set_at: int
    after: int
    back_to: int
    seen: tuple[Followed, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChange:
    """One field set by one change.

    path      the field; "" where the object as a whole came or went
    until     when another value followed, or one inside this one was changed; None if in force
    asked     True if the value asked about was set here
    rollback  set if this went back to an earlier value
    unsure    True if a write known by name only came in between: it may have set this
    """

    path: str
    before: Json | Unset
    after: Json | Unset
    until: int | None
    asked: bool
    rollback: Rollback | None
    unsure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One change, as far as it concerns the question.

    sentence  the change in one line
    reasons   notes that explain it, oldest first
    followed  warnings on the object and what it owns, until the next decision, an hour at most
    not_before, attribution  see records.Change; 0 and "" where the instant and the actor are known
    declared  whether a manifest repository says so: what the cluster made of it is another matter
    """

    at: int
    actor: Actor
    verb: str
    via: str
    sentence: str
    values: tuple[ValueChange, ...]
    knowledge: Knowledge
    gone: bool
    late: bool
    reason: str
    reasons: tuple[Said, ...]
    followed: tuple[Followed, ...]
    citation: Citation
    not_before: int = 0
    attribution: str = ""
    declared: bool = False

    @property
    def is_known_in_part(self) -> bool:
        """Whether the object after it should be known, and is not."""
        return self.knowledge is not Knowledge.FULL and not self.declared


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyAnswer:
    """Decision history and institutional knowledge of an object or a field.

    field      as asked: "replicas", "spec.template"; "" for the whole object
    value      as asked; None if no value was
    exists     whether the object exists as far as the memory knows
    current    (path, value) in force now, of a field question
    decisions  oldest first
    left_out   how many decisions of the window are not among them: older ones, of a long history
    unseen     how many writes to the object are known by name only: they may have set the field
    knowledge  notes pinned to the object
    incidents  (id, title) of reports that mention it
    before, after  the neighbouring decisions of the object's namespace
    """

    basis: Basis
    object: ObjectRef
    field: str
    value: str | None
    exists: bool
    derived: bool
    owner: ObjectRef | None
    current: tuple[tuple[str, Json], ...]
    decisions: tuple[Decision, ...]
    left_out: int = 0
    unseen: int
    knowledge: tuple[Said, ...]
    incidents: tuple[tuple[str, str], ...]
    before: Neighbour | None
    after: Neighbour | None
