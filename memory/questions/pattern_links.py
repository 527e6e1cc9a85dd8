"""What follows what: trouble changes, metrics deploys, trouble trouble, and edits other edits."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from statistics import median_low
from typing import NamedTuple

from kubectl_smart.memory.answers.patterns import Part
from kubectl_smart.memory.graph.change_classes import Class
from kubectl_smart.memory.patterns.links import (
    Link,
    Own,
    edited_together,
    followed,
    followed_on_its_own,
    sittings,
    trouble_after_trouble,
)
from kubectl_smart.memory.questions.pattern_drafts import (
    Candidate,
    Case,
    Cite,
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
SITTING = 3_600 * SECOND
"""Edits further apart are none of one sitting."""
AT_ONCE = 2 * SECOND
"""Edits nearer to each other are one command's."""
CASCADE = 3
"""Objects in trouble within a quarter of an hour that make a cascade."""
_LAG_WORDS = f"{LAG // 60 // SECOND} min"
_CASCADES = "a cascade of failures"
_QUARTER = 900 * SECOND
_UNTELLING = frozenset({Class.NOTHING, Class.OTHER, Class.RUN})


class _Acts(NamedTuple):
    """A cause: what changed, by time. `places` are those of the edits in the history."""

    words: str
    places: list[int]


def found_links(history: History, least_group: int) -> Found:
    """Every link of the four kinds."""
    found: list[Candidate] = []
    tested = 0
    for look in (_outcomes, _shapes, _troubles):
        more = look(history)
        found += more.candidates
        tested += more.tested
    more = _together(history, least_group)
    return Found(found + more.candidates, tested + more.tested)


# --- fields, and what was seen after them -----------------------------------------------------


def _outcomes(history: History) -> Found:
    found: list[Candidate] = []
    tested = 0
    fields, classes = _causes(history)
    reasons: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for (ref, kind), seen in history.seen.items():
        for at, until in _begun(seen):
            reasons[ref.namespace, kind].append((at, until))
    cascades = _cascades(history)
    slots: defaultdict[str, set[int]] = defaultdict(set)
    for at, key in zip(history.times, history.keys, strict=True):
        slots[history.fields[key].object.namespace].add(at // LAG)
    for (namespace, reason), spans in sorted(reasons.items()):
        every = fields.get(namespace, [])
        where = f" in {namespace}" if namespace else ""
        more = _followed(history, every, f"{reason}{where}", spans, slots[namespace])
        found += more.candidates
        tested += more.tested
    everywhere = {slot for every in slots.values() for slot in every}
    anything = [*classes, *(one for _, every in sorted(fields.items()) for one in every)]
    more = _followed(history, anything, _CASCADES, cascades, everywhere)
    return Found(found + more.candidates, tested + more.tested)


def _causes(history: History) -> tuple[dict[str, list[_Acts]], list[_Acts]]:
    """Fields by namespace, and classes of changes."""
    fields: defaultdict[str, dict[tuple[str, str], list[int]]] = defaultdict(dict)
    classes: defaultdict[Class, list[int]] = defaultdict(list)
    objects: dict[tuple[str, str, str], set[str]] = {}
    for key, places in history.streams():
        one, kind = history.fields[key], history.classes[key]
        if kind not in _UNTELLING:
            classes[kind].extend(places)
        if one.way in (MADE, GONE) or kind is Class.NOTHING:
            continue
        ref, label = one.object, short_field(one.path)
        fields[ref.namespace].setdefault((ref.kind, label), []).extend(places)
        objects.setdefault((ref.namespace, ref.kind, label), set()).add(ref.name)
    told = {
        namespace: [
            _Acts(
                _cause_words(namespace, kind, label, objects[namespace, kind, label]),
                sorted(places),
            )
            for (kind, label), places in sorted(every.items())
        ]
        for namespace, every in fields.items()
    }
    return told, [
        _Acts(f"changes of {kind.value}", sorted(places))
        for kind, places in sorted(classes.items())
    ]


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
        at = one.onset.high
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
    causes: Sequence[_Acts],
    outcome: str,
    spans: Sequence[tuple[int, int]],
    active: set[int],
) -> Found:
    """Links to one outcome; what was done while it lasted was an answer to it."""
    if len(spans) < 5:
        return Found([], 0)
    spans = sorted(spans)
    begins = [since for since, _ in spans]
    own: dict[int, list[int]] = {}
    for number, one in enumerate(causes):
        if len(one.places) >= 5:
            own[number] = [
                place for place in one.places if not _answers(history.times[place], spans, begins)
            ]
    times = {number: [history.times[place] for place in places] for number, places in own.items()}
    links, tested = followed(times, 0, begins, active, LAG)
    return Found(
        [
            _candidate(
                "outcome",
                (causes[link.cause].words, outcome),
                link,
                [
                    (times[link.cause][one], _number(history, own[link.cause][one]))
                    for one in link.hits
                ],
                [
                    (times[link.cause][one], _number(history, own[link.cause][one]))
                    for one in link.against
                ],
                f"{causes[link.cause].words} are followed by {outcome} within {_LAG_WORDS}",
            )
            for link in links
        ],
        tested,
    )


