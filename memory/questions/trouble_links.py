"""Links that lead to trouble: from the changes before it, and from the trouble of what is called.

They come from the weighing that `trace` and `replay` use. What happens within some hours after
trouble began still counts (whether it ended when a change was taken back), later nothing: so what
began long enough ago is worked out once and kept in the index (`link_trouble`), which takes it back
when something comes late. The rest is worked out when it is asked for; and all of it for whoever
may not see everything, for a way leads over nothing that is hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kubectl_smart.memory.graph.explaining import AS_STRONG, Judged
from kubectl_smart.memory.graph.reach import ALONG_CALLS, OUT
from kubectl_smart.memory.graph.symptoms import APART, Episode, episodes
from kubectl_smart.memory.graph.ties import TiesAt, ties_of
from kubectl_smart.memory.graph.weighing import ENOUGH, RULES, Suspect
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.causes import around_all, judge
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.links import LINKS, SETTLE, Link, LinkRule
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.store.git_store import GitStore

_FOR = 6 * 3_600_000_000
"""What is seen so long after trouble began is looked at, whatever the window ends with."""

_DAY = 86_400_000_000
_RULED_BY = f"{RULES} {LINKS}"
"""What is kept was made by these; by others it is not taken."""

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
    namespace  of that in trouble; None for all
    """
    with index.snapshot():
        linked = index.trouble_linked(_RULED_BY)
        middle = since if linked is None else min(max(linked, since), until)
        kept = index.trouble_links_between(since, middle, RULES) if since < middle else []
        ours = [one for one in kept if namespace in (None, one.effect_of.namespace)]
        new = _begun(index, middle, until, namespace) if middle < until else ()
        return _in_order([*ours, *_worked_out(store, index, ties_at, new)])


class Linked(NamedTuple):
    """How far trouble is linked.

    until   the instant before which all of it is; None if none is known
    pieces  of trouble that were looked at
    whole   whether that is all that can be linked by now
    """

    until: int | None
    pieces: int
    whole: bool


def link_trouble(store: GitStore, index: Index, most: int) -> Linked:
    """Work out what led to the trouble that began long enough ago, and keep it in the index.

    most  about so many pieces are looked at, those that began first; the next call goes on from
          there
    BadInput if the index was opened for reading only.
    """
    since = index.trouble_linked(_RULED_BY)
    heard = index.coverage()
    if not heard:
        return Linked(since, 0, whole=True)
    end = max(one.to_at for one in heard) - SETTLE
    until, found = since, list[Episode]()
    while len(found) < most and (until is None or until < end):
        after = until
        until = min(end, (min(one.from_at for one in heard) if after is None else after) + _DAY)
        parts = sorted(
            one.onset.high for one in _parts(index, after, until) if one.onset.high < until
        )
        left = most - len(found)
        until = parts[left - 1] + 1 if left < len(parts) else until
        found += _begun(index, after, until)
    if until is None or until == since:
        return Linked(since, 0, whole=True)
    links = _in_order(_worked_out(store, index, ties_of(index), found))
    index.keep_trouble_links(_RULED_BY, until, links)
    return Linked(until, len(found), until >= end)


def _in_order(links: Iterable[Link]) -> list[Link]:
    return sorted(links, key=lambda one: (one.effect_at, one.effect, one.rule.value, one.cause))


def _worked_out(
    store: GitStore, index: Index, ties_at: TiesAt, troubles: Iterable[Episode]
) -> Iterator[Link]:
    """The links to these; one of a rule between two ends."""
    for episode in troubles:
        found: dict[tuple[str, LinkRule], Link] = {}
        for one in (
            *_from_changes(judge(around_all(store, index, [episode]), ties_at, episode)),
            *_from_called(index, ties_at, episode),
        ):
            other = found.setdefault((one.cause, one.rule), one)
            if (-one.confidence, one.evidence) < (-other.confidence, other.evidence):
                found[one.cause, one.rule] = one
        yield from found.values()


def _begun(
    index: Index, since: int | None, until: int, namespace: str | None = None
) -> Iterator[Episode]:
    """The trouble that began, at the latest, in a window."""
    for part in _parts(index, since, until, namespace):
        episode = _whole(index, part)
        if (
            episode is not None
            and (since is None or since <= episode.onset.high)
            and episode.onset.high < until
            and namespace in (None, episode.object.namespace)
        ):
            yield episode


def _parts(
    index: Index, since: int | None, until: int, namespace: str | None = None
) -> list[Episode]:
    """All that may be the beginning of such trouble."""
    low = None if since is None else since - APART
    seen = index.observations(low, until + APART, namespace or None, warnings_only=True)
    return [one for one in episodes(seen) if since is None or since <= one.onset.high]


def _whole(index: Index, part: Episode) -> Episode | None:
    """The same trouble with what is seen of it for some hours; None if it began before that.

    Its end is not known if it lasted longer.
    """
    first = part.seen[0]
    low = min(part.onset.low, first.first_at) - APART - 1
    for one in _of(index, part.object, low, part.onset.high + _FOR):
        if one.symptom is part.symptom and one.seen[0].id == first.id:
            over = one.until > one.onset.high + _FOR
            return one._replace(until=0) if over else one
    return None


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
        rule, evidence = _known_by(one)
        yield Link(
            effect=_first(episode),
            effect_of=episode.object,
            effect_at=episode.onset.high,
            cause=one.change.id,
            cause_of=one.change.object,
            cause_at=one.change.happened_at,
            rule=rule,
            confidence=round(judged.suspects.confidence(at), 4),
            evidence="; ".join(said for said in (*evidence, one.taken.words) if said),
            version=RULES,
        )


def _known_by(one: Suspect) -> tuple[LinkRule, list[str]]:
    """By which rule a change is known to be on a way to trouble, and what shows it."""
    way = one.reached.way
    if way and way[-1].kind == "learnt":
        return LinkRule.LEARNT, [*(step.words for step in way), way[-1].evidence]
    return LinkRule.TEMPORAL, [step.words for step in way]


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
