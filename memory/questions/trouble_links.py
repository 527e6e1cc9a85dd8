"""Links that lead to trouble: from the changes before it, and from the trouble of what is called.

They are worked out when they are asked for, by the weighing that `trace` and `replay` use: how
strongly a change is suspected depends on what became of it afterwards, so such links would have to
be worked out anew long after the trouble. What changes say of each other stands in the index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_smart.memory.graph.explaining import AS_STRONG, Judged
from kubectl_smart.memory.graph.reach import ALONG_CALLS, OUT
from kubectl_smart.memory.graph.symptoms import APART, Episode, episodes
from kubectl_smart.memory.graph.ties import TiesAt
from kubectl_smart.memory.graph.weighing import ENOUGH, RULES
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.causes import around_all, judge
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.links import Link, LinkRule
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.store.git_store import GitStore

_FOR = 6 * 3_600_000_000
"""What is seen so long after trouble began is looked at, whatever the window ends with."""

_CALLS = OUT["calls"].weight


def trouble_links(
    store: GitStore,
    index: Index,
    ties_at: TiesAt,
    since: int,
    until: int,
    namespace: str | None = None,
) -> list[Link]:
    """The links to trouble that began in a window: since <= t < until, microseconds UTC.

    Each piece of trouble is looked at by itself, so that a window says what any other would.
    """
    found: list[Link] = []
    for episode in _begun(index, since, until, namespace):
        found += _from_changes(judge(around_all(store, index, [episode]), ties_at, episode))
        found += _from_called(index, ties_at, episode)
    return sorted(found, key=lambda one: (one.effect_at, one.effect, one.rule.value, one.cause))


def _begun(index: Index, since: int, until: int, namespace: str | None) -> Iterator[Episode]:
    seen = index.observations(since - APART, until + APART, namespace, warnings_only=True)
    for episode in episodes(seen):
        if since <= episode.onset.low < until:
            yield _whole(index, episode)


def _whole(index: Index, episode: Episode) -> Episode:
    """The same trouble with what is seen of it for some hours."""
    onset = episode.onset
    for one in _of(index, episode.object, onset.low, onset.low + _FOR):
        if one.symptom is episode.symptom and one.onset == onset:
            return one
    return episode


def _of(index: Index, ref: ObjectRef, since: int, until: int) -> list[Episode]:
    """The pieces of trouble of one object and of what it owns."""
    found: dict[str, Committed] = {}
    for each in (
        *index.observations(since, until, owner=ref, warnings_only=True),
        *index.observations(since, until, about=ref, warnings_only=True),
    ):
        if isinstance(each.record, Observation):
            found[each.record.id] = each
    return [one for one in episodes(found.values()) if one.object == ref]


def _first(episode: Episode) -> str:
    """The id of the first observation of it."""
    return min(episode.seen, key=lambda one: (one.first_at, one.id)).id


def _from_changes(judged: Judged) -> Iterator[Link]:
    """From the changes that are its strongest suspects."""
    episode, strongest = judged.episode, judged.suspects.strongest
    for at, one in enumerate(strongest):
        if one.score < ENOUGH or one.odds < strongest[0].odds * AS_STRONG:
            continue
        way = "; ".join(step.words for step in one.reached.way)
        yield Link(
            effect=_first(episode),
            effect_of=episode.object,
            effect_at=episode.onset.high,
            cause=one.change.id,
            cause_of=one.change.object,
            cause_at=one.change.happened_at,
            rule=LinkRule.TEMPORAL,
            confidence=round(judged.suspects.confidence(at), 4),
            evidence="; ".join(said for said in (way, one.taken.words) if said),
            version=RULES,
        )


def _from_called(index: Index, ties_at: TiesAt, episode: Episode) -> Iterator[Link]:
    """From the trouble of what it calls that was there when its own began."""
    passed_on = ALONG_CALLS[episode.symptom]
    if not passed_on:
        return
    onset = episode.onset
    ties = ties_at(onset.high)
    for tie in ties(episode.object):
        if tie.kind != "calls" or tie.caller != episode.object:
            continue
        behind = [one.callee for one in ties(tie.callee) if one.kind == "selects"]
        for ref in dict.fromkeys((tie.callee, *behind)):
            for other in _there(index, ref, episode):
                yield Link(
                    effect=_first(episode),
                    effect_of=episode.object,
                    effect_at=onset.high,
                    cause=_first(other),
                    cause_of=other.object,
                    cause_at=other.onset.low,
                    rule=LinkRule.TOPOLOGY,
                    confidence=round(_CALLS * passed_on, 4),
                    evidence=f"{tie.source}: {tie.evidence}",
                    version=RULES,
                )


def _there(index: Index, ref: ObjectRef, episode: Episode) -> Iterable[Episode]:
    onset = episode.onset
    for one in _of(index, ref, onset.low - _FOR, onset.low + _FOR):
        if one.onset.low <= onset.high and one.until >= onset.low - APART:
            yield one
