"""Alerts that open incidents: what becomes of one, given what the memory knows. Pure.

Alertmanager gathers alerts in groups; a group has one incident at a time. Which one it is stands in
the memory: each line that an alert adds to an incident is a note that names the group. All of it
can be asked for again at any time and is told once: a line is known by its alert and status, an
incident by its title and when it was opened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from kubectl_smart.bot.telling import Opening, Sayable, Statement, Turn
from kubectl_smart.capture.decoding.alerts import SOURCE, UNNAMED
from kubectl_smart.capture.statements import statement_id
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation

ALERTMANAGER = Actor("alertmanager", ActorKind.AUTOMATION)
"""Who opens them."""

_SECOND = 1_000_000
_MATCHER = re.compile(r"\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)
_LONGEST_TITLE = 200
_SHOWN = ("severity", "cluster", "team")
"""Labels that a line shows, besides the object they name."""


class Matcher(NamedTuple):
    """One condition on a label; a label that is not there is "", as in Alertmanager."""

    label: str
    sign: str
    value: str

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether it does for these labels."""
        found = labels.get(self.label, "")
        if self.sign in ("=~", "!~"):
            return (re.fullmatch(self.value, found) is not None) == (self.sign == "=~")
        return (found == self.value) == (self.sign == "=")


def matcher(text: str) -> Matcher:
    """`severity=page`, `team!="web"`, `severity=~"page|critical"`; ValueError for anything else."""
    found = _MATCHER.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no matcher, as severity=page is")
    label, sign, value = found.groups()
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    if sign in ("=~", "!~"):
        try:
            re.compile(value)
        except re.error as problem:
            raise ValueError(f"{value!r} is no regular expression: {problem}") from None
    return Matcher(label, sign, value)


class Rules(NamedTuple):
    """For which alerts there are incidents.

    matchers  all of them must hold for an alert
    again     seconds after its closing in which an incident is opened again when its group fires
    close     whether it is closed when none of its group fires any more
    """

    matchers: tuple[Matcher, ...]
    again: float
    close: bool

    def concern(self, seen: Observation) -> bool:
        """Whether an observation is an alert of a group for which there is an incident."""
        return (
            seen.source == SOURCE
            and bool(group_of(seen))
            and all(one.holds(_labels(seen)) for one in self.matchers)
        )


class Known(NamedTuple):
    """What the memory knows.

    incidents  the valid version of each, by id
    own        lines the alerts have made already, by the alert's id
    lines      notes that alerts of the group made in incidents which are open or may be opened
               again, in the order they were recorded
    apart      ids of incidents with lines of other groups, or of this one long ago
    alerts     those of the group that meet the rules, since the oldest of these incidents
    """

    incidents: Mapping[str, Incident]
    own: Mapping[str, Note]
    lines: Sequence[Note]
    apart: frozenset[str]
    alerts: Sequence[Observation]


def is_line(note: Note) -> bool:
    """Whether a note is a line that an alert made."""
    return note.surface == SOURCE and bool(note.incident)


def line_id(seen: Observation) -> str:
    """The id of the note that says that an alert fires."""
    return statement_id(_identity(seen, "firing"))


def tell_of(
    group: Sequence[Observation],
    known: Known,
    rules: Rules,
    tell: Callable[[Sequence[Sayable]], Incident],
) -> None:
    """Tell what becomes of alerts of one group, in the order in which they fired.

    tell  records things in one incident, and gives it
    """
    incidents = dict(known.incidents)
    current = incidents.get(known.lines[-1].incident) if known.lines else None
    things: dict[str, list[Sayable]] = {}
    for seen in group:
        own = known.own.get(seen.id)
        incident = incidents.get(own.incident) if own is not None else current
        if incident is None or _is_past(seen, incident, rules):
            incident = current = tell([_opening(seen, known)])
        elif _fires_again(seen, incident):
            turn = Turn(
                incident=incident.id,
                status=IncidentStatus.OPEN,
                actor=ALERTMANAGER,
                at=seen.first_at,
            )
            things.setdefault(incident.id, []).append(turn)
            incident = current = replace(incident, status=IncidentStatus.OPEN, closed_at=0)
        incidents[incident.id] = incident
        things.setdefault(incident.id, []).extend(_lines(seen, incident.id))
    if current is not None and rules.close and not any(_fires(one) for one in known.alerts):
        at = max(one.last_at for one in known.alerts)
        turn = Turn(incident=current.id, status=IncidentStatus.CLOSED, actor=ALERTMANAGER, at=at)
        things.setdefault(current.id, []).append(turn)
    for said in things.values():
        tell(said)


def _opening(seen: Observation, known: Known) -> Opening:
    return Opening(title=_title(seen), actor=ALERTMANAGER, at=seen.first_at, apart=known.apart)


def _is_past(seen: Observation, incident: Incident, rules: Rules) -> bool:
    """Whether an incident was closed too long before an alert fired to be the same."""
    return bool(incident.closed_at) and (
        seen.first_at > incident.closed_at + round(rules.again * _SECOND)
    )


def _fires_again(seen: Observation, incident: Incident) -> bool:
    """Whether an alert began to fire after its incident was closed; before, the closer knew."""
    return incident.status is IncidentStatus.CLOSED and seen.first_at > incident.closed_at


def _lines(seen: Observation, incident_id: str) -> list[Sayable]:
    """That it fires, and that it is resolved if it is."""
    about = None if (seen.about.group, seen.about.kind) == ("", UNNAMED) else seen.about
    where = f" on {_named(about)}" if about is not None else ""
    words = "" if seen.message == seen.kind else f": {seen.message}"
    labels = _labels(seen)
    shown = ", ".join(f"{one}={labels[one]}" for one in _SHOWN if labels.get(one))
    fires = f"{seen.kind} fires{where}{words}{f' ({shown})' if shown else ''}"
    told = [("firing", fires, seen.first_at)]
    if not _fires(seen):
        told.append(("resolved", f"{seen.kind}{where} is resolved", seen.last_at))
    return [
        Statement(
            text=text,
            author=ALERTMANAGER,
            said_at=at,
            identity=_identity(seen, status),
            surface=SOURCE,
            channel=group_of(seen),
            about=about,
            incident=incident_id,
        )
        for status, text, at in told
    ]


def _identity(seen: Observation, status: str) -> tuple[str, ...]:
    return (SOURCE, seen.id, status)


def _title(seen: Observation) -> str:
    title = " ".join((seen.message or seen.kind).split())
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1]}…"


def _named(ref: ObjectRef) -> str:
    place = f"{ref.namespace}/" if ref.namespace else ""
    return f"{place}{ref.kind.lower()} {ref.name}"


def _fires(seen: Observation) -> bool:
    return _detail(seen).get("status") == "firing"


def group_of(seen: Observation) -> str:
    """What tells the group of an alert from all others; "" if that is not known."""
    return str(_detail(seen).get("group") or "")


def _labels(seen: Observation) -> Mapping[str, str]:
    found = _detail(seen).get("labels")
    return found if isinstance(found, dict) else {}


def _detail(seen: Observation) -> Mapping[str, Any]:
    return seen.detail or {}
