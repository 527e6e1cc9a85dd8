"""The answer about an incident: everything of it, and the past ones that are like it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kubectl_smart.memory.answers.basis import Basis, Citation, Said
from kubectl_smart.memory.answers.causes import Chain, PastChain
from kubectl_smart.memory.answers.timeline import TimelineItem
from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.objects import ObjectRef


class Ground(StrEnum):
    """Why a decision is taken for what ended an incident."""

    SAID = "said"
    """A person said so."""
    WARNINGS_ENDED = "warnings-ended"
    """The last decision of a person before the last warning ended."""
    QUIET_SINCE = "quiet-since"
    """The first decision of a person after the last warning; none was seen since."""
    CLOSED = "closed"
    """The last decision of a person before the incident was closed; there were no warnings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What is taken for what ended an incident. A sequence, not a proof, unless a person said it.

    item          the decision; its sentence is the whole one, not cut as a commit's subject is
    ground        why it is taken for that
    said_by       who said so; "" if nobody did
    last_warning  when the last warning ended, microseconds since 1970-01-01 UTC; None if there
                  was none
    """

    item: TimelineItem
    ground: Ground
    said_by: str
    last_warning: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """What one actor did while the incident lasted, and what fixed it, if that was before.

    changes, steps, notes  how many
    first_at, last_at      microseconds since 1970-01-01 UTC
    """

    actor: Actor
    changes: int
    steps: int
    notes: int
    first_at: int
    last_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarIncident:
    """A past incident that is like the one asked about, and in what.

    score     0 to 1, see memory/questions/similar_incidents.py
    closed_at microseconds since 1970-01-01 UTC; 0 while it is open
    objects   objects of the one asked about that belong to it, too
    places    (namespace, kind) of both, beyond the shared objects
    words     words of both, the rarest first
    """

    id: str
    title: str
    opened_at: int
    closed_at: int
    score: float
    objects: tuple[ObjectRef, ...]
    places: tuple[tuple[str, str], ...]
    words: tuple[str, ...]
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentAnswer:
    """Everything that belongs to an incident.

    incident      its valid version
    citation      where that stands
    since, until  the window looked at, microseconds since 1970-01-01 UTC: from some time before
                  the opening, in which decisions and warnings count, to the closing or to now
    objects       objects linked to it: notes are about them, or it names them; sorted
    namespaces    namespaces of those, sorted; () if nothing is linked: then everything counts
    items         what happened, oldest first
    left_out      how many lines are not among the items, for there are too many
    notes         what was said about it, oldest first: follow-ups and causes included
    causes        what people said its cause was, oldest first
    root_causes   what the causal graph says: chains from trouble of its window and objects down
                  to a change, the one that explains most first
    fix           None where it is not known
    recovered_at  when it was over; None where that is not known
    people        who did what, in order of their first deed
    follow_ups    what is still to be done, oldest first
    kept          the same chains as its report keeps them
    proposals     what would have prevented it: worked out from `root_causes`, said by nobody
    similar       past incidents like it, the most similar first
    """

    basis: Basis
    incident: Incident
    citation: Citation
    since: int
    until: int
    objects: tuple[ObjectRef, ...]
    namespaces: tuple[str, ...]
    items: tuple[TimelineItem, ...]
    left_out: int
    notes: tuple[Said, ...]
    causes: tuple[Said, ...]
    fix: Fix | None
    recovered_at: int | None
    people: tuple[Participant, ...]
    follow_ups: tuple[Said, ...]
    similar: tuple[SimilarIncident, ...]
    root_causes: tuple[Chain, ...] = ()
    proposals: tuple[str, ...] = ()
    kept: tuple[PastChain, ...] = ()

    @property
    def recovery(self) -> int | None:
        """Microseconds from the opening until it was over, at least 0; None where not known."""
        if self.recovered_at is None:
            return None
        return max(0, self.recovered_at - self.incident.opened_at)
