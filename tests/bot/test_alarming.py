"""What becomes of alerts, on a memory in a dictionary: whenever it is interrupted, the same."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.support.audit_events import REDACTOR

from kubectl_smart.bot.alarming import (
    ALERTMANAGER,
    Known,
    Rules,
    group_of,
    line_id,
    matcher,
    tell_of,
)
from kubectl_smart.bot.telling import Opening, Sayable, Statement, Turn
from kubectl_smart.bot.tellings import opened, turned
from kubectl_smart.capture.decoding.alerts import SOURCE
from kubectl_smart.capture.statements import note_of
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation

SECOND = 1_000_000
NOON = 1_767_268_800 * SECOND
"""2026-01-01 12:00 UTC."""
RULES = Rules((matcher("severity=page"),), 3_600, close=False)


class Killed(Exception):
    """In the middle of it."""


class Memory:
    """Incidents and lines; `left` is how many things are recorded before it is killed."""

    def __init__(self) -> None:
        self.incidents: dict[str, Incident] = {}
        self.notes: dict[str, Note] = {}
        self.left = 1 << 30

    def look(self, alerts: Sequence[Observation], rules: Rules = RULES) -> None:
        """As the process does, group by group."""
        for name in dict.fromkeys(map(group_of, alerts)):
            group = [one for one in alerts if group_of(one) == name]
            lines = list(self.notes.values())
            own = {one.id: self.notes.get(line_id(one)) for one in group}
            known = Known(
                incidents=self.incidents,
                own={key: note for key, note in own.items() if note is not None},
                lines=[one for one in lines if one.channel == name],
                apart=frozenset(one.incident for one in lines),
                alerts=group,
            )
            tell_of(group, known, rules, self.tell)

    def tell(self, things: Sequence[Sayable]) -> Incident:
        """One thing after the other."""
        incident = None
        for said in things:
            if not self.left:
                raise Killed
            self.left -= 1
            match said:
                case Opening():
                    incident = opened(self.incidents, said, REDACTOR)
                case Turn():
                    known = self.incidents[said.incident]
                    incident = turned(known, said, REDACTOR, known.happened_at)
                case Statement():
                    note = note_of(said, REDACTOR)
                    self.notes.setdefault(note.id, note)
                    incident = self.incidents[note.incident]
            assert incident is not None
            self.incidents[incident.id] = incident
        assert incident is not None
        return incident

    def close(self, at: int) -> None:
        """Somebody closes all of them."""
        who = Actor("sarah", ActorKind.HUMAN)
        for one in list(self.incidents.values()):
            said = Turn(incident=one.id, status=IncidentStatus.CLOSED, actor=who, at=at)
            self.incidents[one.id] = turned(one, said, REDACTOR, one.happened_at)


def alert(number: int, *, at: int = 0, group: str = "a", until: int = 0) -> Observation:
    """One that fires `at` seconds after noon; `until`: and is resolved then."""
    about = ObjectRef("apps", "Deployment", "shop", "cart")
    began = NOON + at * SECOND
    return Observation(
        id=f"{number:032x}", kind="Slow", about=about, owner=about, first_at=began,
        last_at=NOON + until * SECOND if until else began, count=1, message="It is slow",
        warning=True, source=SOURCE,
        detail={
            "status": "resolved" if until else "firing", "labels": {"severity": "page"},
            "group": group,
        },
    )  # fmt: skip


alerts = st.lists(
    st.builds(
        lambda number, at, group, lasts: alert(
            number, at=at, group=group, until=at + lasts if lasts else 0
        ),
        st.integers(1, 99), st.integers(0, 9), st.sampled_from("ab"), st.sampled_from([0, 30]),
    ),
    min_size=1, max_size=6, unique_by=lambda one: one.id,
)  # fmt: skip


@given(alerts, st.integers(0, 20))
def test_interrupted_and_begun_again_it_is_the_same(found: list[Observation], left: int) -> None:
    """Each group has one incident, each alert its lines, once."""
    found.sort(key=lambda one: (one.first_at, one.id))
    memory, other = Memory(), Memory()
    memory.look(found)
    other.left = left
    with contextlib.suppress(Killed):
        other.look(found)
    other.left = 1 << 30
    other.look(found)
    assert other.incidents == memory.incidents
    assert other.notes == memory.notes
    assert len(memory.incidents) == len({group_of(one) for one in found})
    assert len(memory.notes) == sum(2 if one.last_at > one.first_at else 1 for one in found)


def test_what_fires_on_when_it_is_closed_does_not_open_it_again() -> None:
    """Nor does its end; another alert of the group does, within an hour, or opens a new one."""
    memory = Memory()
    memory.look([alert(1)])
    memory.close(NOON + 600 * SECOND)
    memory.look([alert(1)])
    memory.look([alert(1, until=900)])
    (incident,) = memory.incidents.values()
    assert incident.status is IncidentStatus.CLOSED
    assert [note.incident for note in memory.notes.values()] == [incident.id] * 2

    memory.look([alert(2, at=1_200)])
    (incident,) = memory.incidents.values()
    assert (incident.status, incident.actor) == (IncidentStatus.OPEN, ALERTMANAGER)

    memory.close(NOON + 1_500 * SECOND)
    memory.look([alert(3, at=1_500 + 3_601)])
    statuses = [one.status for one in memory.incidents.values()]
    assert statuses == [IncidentStatus.CLOSED, IncidentStatus.OPEN]


def test_closed_by_itself_only_if_so_told() -> None:
    """And only when none of the group fires any more."""
    rules = RULES._replace(close=True)
    memory = Memory()
    memory.look([alert(1), alert(2)], rules)
    memory.look([alert(1, until=60), alert(2)], rules)
    assert {one.status for one in memory.incidents.values()} == {IncidentStatus.OPEN}
    memory.look([alert(1, until=60), alert(2, until=90)], rules)
    (incident,) = memory.incidents.values()
    assert incident.status is IncidentStatus.CLOSED
    assert incident.closed_at == NOON + 90 * SECOND


def test_what_is_no_alert_of_a_group_concerns_nobody() -> None:
    """Of another source, of no known group, or with other labels."""
    assert RULES.concern(alert(1))
    assert not RULES.concern(alert(1, group=""))
    assert not RULES.concern(replace(alert(1), source="event"))
    assert not RULES.concern(replace(alert(1), detail={"labels": {}, "group": "a"}))
