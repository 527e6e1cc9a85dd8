"""`incident`: everything that belongs to one: what happened, who did what, what ended it.

The window goes from an hour before the opening to the closing, or to now. Before the opening only
what may have led to it is told: changes by people and automation, warnings, and steps. Objects
are linked by notes and by name (`linked_objects`); what happened in their namespaces belongs to
the incident, and in the whole cluster if none is known. Versions of the report count only where
it was opened, closed or renamed: that it was written anew is no news.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from kubectl_smart.memory.answers.incident import Fix, IncidentAnswer, Participant
from kubectl_smart.memory.answers.timeline import ItemKind, TimelineItem
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.grounds import basis, citation, record_id, said
from kubectl_smart.memory.questions.incident_parts import KNOWN, LEAD, PEOPLE, Found, parts
from kubectl_smart.memory.questions.marked_words import CAUSE, FOLLOW_UP, marked
from kubectl_smart.memory.questions.past_chains import PastChains
from kubectl_smart.memory.questions.root_causes import proposals
from kubectl_smart.memory.questions.similar_incidents import similar_to
from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.errors import NothingKnown
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.steps import Step
from kubectl_smart.memory.store.git_store import GitStore

MOST_ITEMS = 400
"""Lines of a timeline; of more the least telling are left out."""

_RANKS = {
    ItemKind.INCIDENT: 0,
    ItemKind.NOTE: 0,
    ItemKind.CHANGE: 1,
    ItemKind.STEP: 2,
    ItemKind.OBSERVATION: 4,
    ItemKind.DERIVED: 5,
}


def incident(
    store: GitStore,
    index: Index,
    incident_id: str,
    *,
    now: int,
    lead: int = LEAD,
    limit: int = MOST_ITEMS,
) -> IncidentAnswer:
    """Everything that belongs to an incident.

    incident_id  its id, or the beginning of it if no other begins so
    now          the end of the window while it is open, microseconds since 1970-01-01 UTC
    lead         microseconds before the opening that are looked at
    limit        at most so many lines of timeline

    NothingKnown if there is no such incident.
    """
    with index.snapshot():
        each, report = _valid(index, incident_id)
        own = parts(store, index, report, now=now, lead=lead)
        shown = _most_telling(own.items, limit)
        words = [one for note in own.notes if (one := said(note)) is not None]
        past = PastChains(store, index)
        chains = tuple(past.of_chain(one) for one in own.chains)
        return IncidentAnswer(
            basis=basis(store, index, own.since, own.until),
            incident=report,
            citation=citation(each),
            since=own.since,
            until=own.until - 1,
            objects=tuple(sorted(own.objects)),
            namespaces=own.namespaces,
            items=tuple(shown),
            left_out=len(own.items) - len(shown),
            notes=tuple(words),
            causes=marked(words, CAUSE),
            root_causes=chains,
            fix=own.fix,
            recovered_at=own.over_at,
            people=tuple(_people(own.found, own.notes, report.opened_at, own.fix)),
            follow_ups=marked(words, FOLLOW_UP),
            proposals=proposals(chains),
            kept=own.kept(),
            similar=similar_to(index, report, own.objects),
        )


def _valid(index: Index, incident_id: str) -> tuple[Committed, Incident]:
    """The valid version of the incident that is meant."""
    known = {
        each.record.id: (each, each.record)
        for each in index.incidents()
        if isinstance(each.record, Incident)
    }
    if incident_id in known:
        return known[incident_id]
    begin = [one for one in known if incident_id and one.startswith(incident_id)]
    if len(begin) == 1:
        return known[begin[0]]
    near = sorted(begin)[:5] or get_close_matches(incident_id, sorted(known), 3, 0.4)
    raise NothingKnown(
        f"no incident is called {incident_id}",
        f"the nearest known: {', '.join(near)}" if near else "",
    )


# --- what is told of it --------------------------------------------------------------------


def _most_telling(items: Sequence[TimelineItem], limit: int) -> list[TimelineItem]:
    """All items, or the most telling `limit` of them, oldest first."""
    if len(items) <= limit:
        return list(items)
    ranked = sorted(
        range(len(items)),
        key=lambda at: (3 if items[at].warning else _RANKS[items[at].kind], at),
    )
    return [items[at] for at in sorted(ranked[:limit])]


# --- who did what -------------------------------------------------------------------------


def _people(
    found: Found, notes: Iterable[Committed], opened_at: int, fix: Fix | None
) -> Iterator[Participant]:
    """People, automation and who is unknown, in order of their first deed.

    What they did counts from the opening on; what fixed it, whenever and wherever it was made.
    """
    deeds: dict[Actor, list[tuple[int, str]]] = {}
    if fix is not None and fix.item.actor is not None and fix.item.actor.kind in PEOPLE:
        deeds[fix.item.actor] = [(fix.item.at, "change"), (fix.item.at, "")]
    for each in (*found.changes, *found.steps, *notes):
        if fix is not None and record_id(each) == fix.item.citation.record:
            continue
        match each.record:
            case Change() as one if each.branch == "main" or one.actor.kind in KNOWN:
                actor, at, last, what = one.actor, one.happened_at, one.happened_at, "change"
            case Step() as one:
                actor, at, last, what = one.actor, one.happened_at, one.until, "step"
            case Note() as one:
                actor, at, last, what = one.author, one.happened_at, one.happened_at, "note"
            case _:
                continue
        if last >= opened_at and actor.kind in PEOPLE:
            deeds.setdefault(actor, []).extend([(at, what), (last, "")])
    for actor, done in sorted(deeds.items(), key=lambda one: (min(one[1]), one[0].name)):
        kinds = [what for _, what in done]
        yield Participant(
            actor=actor,
            changes=kinds.count("change"),
            steps=kinds.count("step"),
            notes=kinds.count("note"),
            first_at=min(at for at, _ in done),
            last_at=max(at for at, _ in done),
        )
