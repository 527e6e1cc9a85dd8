"""Habits of people in trouble, in words that name nobody unless that was wanted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from kubectl_smart.memory.answers.patterns import Part
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.patterns.deeds import EVERYBODY, Deed, Habit, Trouble, sessions
from kubectl_smart.memory.patterns.habits import habits
from kubectl_smart.memory.questions.pattern_drafts import Candidate, Case, Draft, Found
from kubectl_smart.memory.questions.pattern_history import History
from kubectl_smart.memory.records.privacy import Privacy

_RESTARTED = "three restarts"
_THRICE = 3
_INCIDENT = "an incident"
_LABELS = (*(one.value for one in Symptom), _RESTARTED, _INCIDENT)
_IN_TROUBLE = {
    Symptom.LATENCY.value: "when latency rises",
    Symptom.ERRORS.value: "when errors rise",
    Symptom.SATURATION.value: "when something is saturated",
    Symptom.RESTARTS.value: "when containers restart",
    Symptom.AVAILABILITY.value: "when something is not available",
    Symptom.UNSCHEDULABLE.value: "when pods cannot be scheduled",
    _RESTARTED: "after three restarts",
    _INCIDENT: "during an incident",
}
_THEN = "\n"
_OPEN_FOR = 7_200_000_000


def found_habits(history: History, privacy: Privacy) -> Found:
    """Every habit there might be."""
    every = sessions(history.deeds, _troubles(history))
    candidates, tested = habits(every)
    told = [
        _candidate(history, one, privacy)
        for one in candidates
        if one.who != EVERYBODY or _is_shared(one, privacy)
    ]
    return Found(told, tested)


def _is_shared(one: Habit, privacy: Privacy) -> bool:
    """Whether it is one of a group, and not of somebody in it."""
    return one.people >= privacy.least_group and 2 * one.most <= one.followed


def _troubles(history: History) -> list[Trouble]:
    """Trouble and incidents, by time. Numbers of namespaces are those of the deeds."""
    numbers = history.namespaces
    found = []
    for one in history.episodes:
        labels = [_LABELS.index(one.symptom.value)]
        if one.symptom is Symptom.RESTARTS and one.times >= _THRICE:
            labels.append(_LABELS.index(_RESTARTED))
        place = numbers.get(one.object.namespace, -2)
        found.append(Trouble(one.low, one.until, tuple(labels), place))
    for incident in history.incidents:
        until = incident.closed_at or incident.opened_at + _OPEN_FOR
        found.append(Trouble(incident.opened_at, until, (_LABELS.index(_INCIDENT),), -1))
    return sorted(found)


def _candidate(history: History, one: Habit, privacy: Privacy) -> Candidate:
    words = history.words.texts
    label = _LABELS[one.label] if one.label >= 0 else ""
    before = tuple(words[each] for each in one.before)
    who = "" if one.who == EVERYBODY else history.people[one.who]
    about = (label, _THEN.join(before), words[one.what], who, one.kind)
    exact = 0.0 if any("/" in each for each in (*before, words[one.what])) else 1.0
    order = {"first": 0.0, "holds": 1.0, "then": 0.0}[one.kind]
    said = f"then {len(before)}" if one.kind == "then" else "in trouble"
    echo = (said, who, label, one.hits[0].at)
    return Candidate(
        one.p,
        about,
        echo,
        (order, -one.followed, one.p, exact),
        partial(_draft, history, one, privacy),
    )


def distinct_habits(drafts: Sequence[tuple[Candidate, Draft]]) -> list[tuple[Candidate, Draft]]:
    """Without what single people do where it is told of the team; each statement once.

    And without what is mostly a part of something longer: of an order it is told where it leads.
    """
    team = {_of(one) for one, each in drafts if each.part is Part.HUMAN and not one.about[3]}
    orders = [(one, each) for one, each in drafts if each.kind == "then"]
    told: dict[str, tuple[Candidate, Draft]] = {}
    found = []
    for one, each in sorted(drafts, key=lambda pair: (pair[0].p, pair[0].about)):
        if each.part is Part.HUMAN:
            if (one.about[3] and _of(one) in team) or each.statement in told:
                continue
            if each.kind == "then" and any(_is_part(one, each, *other) for other in orders):
                continue
            told[each.statement] = one, each
        found.append((one, each))
    return found


def _is_part(one: Candidate, each: Draft, longer: Candidate, other: Draft) -> bool:
    """Whether an order is part of a longer one of the same people, most of the times."""
    part, whole = _acts(one), _acts(longer)
    return (
        len(part) < len(whole)
        and one.about[3] == longer.about[3]
        and any(whole[at : at + len(part)] == part for at in range(len(whole)))
        and 2 * other.held > each.held
    )


def _acts(one: Candidate) -> list[str]:
    """The acts of an order."""
    return [*one.about[1].split(_THEN), one.about[2]]


def _of(one: Candidate) -> tuple[str, ...]:
    label, before, what, _, kind = one.about
    return label, before, what, kind


def _draft(history: History, one: Habit, privacy: Privacy) -> Draft:
    named = one.who == EVERYBODY or privacy.names
    words = history.words.texts
    who, act = _who(history, one, privacy), words[one.what]
    source = "from all that people do"
    if one.kind == "then":
        before = ", then ".join(words[each] for each in one.before)
        statement = f"in trouble, {who} {before}, and next {act}"
        of = f"of {one.times:,} times that the one was done the other followed at once"
        if len(one.before) > 1:
            of = f"of {one.times:,} times that what is before it was done so it followed at once"
            source = "from what follows the same without its first step"
    else:
        first = " first" if one.kind == "first" else ""
        statement = f"{_IN_TROUBLE[_LABELS[one.label]]}, {who} {act}{first}"
        of = f"of {one.times:,} such sessions"
    test = (
        f"{one.followed:,} {of}, {one.days.words}; {one.expected:.2g} expected {source}; "
        "Fisher's exact test, one-sided, of all and of days, the larger chance"
    )
    against = _cases(one.against, named)
    later = [at for at, _ in against if at > one.hits[-1].at]
    return Draft(
        Part.HUMAN, one.kind, statement, one.followed, one.times, one.followed, one.times,
        one.expected, test, _cases(one.hits, named), against,
        later[0] if one.broken and later else None, one.silent,
    )  # fmt: skip


def _cases(deeds: Sequence[Deed], named: bool) -> list[Case]:
    """Of somebody who is not named no deed is cited: its commit has the name."""
    return [(one.at, one.ref if named else None) for one in deeds]


def _who(history: History, one: Habit, privacy: Privacy) -> str:
    if one.who == EVERYBODY:
        return "the team"
    name = history.people[one.who]
    if privacy.names:
        return name
    role = privacy.roles.get(name)
    return f"somebody of {role}" if role else "somebody on call"