def _answers(at: int, spans: Sequence[tuple[int, int]], begins: Sequence[int]) -> bool:
    place = bisect_left(begins, at) - 1
    return place >= 0 and at <= max(spans[place][1], spans[place][0] + LAG)


def _number(history: History, place: int) -> Cite:
    return history.numbers[place]


# --- deploys, and what metrics do after them ---------------------------------------------------


def _shapes(history: History) -> Found:
    """Metrics that shift on what was just deployed, by object and by namespace."""
    deploys: defaultdict[ObjectRef, list[int]] = defaultdict(list)
    slots: defaultdict[str, set[int]] = defaultdict(set)
    for key, places in history.streams():
        ref = history.fields[key].object
        slots[ref.namespace].update(history.times[place] // LAG for place in places)
        if history.classes[key] is Class.IMAGE:
            deploys[ref].extend(places)
    shared: defaultdict[tuple[str, str, str], list[tuple[ObjectRef, list[Seen]]]]
    shared = defaultdict(list)
    for shift, seen in history.shifts.items():
        if shift.object in deploys:
            key_ = shift.object.namespace, shift.metric, shift.direction
            shared[key_].append((shift.object, seen))
    found: list[Candidate] = []
    tested = 0
    for (namespace, metric, direction), members in sorted(shared.items()):
        members.sort(key=lambda one: one[0])
        for group in ([members] if len(members) > 1 else []) + [[one] for one in members]:
            places = [place for ref, _ in group for place in sorted(deploys[ref])]
            if len(places) < 5:
                continue
            tested += 1
            own = [
                Own(
                    number,
                    [history.times[place] for place in sorted(deploys[ref])],
                    [one.at for one in seen],
                )
                for number, (ref, seen) in enumerate(group)
            ]
            link = followed_on_its_own(0, 0, own, slots[namespace], LAG)
            if link is not None:
                found.append(_shape(history, namespace, metric, direction, group, places, link))
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
        sorted((history.times[places[one]], _number(history, places[one])) for one in every)
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


# --- trouble after trouble, edits beside edits -------------------------------------------------


def _troubles(history: History) -> Found:
    """Which object's trouble is followed by which other's."""
    keys: dict[tuple[ObjectRef, str], int] = {}
    begun = []
    for one in history.episodes:
        key = keys.setdefault((one.object, one.symptom.value), len(keys))
        begun.append((one.onset.high, key))
    names = list(keys)
    slots = sum((until - since) // SOON for since, until in history.heard)
    links, tested = trouble_after_trouble(begun, slots, SOON)
    found = []
    for link in links:
        (cause, what), (outcome, then) = names[link.cause], names[link.outcome]
        if cause == outcome:
            continue
        cases = [
            [(begun[place][0], history.episodes[place].members[0]) for place in every]
            for every in (link.hits, link.against)
        ]
        hits, against = ([(at, _cited(each)) for at, each in every] for every in cases)
        found.append(
            _candidate(
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


def _cited(each: object) -> Cite:
    from kubectl_smart.memory.questions.grounds import citation
    from kubectl_smart.memory.records.facts import Committed

    return citation(each) if isinstance(each, Committed) else None


def _together(history: History, least_group: int) -> Found:
    every = sittings(history.edits_by_place(), SITTING, AT_ONCE)
    links, tested = edited_together(every)
    found = []
    for link, people in links:
        cause, outcome = history.edited[link.cause], history.edited[link.outcome]
        hits, against = (
            sorted((history.edits[place][0], history.edits[place][3]) for place in places)
            for places in (link.hits, link.against)
        )
        who = "whoever" if people >= least_group else "somebody who"
        pair = tuple(sorted((cause.title, outcome.title)))
        found.append(
            _candidate(
                "together",
                pair,
                link,
                hits,
                against,
                f"{who} edits {cause.title} edits {outcome.title} within the hour",
            )
        )
    return Found(found, tested)


def _candidate(
    kind: str,
    about: tuple[str, ...],
    link: Link,
    hits: Sequence[Case],
    against: Sequence[Case],
    statement: str,
) -> Candidate:
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
        f"many; {name}"
    )
    later = [at for at, _ in against if hits and at > hits[-1][0]]
    part = Part.TEMPORAL if kind == "after" else Part.SYSTEMATIC
    return Draft(
        part, kind, statement, link.followed, link.times, link.followed, link.times,
        link.expected, test, hits, against, later[0] if link.broken and later else None,
        link.silent,
    )  # fmt: skip
