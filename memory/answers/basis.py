"""What every answer rests on, and how it points at its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubectl_smart.memory.records.changes import Json, Unset
from kubectl_smart.memory.records.coverage import Heard

if TYPE_CHECKING:
    from kubectl_smart.memory.records.rules import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """The ground of an answer.

    memory    the commits it was answered from: main's, "+", the newest journal's; "" if empty
    behind    branches on which the index is behind git; () if none
    heard     what was listened to, by source, as far as it touches the window asked about
    covered   True if some source listened all through the window (or at the instant)
    gaps      (from, to) within the window in which nobody listened
    reaches   (first, last) instant the memory knows anything of; None if it is empty
    Instants are microseconds since 1970-01-01 UTC.
    """

    memory: str
    behind: tuple[str, ...]
    heard: tuple[Heard, ...]
    covered: bool
    gaps: tuple[tuple[int, int], ...]
    reaches: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a claim stands.

    commit  object id, 40 hex digits
    branch  "main" or "journal/<yyyy-mm>"
    record  id of the change, step, note or observation, 32 hex digits; or the incident's id
    """

    commit: str
    branch: str
    record: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded:
    """That the value a note speaks of is another by now.

    path           the field
    before, after  its value when the note was said, and now
    at             when it got that, microseconds since 1970-01-01 UTC
    actor          who set it
    """

    path: str
    before: Json | Unset
    after: Json | Unset
    at: int
    actor: str
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRule:
    """A decision that broke a rule, made after it was said.

    path   the field
    after  the value it was set to
    """

    at: int
    actor: str
    path: str
    after: Json | Unset
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Words somebody left: a reason, or knowledge about an object.

    incident   id of the incident they belong to; "" if none
    permalink  where they were said; "" if nowhere
    rule       what they demand of their field, if they are a rule; else None
    broken_by  the decisions that broke that, oldest first
    stale      set if the value they speak of has changed since; a rule never is stale
    """

    text: str
    author: str
    at: int
    field: str
    citation: Citation
    incident: str = ""
    permalink: str = ""
    rule: Rule | None = None
    broken_by: tuple[BrokenRule, ...] = ()
    stale: Superseded | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """The change next door: to walk on from an answer."""

    at: int
    sentence: str
    actor: str
    citation: Citation
