"""What was like a chain before: past chains of incidents, what ended them, what was noted then.

The report of an incident keeps its chains (`formats.chain_lines`). Where a report keeps none, as
one begun by hand or with a template of somebody's own, they are worked out, for the newest few
such incidents. Alike is what `graph.likeness` says; only cases that began before count, and none
that has the same change at its root: that is this very case.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from kubectl_smart.memory.answers.causes import (
    Causes,
    Chain,
    ChainStep,
    PastChain,
    SimilarChain,
    StepKind,
)
from kubectl_smart.memory.formats.chain_lines import MARK, chain_lines
from kubectl_smart.memory.formats.marked_sections import sections
from kubectl_smart.memory.graph.likeness import Likeness, likeness
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.cause_chains import change_step
from kubectl_smart.memory.questions.grounds import citation, said
from kubectl_smart.memory.questions.incident_parts import SET_BACK, parts
from kubectl_smart.memory.questions.linked_objects import notes_of
from kubectl_smart.memory.questions.marked_words import FOLLOW_UP, marked
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.store.git_store import GitStore

MOST_SIMILAR = 3
"""So many past cases are told."""

MOST_WORKED_OUT = 5
"""Of the incidents whose reports keep no chain so many are worked out, the newest."""

_MOST_NOTED = 3


class _Past(NamedTuple):
    each: Committed
    incident: Incident
    chain: PastChain


_Kept = tuple[Committed, Incident, tuple[PastChain, ...] | None]


class PastChains:
    """The past chains of a memory, looked up once, when the first chain asks."""

    def __init__(self, store: GitStore, index: Index) -> None:
        self._store = store
        self._index = index
        self._incidents: list[tuple[Committed, Incident, tuple[PastChain, ...] | None]] | None = (
            None
        )
        self._worked_out: dict[str, tuple[PastChain, ...]] = {}

    def seen_before(self, found: Causes) -> Causes:
        """The same with every chain as `of_chain` has it."""
        return replace(found, chains=tuple(self.of_chain(one) for one in found.chains))

    def of_chain(self, chain: Chain) -> Chain:
        """The same chain with similar past cases, and what they teach first of all prevention."""
        if chain.shape is None:
            return chain
        found = self._similar(chain)
        if not found:
            return chain
        taught = tuple(lessons(self._index, found))
        return replace(chain, similar=found, prevention=(*taught, *chain.prevention))

    def _similar(self, chain: Chain) -> tuple[SimilarChain, ...]:
        root = "" if chain.root.citation is None else chain.root.citation.record
        best: dict[str, tuple[Likeness, _Past]] = {}
        for past in self._before(chain.onset):
            alike = None if chain.shape is None else likeness(chain.shape, past.chain.shape)
            if alike is None or past.chain.change == root or past.chain.onset >= chain.onset:
                continue
            known = best.get(past.chain.change)
            if known is None or _rank(alike, past) < _rank(*known):
                best[past.chain.change] = (alike, past)
        ranked = sorted(best.values(), key=lambda one: _rank(*one))
        return tuple(self._told(alike, past) for alike, past in ranked[:MOST_SIMILAR])

    def _before(self, at: int) -> Iterable[_Past]:
        """The chains of the incidents opened before an instant, the newest incident first."""
        if self._incidents is None:
            self._incidents = [
                (each, each.record, _kept_in(each.record))
                for each in reversed(self._index.incidents())
                if isinstance(each.record, Incident)
            ]
        left = MOST_WORKED_OUT
        for each, incident, kept in self._incidents:
            if incident.opened_at >= at:
                continue
            if kept is None and left:
                left -= 1
                kept = self._work_out(incident)
            yield from (_Past(each, incident, one) for one in kept or ())

    def _work_out(self, incident: Incident) -> tuple[PastChain, ...]:
        if incident.id not in self._worked_out:
            own = parts(self._store, self._index, incident, now=incident.happened_at)
            self._worked_out[incident.id] = own.kept()
        return self._worked_out[incident.id]

    def _told(self, alike: Likeness, past: _Past) -> SimilarChain:
        chain = past.chain
        return SimilarChain(
            incident=(past.incident.id, past.incident.title),
            onset=chain.onset,
            score=alike.score,
            same=alike.same,
            other=alike.other,
            root=self._step(chain.change),
            ended=self._step(chain.ended_by),
            ground=chain.ground,
            lasted=chain.over_at - chain.onset if chain.over_at > chain.onset else None,
            citation=citation(past.each),
        )

    def _step(self, change: str) -> ChainStep | None:
        for each in self._index.change(change) if change else ():
            if isinstance(each.record, Change) and each.record.id == change:
                return change_step(self._index, each, StepKind.CHANGE)
        return None


def _kept_in(incident: Incident) -> tuple[PastChain, ...] | None:
    """The chains in a section of a report; what looks like one in people's words is none."""
    text = incident.text
    first = text.find(MARK)
    if first < 0:
        return None
    begin = max(text.rfind("<!-- smart:", 0, first), 0)  # a timeline before it is long
    return chain_lines("".join(sections(text[begin:]).values()))


def _rank(alike: Likeness, past: _Past) -> tuple[float, int, str, str]:
    return -alike.score, -past.chain.onset, past.incident.id, past.chain.change


# --- what they teach -----------------------------------------------------------------------------


def lessons(index: Index, similar: Iterable[SimilarChain]) -> Iterable[str]:
    """What ended such cases before, and what people noted then that was still to be done."""
    found = list(similar)
    how: dict[str, list[SimilarChain]] = {}
    for one in found:
        if one.ended is not None:
            how.setdefault(_how(one, one.ended), []).append(one)
    for what, ones in how.items():
        cases = "; ".join(f"{one.incident[0]}{_by(one.ended)}" for one in ones)
        how_many = f"{len(ones)} of {len(found)} such cases" if len(found) > 1 else "such a case"
        yield f"{how_many} ended before when {what} ({cases})"
    yield from _noted(index, found)


def _how(one: SimilarChain, ended: ChainStep) -> str:
    if one.ground == SET_BACK:
        return "what had been changed was set back"
    return f"this was done: {ended.sentence}"


def _by(ended: ChainStep | None) -> str:
    if ended is None or ended.actor is None or not ended.actor.name:
        return ""
    return f", by {ended.actor.name}"


def _noted(index: Index, similar: Iterable[SimilarChain]) -> Iterable[str]:
    left = _MOST_NOTED
    for one in similar:
        words = [found for each in notes_of(index, one.incident[0]) if (found := said(each))]
        for note in marked(words, FOLLOW_UP)[:left]:
            left -= 1
            yield f"noted after {one.incident[0]}, by {note.author or 'somebody'}: {note.text}"
