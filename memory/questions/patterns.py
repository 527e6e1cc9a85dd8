"""`patterns`: what comes again and again in a history, and is not chance.

Everything is always looked for, and everything that was tested is corrected together, whatever part
was asked for: so a pattern has the same figures in every answer about the same window. What is told
holds at `SURE`; of what fails it nothing is told, not even that it was near.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, tzinfo

from kubectl_smart.memory.answers.basis import Citation
from kubectl_smart.memory.answers.patterns import Instance, Part, Pattern, PatternsAnswer
from kubectl_smart.memory.index.decoding import uncollected
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.patterns.calendars import Clock
from kubectl_smart.memory.patterns.chances import corrected_among, interval
from kubectl_smart.memory.patterns.rhythms import LEAST
from kubectl_smart.memory.questions.grounds import basis, citation, not_covered
from kubectl_smart.memory.questions.pattern_drafts import Candidate, Case, Draft
from kubectl_smart.memory.questions.pattern_edits import found_edits, gathered
from kubectl_smart.memory.questions.pattern_habits import distinct_habits, found_habits
from kubectl_smart.memory.questions.pattern_history import History
from kubectl_smart.memory.questions.pattern_links import found_links
from kubectl_smart.memory.questions.pattern_reading import read_history
from kubectl_smart.memory.questions.pattern_rhythms import distinct, found_rhythms, without_returns
from kubectl_smart.memory.records.privacy import Privacy
from kubectl_smart.memory.store.git_store import GitStore

SURE = 0.02
"""At most so many of all patterns told are chance."""
_EXAMPLES, _AGAINST, _INCIDENTS = 4, 3, 3


def patterns(
    store: GitStore,
    index: Index,
    *,
    parts: Sequence[Part] = tuple(Part),
    namespace: str | None = None,
    since: int | None = None,
    until: int | None = None,
    zone: tzinfo = UTC,
    privacy: Privacy | None = None,
) -> PatternsAnswer:
    """The patterns of since <= t < until; NotCovered if the memory knows nothing of it.

    zone     whose calendar the rhythms are of; not that of the machine
    privacy  what may be told of people; nothing that names them if not given
    """
    allowed = privacy or Privacy()
    with index.snapshot(), uncollected():
        ground = basis(store, index, since, until)
        if ground.reaches is None or not ground.heard:
            raise not_covered(ground)
        first, last = ground.reaches  # a window may be far wider than what is known
        low = first if since is None else max(since, first)
        high = last + 1 if until is None else min(until, last + 1)
        history = read_history(index, low, high, namespace, silent=allowed.silent)
        drafts, tested = mined(history, zone, allowed)
        wanted = [(draft, p, q) for draft, p, q in drafts if draft.part in parts]
        cited = _cited(index, (draft for draft, _, _ in wanted))
    return PatternsAnswer(
        basis=ground,
        parts=tuple(part for part in Part if part in parts),
        since=low,
        until=high,
        zone=str(zone),
        namespace=namespace,
        patterns=tuple(_pattern(history, draft, p, q, cited) for draft, p, q in wanted),
        tested=tested,
        sure=SURE,
        least=LEAST,
        named=allowed.names,
    )


def mined(
    history: History, zone: tzinfo, privacy: Privacy
) -> tuple[list[tuple[Draft, float, float]], tuple[tuple[Part, int], ...]]:
    """(what is sure enough with p and q, by part and chance; hypotheses tested, by part)."""
    found = {
        Part.TEMPORAL: found_rhythms(history, Clock(zone)),
        Part.HUMAN: found_habits(history, privacy),
        Part.SYSTEMATIC: found_links(history).and_of(found_edits(history, privacy)),
    }
    every = [(part, one) for part, each in found.items() for one in each.candidates]
    tested = sum(each.tested for each in found.values())
    plain: list[Candidate] = []
    shared: list[Candidate] = []  # those there may be of an object and of its namespace
    qs: dict[int, float] = {}
    for (part, one), q in zip(
        every, corrected_among([one.p for _, one in every], tested), strict=True
    ):
        if q <= SURE:
            (shared if part is Part.TEMPORAL or one.echo[0] == "after" else plain).append(one)
            qs[id(one)] = q
    told = gathered(distinct_habits([(one, one.draft()) for one in _least_echoes(plain)]))
    told += without_returns([(one, one.draft()) for one in distinct(shared)])
    order = list(Part)
    told.sort(key=lambda pair: (order.index(pair[1].part), qs[id(pair[0])], pair[0].about))
    return (
        [(draft, one.p, qs[id(one)]) for one, draft in told],
        tuple((part, each.tested) for part, each in found.items()),
    )


def _least_echoes(sure: Iterable[Candidate]) -> list[Candidate]:
    """Of those that say the same the one of the least rank."""
    best: dict[tuple[object, ...], Candidate] = {}
    for one in sure:
        known = best.get(one.echo)
        if known is None or (one.rank, one.about) < (known.rank, known.about):
            best[one.echo] = one
    return list(best.values())


def _shown(cases: Sequence[Case], most: int, *, first: bool) -> list[Case]:
    """The newest, and the first before them."""
    if len(cases) <= most:
        return list(cases)
    return [cases[0], *cases[1 - most :]] if first else list(cases[-most:])


def _cited(index: Index, drafts: Iterable[Draft]) -> dict[int, Citation]:
    numbers = {
        cite
        for draft in drafts
        for cases, most, first in ((draft.hits, _EXAMPLES, True), (draft.against, _AGAINST, False))
        for _, cite in _shown(cases, most, first=first)
        if isinstance(cite, int) and cite >= 0
    }
    return {number: citation(each) for number, each in index.listed(numbers).items()}


def _pattern(
    history: History, draft: Draft, p: float, q: float, cited: dict[int, Citation]
) -> Pattern:
    def instance(case: Case) -> Instance:
        at, cite = case
        if isinstance(cite, int):
            cite = cited.get(cite) if cite >= 0 else history.cited[-cite - 1]
        return Instance(at=at, citation=cite)

    low, high = interval(draft.held, draft.times)
    times = [at for at, _ in draft.hits]
    return Pattern(
        part=draft.part,
        kind=draft.kind,
        statement=draft.statement,
        held=draft.held,
        times=draft.times,
        low=low,
        high=high,
        within=draft.within,
        trials=draft.trials,
        expected=draft.expected,
        test=draft.test,
        p=p,
        q=q,
        first=times[0],
        last=times[-1],
        broken=draft.broken,
        silent=draft.silent if draft.broken is not None else 0,
        examples=tuple(instance(one) for one in _shown(draft.hits, _EXAMPLES, first=True)),
        against=tuple(instance(one) for one in _shown(draft.against, _AGAINST, first=False)),
        failed=len(draft.against),
        incidents=_incidents(history, times),
    )


def _incidents(history: History, times: Sequence[int]) -> tuple[str, ...]:
    """Those that were going on at one of the times, the newest."""
    found = [
        one.id
        for one in history.incidents
        if any(one.opened_at - 3_600_000_000 <= at <= (one.closed_at or at) for at in times)
    ]
    return tuple(found[-_INCIDENTS:])
