"""What follows what: trouble changes, metrics deploys, and trouble other trouble."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from statistics import median_low
from typing import NamedTuple, TypeAlias

import numpy as np

from kubectl_smart.memory.answers.patterns import Part
from kubectl_smart.memory.graph.change_classes import Class
from kubectl_smart.memory.patterns.links import (
    LEAST,
    Causes,
    Link,
    Own,
    Whole,
    followed,
    followed_on_its_own,
    own,
    trouble_after_trouble,
)
from kubectl_smart.memory.questions.pattern_drafts import (
    Candidate,
    Case,
    Draft,
    Found,
    short_field,
)
from kubectl_smart.memory.questions.pattern_history import GONE, MADE, History, Seen, Shift
from kubectl_smart.memory.records.objects import ObjectRef

SECOND = 1_000_000
LAG = 1_800 * SECOND
"""Trouble that began so long after a change followed it."""
SOON = 600 * SECOND
"""Trouble that began so long after other trouble followed it."""
CASCADE = 3
"""Objects in trouble within a quarter of an hour that make a cascade."""
_LAG_WORDS = f"{LAG // 60 // SECOND} min"
_CASCADES = "a cascade of failures"
_QUARTER = 900 * SECOND
_NONE = np.zeros(0, np.int64)
_UNTELLING = frozenset({Class.NOTHING, Class.OTHER, Class.RUN})


class _Causes(NamedTuple):
    """What changed, often enough to be tested: words for each, and its edits as columns.

    which   the place in `words` of each edit, rising
    places  those of the edits in the history, of one cause rising
    """

    words: list[str]
    which: Whole
    places: Whole


def found_links(history: History) -> Found:
    """Every link of the three kinds."""
    found: list[Candidate] = []
    tested = 0
    for look in (_outcomes, _shapes, _troubles):
        more = look(history)
        found += more.candidates
        tested += more.tested
    return Found(found, tested)


# --- fields, and what was seen after them -----------------------------------------------------


def _outcomes(history: History) -> Found:
    found: list[Candidate] = []
    tested = 0
    fields, classes = _edits_of(history)
    causes = {namespace: _causes(every) for namespace, every in fields.items()}
    reasons: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for (ref, kind), seen in history.seen.items():
        for at, until in _begun(seen):
            reasons[ref.namespace, kind].append((at, until))
    slots = _slots(history)
    for (namespace, reason), spans in sorted(reasons.items()):
        every = causes.get(namespace, _Causes([], _NONE, _NONE))
        where = f" in {namespace}" if namespace else ""
        active = len(slots[namespace]) if namespace in slots else 0
        more = _followed(history, every, f"{reason}{where}", spans, active)
        found += more.candidates
        tested += more.tested
    anything = _causes([*classes, *(one for _, every in sorted(fields.items()) for one in every)])
    active = len(np.unique(np.concatenate([*slots.values(), _NONE])))
    more = _followed(history, anything, _CASCADES, _cascades(history), active)
    return Found(found + more.candidates, tested + more.tested)


def _slots(history: History) -> dict[str, Whole]:
    """By namespace: those in which anything was done."""
    numbers: dict[str, int] = {}
    of = [numbers.setdefault(one.object.namespace, len(numbers)) for one in history.fields]
    if not of:
        return {}
    slots = history.instants // LAG
    low, width = int(slots.min()), int(slots.max() - slots.min()) + 1
    both = np.unique(np.array(of, np.int64)[history.of_keys] * width + (slots - low))
    of_slot, slot = np.divmod(both, width)
    return {name: slot[of_slot == number] for name, number in numbers.items()}


_Edits: TypeAlias = tuple[str, list[Whole]]
"""Words for a cause, and the places of its edits."""


def _edits_of(history: History) -> tuple[dict[str, list[_Edits]], list[_Edits]]:
    """Fields by namespace, and classes of changes."""
    fields: defaultdict[str, dict[tuple[str, str], list[Whole]]] = defaultdict(dict)
    classes: defaultdict[Class, list[Whole]] = defaultdict(list)
    objects: dict[tuple[str, str, str], set[str]] = {}
    for key, places in history.streams():
        one, kind = history.fields[key], history.classes[key]
        if kind not in _UNTELLING:
            classes[kind].append(places)
        if one.way in (MADE, GONE) or kind is Class.NOTHING:
            continue
        ref, label = one.object, short_field(one.path)
        fields[ref.namespace].setdefault((ref.kind, label), []).append(places)
        objects.setdefault((ref.namespace, ref.kind, label), set()).add(ref.name)
    told = {
        namespace: [
            (_cause_words(namespace, kind, label, objects[namespace, kind, label]), places)
            for (kind, label), places in sorted(every.items())
        ]
        for namespace, every in fields.items()
    }
    return told, [(f"changes of {kind.value}", places) for kind, places in sorted(classes.items())]


def _causes(every: Iterable[_Edits]) -> _Causes:
    """Those that were done often enough to be tested."""
    words: list[str] = []
    which, places = [_NONE], [_NONE]
    for said, parts in every:
        count = sum(len(part) for part in parts)
        if count >= LEAST:
            which.append(np.full(count, len(words)))
            places.append(np.sort(np.concatenate(parts)))
            words.append(said)
    return _Causes(words, np.concatenate(which), np.concatenate(places))


def _cause_words(namespace: str, kind: str, label: str, names: set[str]) -> str:
    place = f"{namespace}/" if namespace else ""
    if len(names) == 1:
        return f"changes of {label} of {place}{kind.lower()} {min(names)}"
    return f"changes of {label} of {kind.lower()}s in {namespace or 'the cluster'}"


def _begun(seen: Sequence[Seen]) -> list[tuple[int, int]]:
    """(from, to) of stretches in which it was seen, a quarter of an hour apart."""
    found: list[tuple[int, int]] = []
    for one in seen:
        if found and one.at - found[-1][1] <= _QUARTER:
            found[-1] = found[-1][0], max(found[-1][1], one.until)
        else:
            found.append((one.at, one.until))
    return found


def _cascades(history: History) -> list[tuple[int, int]]:
    """(from, to) of times at which several objects came into trouble one after the other."""
    found: list[tuple[int, int]] = []
    going: list[tuple[int, ObjectRef]] = []
    for one in history.episodes:
        at = one.high
        going = [each for each in going if at - each[0] <= _QUARTER] + [(at, one.object)]
        if len({ref for _, ref in going}) < CASCADE:
            continue
        if found and going[0][0] <= found[-1][1]:
            found[-1] = found[-1][0], at
        else:
            found.append((going[0][0], at))
    return found


def _followed(
    history: History,
    causes: _Causes,
    outcome: str,
    spans: Sequence[tuple[int, int]],
    slots: int,
) -> Found:
    """Links to one outcome; what was done while it lasted was an answer to it."""
    if len(spans) < LEAST or not len(causes.places):
        return Found([], 0)
    begins, ends = np.array(sorted(spans), np.int64).T
    at = history.instants[causes.places]
    before = np.searchsorted(begins, at) - 1
    answers = (before >= 0) & (at <= np.maximum(ends, begins + LAG)[before])
    which, places, times = (one[~answers] for one in (causes.which, causes.places, at))
    links, tested = followed(Causes(which, times), 0, begins, slots, LAG)
    found = []
    for link in links:
        words, mine = causes.words[link.cause], places[which == link.cause]
        found.append(
            link_candidate(
                "outcome",
                (words, outcome),
                link,
                _cases(history, mine, link.hits),
                _cases(history, mine, link.against),
                f"{words} are followed by {outcome} within {_LAG_WORDS}",
            )
        )
    return Found(found, tested)


def _cases(history: History, places: Whole, which: Sequence[int]) -> list[Case]:
    """Some of the edits at these places."""
    every = (int(places[one]) for one in which)
    return [(history.times[place], history.numbers[place]) for place in every]


# --- deploys, and what metrics do after them ---------------------------------------------------


def _shapes(history: History) -> Found:
    """Metrics that shift on what was just deployed, by object and by namespace."""
    deploys: defaultdict[ObjectRef, list[Whole]] = defaultdict(list)
    for key, places in history.streams():
        if history.classes[key] is Class.IMAGE:
            deploys[history.fields[key].object].append(places)
    of = {ref: np.sort(np.concatenate(every)) for ref, every in deploys.items()}
    slots = {namespace: len(every) for namespace, every in _slots(history).items()}
    shared: defaultdict[tuple[str, str, str], list[tuple[ObjectRef, list[Seen], Own]]]
    shared = defaultdict(list)
    for shift, seen in history.shifts.items():
        if shift.object in of:
            ref, begun = shift.object, np.array([one.at for one in seen], np.int64)
            each = own(history.instants[of[ref]], begun, LAG)
            shared[ref.namespace, shift.metric, shift.direction].append((ref, seen, each))
    found: list[Candidate] = []
    tested = 0
    for (namespace, metric, direction), members in sorted(shared.items(), key=lambda one: one[0]):
        members.sort(key=lambda one: one[0])
        for group in ([members] if len(members) > 1 else []) + [[one] for one in members]:
            if sum(each.acts for _, _, each in group) < LEAST:
                continue
            tested += 1
            link = followed_on_its_own([each for _, _, each in group], slots[namespace])
            if link is not None:
                places = np.concatenate([of[ref] for ref, _, _ in group]).tolist()
                seers = [(ref, seen) for ref, seen, _ in group]
                found.append(_shape(history, namespace, metric, direction, seers, places, link))
    return Found(found, tested)


def _shape(
    history: History,
    namespace: str,
    metric: str,
    direction: str,
    group: Sequence[tuple[ObjectRef, list[Seen]]],
    places: Sequence[int],
    link: Link,
) -> Candidate:
    whose = group[0][0].title if len(group) == 1 else f"services in {namespace}"
    back = "down" if direction == "up" else "up"
    delays, lengths = [], []
    for place in (places[hit] for hit in link.hits):
        ref, at = history.fields[history.keys[place]].object, history.times[place]
        seen = next(seen for one, seen in group if one == ref)
        began = seen[bisect_right([one.at for one in seen], at)].at
        delays.append(began - at)
        returns = [one.at for one in history.shifts.get(Shift(ref, metric, back), ())]
        after = bisect_right(returns, began)
        if after < len(returns) and returns[after] - began <= 2 * LAG:
            lengths.append(returns[after] - began)
    shape = f"{metric} goes {direction} about {_minutes(median_low(delays))} after"
    if 2 * len(lengths) >= len(link.hits):
        shape += f" and comes back after about {_minutes(median_low(lengths))}"
    cases = [
        sorted((history.times[places[one]], history.numbers[places[one]]) for one in every)
        for every in (link.hits, link.against)
    ]
    statement = f"after deploys of {whose} {shape}"
    subjects, comes_back = (f"{metric} {whose}",), "comes back" in shape

    def draft() -> Draft:
        found = _draft("after", statement, link, cases[0], cases[1])
        return found._replace(way=direction, subjects=subjects, returns=comes_back)

    echo = "after", namespace, metric, direction
    return Candidate(link.p, (whose, "after", statement), echo, (float(len(group)),), draft)


def _minutes(microseconds: int) -> str:
    return f"{max(1, round(microseconds / 60 / SECOND))} min"


# --- trouble after trouble ---------------------------------------------------------------------


def _troubles(history: History) -> Found:
    """Which object's trouble is followed by which other's."""
    keys: dict[tuple[ObjectRef, str], int] = {}
    begun = []
    for one in history.episodes:
        key = keys.setdefault((one.object, one.symptom.value), len(keys))
        begun.append((one.high, key))
    names = list(keys)
    slots = sum((until - since) // SOON for since, until in history.heard)
    links, tested = trouble_after_trouble(begun, slots, SOON)
    found = []
    for link in links:
        (cause, what), (outcome, then) = names[link.cause], names[link.outcome]
        if cause == outcome:
            continue
        hits, against = (
            [(begun[place][0], history.episodes[place].cited) for place in every]
            for every in (link.hits, link.against)
        )
        found.append(
            link_candidate(
                "trouble",
                (cause.title, what, outcome.title, then),
                link,
                hits,
                against,
                f"{what} of {cause.title}: {then} of {outcome.title} follows within "
                f"{SOON // 60 // SECOND} min",
            )
        )
    return Found(found, tested)


def link_candidate(
    kind: str,
    about: tuple[str, ...],
    link: Link,
    hits: Sequence[Case],
    against: Sequence[Case],
    statement: str,
) -> Candidate:
    """A link in words; what is seen of the same at the same times is told once."""
    echo: tuple[object, ...] = (kind, *about)
    if kind == "outcome":  # a field and the class of its changes may be the same
        echo = kind, about[1], *(at for at, _ in hits)
    draft = partial(_draft, kind, statement, link, hits, against)
    return Candidate(link.p, (kind, *about, statement), echo, (link.p,), draft)


def _draft(
    kind: str,
    statement: str,
    link: Link,
    hits: Sequence[Case],
    against: Sequence[Case],
) -> Draft:
    name = "binomial tail" if kind == "after" else "Fisher's exact test, one-sided"
    lift = link.followed / link.expected if link.expected else 0.0
    test = (
        f"{link.followed:,} of {link.times:,}; {link.expected:.2g} expected, {lift:.3g} times as "
        f"many; {link.days.words}; {name}, of all and of days, the larger chance"
    )
    later = [at for at, _ in against if hits and at > hits[-1][0]]
    part = Part.TEMPORAL if kind == "after" else Part.SYSTEMATIC
    return Draft(
        part, kind, statement, link.followed, link.times, link.followed, link.times,
        link.expected, test, hits, against, later[0] if link.broken and later else None,
        link.silent,
    )  # fmt: skip
