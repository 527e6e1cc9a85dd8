"""Rhythms of fields, of events and of metrics, by object and by namespace, in words.

What several objects of a namespace do at the same time is told once, of the namespace; what goes up
and comes back within a day is one rhythm.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from statistics import median_low
from typing import NamedTuple

import numpy as np

from kubectl_smart.memory.answers.patterns import Part
from kubectl_smart.memory.formats.quantities import quantity
from kubectl_smart.memory.patterns.calendars import (
    CELLS,
    FIRST_WORKDAY,
    LAST_DAY,
    LAST_WORKDAY,
    WEEKDAYS,
    Clock,
    Family,
)
from kubectl_smart.memory.patterns.rhythms import LEAST, Profile, Rhythm, Stream, rhythms
from kubectl_smart.memory.questions.pattern_drafts import (
    Candidate,
    Case,
    Cite,
    Draft,
    Found,
    plural,
    short_field,
)
from kubectl_smart.memory.questions.pattern_history import (
    DOWN,
    MACHINES,
    MADE,
    PEOPLE,
    SEEN,
    UP,
    Field,
    History,
    Seen,
    Whole,
)

_DAY = 86_400_000_000
_SOON = 3_600_000_000
_MONTHLY = (Family.MONTHLY, Family.FIRST_IN_MONTH, Family.LAST_IN_MONTH)
_LATER = 10
_BACK = 0.6
"""Of the times that it went up, so many it must have come back."""
_NAMED = 3
_NONE = np.zeros(0, np.int64)


class _Source(NamedTuple):
    """Something that may have a rhythm.

    what     "field", "event" or "metric"
    places   of the edits in the history; none for what was seen
    seen     what was seen, by time; () for edits
    names    of the objects; more than one for a namespace, and then
    whose    the names again, of each of the seen
    label    what is done: field, reason or metric
    """

    what: str
    namespace: str
    kind: str
    names: tuple[str, ...]
    label: str
    way: int
    places: Whole
    seen: Sequence[Seen]
    whose: Sequence[str] = ()

    @property
    def title(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        if len(self.names) == 1:
            return f"{place}{self.kind.lower()} {self.names[0]}"
        more = len(self.names) - _NAMED
        rest = f" and {more:,} more" if more > 0 else ""
        return f"{place}{self.kind.lower()}s {', '.join(self.names[:_NAMED])}{rest}"

    @property
    def objects(self) -> tuple[str, ...]:
        return tuple(f"{self.namespace}/{name}" for name in self.names)

    def of_hits(self, history: History, times: Sequence[int], hits: Sequence[int]) -> _Source:
        """The same, naming only those objects that mostly took part."""
        if len(self.names) == 1:
            return self
        taking: Counter[str] = Counter()
        for hit in hits:
            end = bisect_right(times, times[hit] + _SOON)
            taking.update({self._name(history, place) for place in range(hit, end)})
        often = tuple(sorted(name for name, count in taking.items() if 2 * count >= len(hits)))
        return self._replace(names=often or self.names)

    def _name(self, history: History, place: int) -> str:
        if self.whose:
            return self.whose[place]
        return history.fields[history.keys[int(self.places[place])]].object.name


def found_rhythms(history: History, clock: Clock) -> Found:
    """Every rhythm there might be."""
    local = clock.locals(history.instants)
    actors = np.frombuffer(history.actors, np.int64)
    profiles = [Profile() for _ in (PEOPLE, MACHINES, SEEN)]
    for by in (PEOPLE, MACHINES):
        profiles[by].add(local[actors == by])
    seen = [one.at for every in (*history.seen.values(), *history.shifts.values()) for one in every]
    profiles[SEEN].add(clock.locals(np.array(seen, np.int64)))
    for profile in profiles:
        profile.close()
    sources = _sources(history)
    streams = []
    for number, one in enumerate(sources):
        if one.seen:
            times = np.array([each.at for each in one.seen], np.int64)
            streams.append(Stream(number, SEEN, times, clock.locals(times)))
        else:
            times = history.instants[one.places]
            by = _mostly_by(actors[one.places])
            streams.append(Stream(number, by, times, local[one.places]))
    candidates, tested = rhythms(streams, profiles, clock, history.heard)
    told = [
        _candidate(history, sources[one.key], streams[one.key].times.tolist(), one, clock)
        for one in candidates
    ]
    return Found(told, tested)


def _sources(history: History) -> list[_Source]:
    """In an order that does not depend on the order of the records."""
    found: list[_Source] = []
    groups: defaultdict[tuple[str, str, str, int], list[tuple[str, Whole]]]
    groups = defaultdict(list)
    for key, places in history.streams():
        one = history.fields[key]
        ref, label = one.object, short_field(one.path)
        if len(places) >= LEAST:
            found.append(
                _Source("field", ref.namespace, ref.kind, (ref.name,), label, one.way, places, ())
            )
        groups[ref.namespace, ref.kind, label, one.way].append((ref.name, places))
    for (namespace, kind, label, way), members in groups.items():
        names = tuple(sorted({name for name, _ in members}))
        if len(names) > 1 and sum(len(places) for _, places in members) >= LEAST:
            every = np.sort(np.concatenate([places for _, places in members]))
            found.append(_Source("field", namespace, kind, names, label, way, every, ()))
    shifts = (
        ("metric", one.object, one.metric, UP if one.direction == "up" else DOWN, seen)
        for one, seen in history.shifts.items()
    )
    events = (("event", ref, kind, MADE, seen) for (ref, kind), seen in history.seen.items())
    shared: defaultdict[tuple[str, str, str, str, int], list[tuple[str, list[Seen]]]]
    shared = defaultdict(list)
    for what, ref, label, way, seen in (*shifts, *events):
        if len(seen) >= LEAST:
            names = (ref.name,)
            found.append(_Source(what, ref.namespace, ref.kind, names, label, way, _NONE, seen))
        shared[what, ref.namespace, ref.kind, label, way].append((ref.name, seen))
    for (what, namespace, kind, label, way), seers in shared.items():
        names = tuple(sorted({name for name, _ in seers}))
        pairs = [(one, name) for name, seen in seers for one in seen]
        pairs.sort(key=lambda pair: (pair[0].at, pair[1], pair[0].cited.record))
        both, whose = [one for one, _ in pairs], [name for _, name in pairs]
        if len(names) > 1 and len(both) >= LEAST:
            found.append(_Source(what, namespace, kind, names, label, way, _NONE, both, whose))
    return sorted(found, key=lambda one: one[:6])


def _mostly_by(actors: Whole) -> int:
    """What kind of actor did most of it."""
    people = int((actors == PEOPLE).sum())
    return PEOPLE if 2 * people >= len(actors) else MACHINES


def _candidate(
    history: History,
    source: _Source,
    times: Sequence[int],
    one: Rhythm,
    clock: Clock,
) -> Candidate:
    day = (one.cell.family.value, one.cell.day, one.minute // 180)
    echo = (source.what, source.namespace, source.kind, source.label, source.way, day)
    about = (source.title, source.label, str(source.way), when(one))
    rank = (float(len(source.names)), float(one.minute))
    return Candidate(one.p, about, echo, rank, partial(_draft, history, source, times, one, clock))


def _cite(history: History, source: _Source, place: int) -> Cite:
    if source.seen:
        return source.seen[place].cited
    return history.numbers[int(source.places[place])]


def _draft(
    history: History, source: _Source, times: Sequence[int], one: Rhythm, clock: Clock
) -> Draft:
    hits: list[Case] = [(times[place], _cite(history, source, place)) for place in one.hits]
    source = source.of_hits(history, times, one.hits)
    statement = f"{when(one)}: {_what(history, source, one)}"
    back = ""
    if source.what == "field" and source.way == UP:
        back = _back(history, source, times, one, clock)
    unit = "visits" if one.cell.window >= 0 else "days"
    cells = CELLS[one.cell.family]
    test = (
        f"{one.within} of the {one.visits} {unit} on which this came lie there; of one the chance "
        f"is {one.chance:.3g}, so {one.visits * one.chance:.2g} would be expected; binomial tail, "
        f"times {cells} cells of this family"
    )
    return Draft(
        Part.TEMPORAL, "rhythm", statement + back, len(one.hits), one.times, one.within,
        one.visits, one.visits * one.chance, test, hits, [(at, None) for at in one.missed],
        one.since if one.broken else None, one.silent, {UP: "up", DOWN: "down"}.get(source.way, ""),
        tuple(f"{source.what} {source.label} {name} {source.kind}" for name in source.objects),
        bool(back),
    )  # fmt: skip


def distinct(kept: Sequence[Candidate]) -> list[Candidate]:
    """Of what several objects do the namespace's pattern, else the object's own.

    The first of `rank` is the number of objects, the first of `about` names them.
    """
    groups: defaultdict[tuple[object, ...], list[Candidate]] = defaultdict(list)
    for one in kept:
        groups[one.echo].append(one)
    found = []
    for alike in groups.values():
        alike.sort(key=lambda one: (one.p, one.about))
        single = [one for one in alike if one.rank[0] == 1]
        shared = [one for one in alike if one.rank[0] > 1]
        found += shared[:1] if shared and len({one.about[0] for one in single}) != 1 else single
    return found


def without_returns(drafts: Sequence[tuple[Candidate, Draft]]) -> list[tuple[Candidate, Draft]]:
    """Without the way back where it is told with the way there."""
    other = {"up": "down", "down": "up"}
    told = {
        (each.kind, subject, other[each.way])
        for _, each in drafts
        if each.returns
        for subject in each.subjects
    }
    return [
        (one, each)
        for one, each in drafts
        if not each.subjects
        or not told.issuperset((each.kind, subject, each.way) for subject in each.subjects)
    ]


# --- in words ------------------------------------------------------------------------------------


def when(one: Rhythm) -> str:
    """`every Monday about 09:00`, `on the first of the month`."""
    cell = one.cell
    about = f" about {_clock(one.minute)}"
    match cell.family:
        case Family.DAILY:
            return f"every day{about}"
        case Family.WORKDAYS:
            return f"every workday{about}"
        case Family.WEEKLY:
            return f"every {WEEKDAYS[cell.day]}{about}"
        case Family.WEEKDAY:
            said = f"every {WEEKDAYS[cell.day]}"
        case Family.MONTHLY:
            said = f"on the {_ordinal(cell.day)} of the month"
        case Family.FIRST_IN_MONTH:
            said = f"on the first {WEEKDAYS[cell.day]} of the month"
        case Family.LAST_IN_MONTH:
            said = f"on the last {WEEKDAYS[cell.day]} of the month"
    return said + (about if one.spread <= 60 else "")


def _clock(minute: int) -> str:
    rounded = round(minute / 5) * 5 % 1_440
    return f"{rounded // 60:02d}:{rounded % 60:02d}"


def _ordinal(day: int) -> str:
    special = {
        1: "first", LAST_DAY: "last day", FIRST_WORKDAY: "first working day",
        LAST_WORKDAY: "last working day",
    }  # fmt: skip
    if day in special:
        return special[day]
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{day}{'th' if 10 < day < 20 else ends.get(day % 10, 'th')}"


def _what(history: History, source: _Source, one: Rhythm) -> str:
    if source.what == "event":
        return f"{source.label} on {source.title}"
    if source.what == "metric":
        return f"{source.label} of {source.title} goes {'up' if source.way == UP else 'down'}"
    if not source.label:
        return f"{source.title} is {'made' if source.way == MADE else 'deleted'}"
    values = _values(history, source, one)
    name = f"{source.label} of {source.title}"
    if source.way in (UP, DOWN):
        return (
            f"{name} {values}" if values else f"{name} goes {'up' if source.way == UP else 'down'}"
        )
    return f"{name} is changed"


def _values(history: History, source: _Source, one: Rhythm) -> str:
    """`3 → 8`, if that is what it mostly was; with the factor where it is a size."""
    found = Counter(history.values[source.places[place]] for place in one.hits)
    value, times = min(found.items(), key=lambda each: (-each[1], each[0]))
    if value < 0 or 2 * times < len(one.hits):
        return ""
    pair = history.pairs[value]
    before, after = quantity(pair.before), quantity(pair.after)
    factor = ""
    if before and after and before.amount and not pair.after.isdecimal():
        factor = f" ({float(after.amount / before.amount):.3g}x)"
    return f"{pair.before} → {pair.after}{factor}"


def _back(
    history: History, source: _Source, times: Sequence[int], one: Rhythm, clock: Clock
) -> str:
    """`, and back about 19:00`, if it mostly was: within a day, or in ten of what is monthly."""
    most = _LATER if one.cell.family in _MONTHLY else 1
    keys = {history.keys[place] for place in source.places}
    down = {Field(history.fields[key].object, history.fields[key].path, DOWN) for key in keys}
    coming = [history.known[each] for each in sorted(down) if each in history.known]
    ends = np.sort(history.instants[np.concatenate([_NONE, *map(history.places, coming)])]).tolist()
    found = []
    for place in one.hits:
        first = bisect_right(ends, times[place])
        if first < len(ends) and ends[first] - times[place] <= most * _DAY:
            began, ended = clock.local(times[place]), clock.local(ends[first])
            found.append((ended // 1_440 - began // 1_440, ended % 1_440))
    if len(found) < _BACK * len(one.hits):
        return ""
    days = median_low(day for day, _ in found)
    later = f" {plural(days, 'day')} later" if days > 1 or (days and most > 1) else ""
    return f", and back{later} about {_clock(median_low(minute for _, minute in found))}"


def zone_words(clock: Clock) -> str:
    """The name of the zone: `Europe/Berlin`, `UTC`."""
    return str(clock.zone)
