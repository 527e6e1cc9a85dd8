"""`trace`: from one symptom of one object down to the change that caused it, from the memory.

The onset is not the time that somebody typed: it is that of the metric shift, or of the events,
that come nearest before it. Shifts are stored ones, and those that whoever asks had asked for just
now: they count for this answer alone. Where nothing is known the time asked about has to do, and
the answer says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from kubectl_smart.memory.answers.causes import Causes, MetricsAsked, TraceAnswer
from kubectl_smart.memory.graph.around import Around
from kubectl_smart.memory.graph.explaining import Judged, explanations
from kubectl_smart.memory.graph.symptoms import SECOND, Episode, Onset, Symptom, episodes
from kubectl_smart.memory.graph.ties import TiesAt
from kubectl_smart.memory.graph.weighing import RULES
from kubectl_smart.memory.index.beside import NOWHERE
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.cause_chains import (
    chain_of,
    other_chains,
    ruled_out,
    symptom_step,
)
from kubectl_smart.memory.questions.causes import around_all, cut_of, judge
from kubectl_smart.memory.questions.grounds import basis, not_covered
from kubectl_smart.memory.questions.past_chains import PastChains
from kubectl_smart.memory.questions.refused_writes import refused_writes
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.store.git_store import GitStore

BEFORE = 3 * 3_600 * SECOND
AFTER = 900 * SECOND
"""So far around the time asked about trouble is looked for."""
LIVE = "metrics asked live"
_LEAD = 6 * 3_600 * SECOND


def trace(
    store: GitStore,
    index: Index,
    ties_at: TiesAt,
    *,
    ref: ObjectRef,
    symptom: Symptom,
    at: int,
    exact: int = SECOND,
    metrics: MetricsAsked | None = None,
    shifts: Sequence[Observation] = (),
) -> TraceAnswer:
    """The chain from a symptom to its cause.

    at       about when it was noticed, microseconds since 1970-01-01 UTC
    exact    how exactly that was said, microseconds
    metrics  how metrics were asked for this question; None if they were not
    shifts   what was found then, of objects that this index knows

    NotCovered if nothing was heard around that time.
    """
    ground = basis(store, index, at - _LEAD, at + AFTER)
    if not ground.heard:
        raise not_covered(ground)
    fresh = _not_stored(index, shifts)
    with index.snapshot(), index.with_beside(fresh, _measured(metrics)):
        own = [ref, *_behind(ref, ties_at, at)]
        episode, known_from = _episode(index, own, symptom, Onset(at, at + exact - 1))
        around = around_all(store, index, [episode])
        judged = judge(around, ties_at, episode)
        explained, left = explanations([judged])
        roots = {one.clearest[1].change.id for one in explained}
        found = Causes(
            rules=RULES,
            troubles=1,
            chains=tuple(chain_of(store, index, ties_at, one) for one in explained),
            others=tuple(other_chains(store, index, ties_at, judged, roots)),
            ruled_out=tuple(ruled_out([judged.suspects], roots)),
            unexplained=tuple(symptom_step(one.episode) for one in left),
            cut=cut_of(around),
        )
        found = PastChains(store, index).seen_before(found)
        seen = [episode] if episode.members else []
        seen += [one for one in _on_the_way(around, judged, episode) if one not in seen]
    return TraceAnswer(
        basis=ground,
        symptom=symptom.value,
        object=ref,
        asked_at=at,
        onset=(episode.onset.low, episode.onset.high),
        known_from=known_from,
        seen=tuple(symptom_step(one) for one in seen),
        causes=found,
        metrics=None if metrics is None else replace(metrics, shifts=len(fresh)),
    )


def _measured(metrics: MetricsAsked | None) -> tuple[int, int] | None:
    """The stretch of which nothing is missing."""
    whole = metrics is not None and metrics.series and not metrics.troubles
    return (metrics.since, metrics.until) if metrics is not None and whole else None


def _not_stored(index: Index, shifts: Iterable[Observation]) -> list[Observation]:
    """The shifts that the memory does not tell of itself: of another series, or another time."""
    return [one for one in shifts if not any(_tells_of(each, one) for each in _around(index, one))]


def _around(index: Index, shift: Observation) -> list[Committed]:
    low, high = shift.detail["onset_from"], shift.detail["onset_to"]
    return index.observations(low, high + 1, about=shift.about)


def _tells_of(each: Committed, shift: Observation) -> bool:
    """Whether a record is the same shift, found by who looked at more or less of the past."""
    one = each.record
    if not isinstance(one, Observation) or one.kind != shift.kind:
        return False
    ours, theirs = shift.detail, one.detail
    alike = all(ours.get(key) == theirs.get(key) for key in ("metric", "labels", "direction"))
    apart = ours["onset_from"] > theirs["onset_to"] or theirs["onset_from"] > ours["onset_to"]
    return alike and not apart


def _behind(ref: ObjectRef, ties_at: TiesAt, at: int) -> list[ObjectRef]:
    """The workloads behind a Service."""
    ties = ties_at(at)(ref)
    return [tie.callee for tie in ties if tie.caller == ref and tie.kind == "selects"]


def _episode(
    index: Index, own: Iterable[ObjectRef], symptom: Symptom, said: Onset
) -> tuple[Episode, str]:
    """The trouble asked about, as it was seen; and what its onset is known from."""
    refs, at = list(own), said.low
    since, until = at - BEFORE, at + AFTER
    found: dict[str, Committed] = {}
    for ref in refs:
        for each in (
            *index.observations(since, until, owner=ref, warnings_only=True),
            *index.observations(since, until, about=ref, warnings_only=True),
        ):
            if isinstance(each.record, Observation):
                found[each.record.id] = each
    shifts: list[Episode] = []
    events: list[Episode] = []
    for episode in episodes(found.values()):
        if episode.symptom is symptom and episode.onset.low <= at + AFTER:
            measured = any(one.kind == "MetricShift" for one in episode.seen)
            (shifts if measured else events).append(episode)
    refused: list[Episode] = []
    if symptom is Symptom.AVAILABILITY and not shifts and not events:
        refused = episodes(refused_writes(index, refs, since, until))
    for several, known_from in (
        (shifts, "metric shifts"),
        (events, "events"),
        (refused, "refused writes"),
    ):
        if several:
            nearest = min(several, key=lambda one: _distance(one, at))
            return nearest, LIVE if _only_live(nearest) else known_from
    return Episode(refs[0], symptom, said, 0, ()), "the time asked about"


def _only_live(episode: Episode) -> bool:
    """Whether no shift of it is stored, and one was asked for."""
    measured = [
        each
        for each in episode.members
        if isinstance(one := each.record, Observation) and one.kind == "MetricShift"
    ]
    return bool(measured) and all(each.commit == NOWHERE for each in measured)


def _distance(episode: Episode, at: int) -> tuple[int, int]:
    """How far from the time asked about; what began before and still lasted then comes first."""
    began = episode.onset.low
    if began <= at <= episode.until:
        return 0, at - began
    return abs(at - began), 0


def _on_the_way(around: Around, judged: Judged, episode: Episode) -> list[Episode]:
    """Trouble of what lies on the way to the strongest suspect."""
    if not judged.suspects.strongest:
        return []
    onset = episode.onset
    found = {
        each.record.id: each
        for step in judged.suspects.strongest[0].reached.way
        for each in around.seen(step.far, onset.low - _LEAD, onset.high + AFTER)
        if isinstance(each.record, Observation)
    }
    return episodes(found.values())
