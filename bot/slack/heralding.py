"""Incidents that nobody opened in Slack, but a machine: announced as if a person had opened them.

The same card, and a thread that is about the incident from then on; what alerts add to it is said
in that thread. What people say and do there is answered where they say it, and not told again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from kubectl_smart.bot.authorisation import Sight
from kubectl_smart.bot.render import blocks_words
from kubectl_smart.bot.render.messages import Message
from kubectl_smart.bot.slack.answering import Answering
from kubectl_smart.bot.slack.state import About, State
from kubectl_smart.bot.telling import RECORDER
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.similar_incidents import similar_to
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note

_AT_ONCE = 5
"""Lines said one by one in a thread; of more there is one line."""
_FOLLOWED = 7 * 24 * 3_600 * 1_000_000
"""Microseconds after its closing in which an incident's thread still hears of it."""


class Announced(NamedTuple):
    """An incident that was announced: its message, and up to which sequence its thread is told."""

    ts: str
    told: int


class _Version(NamedTuple):
    sequence: int
    recorded_at: int
    incident: Incident


class _Found(NamedTuple):
    """One incident with something to say; announced: None if it was not yet."""

    incident: Incident
    announced: Announced | None
    card: Message | None
    lines: list[tuple[int, Message]]


class Herald:
    """Announces in one channel.

    post  says a message there, or below the message with the ts given; gives the ts of what it said
    now   seconds since 1970-01-01 UTC
    """

    def __init__(
        self,
        team: str,
        channel: str,
        sight: Sight,
        answering: Answering,
        state: State,
        post: Callable[[str | None, Message], Awaitable[str]],
        now: Callable[[], float],
    ) -> None:
        self._team = team
        self._channel = channel
        self._sight = sight
        self._answering = answering
        self._state = state
        self._post = post
        self._now = now
        self._mark = f"incidents {team} {channel}"
        self._tips: object = None

    async def look(self) -> None:
        """Announce what is new, and say in the threads what alerts added."""
        begun = self._state.mark(self._mark)
        if not begun:
            begun = str(int(self._now() * 1_000_000))
            self._state.set_mark(self._mark, begun)
        tips = await self._answering.read(lambda memory: memory.index.tips())
        if tips == self._tips:
            return
        announced = self._announced()
        for found in await self._answering.read(
            lambda memory: self._found(memory, announced, int(begun))
        ):
            await self._say(found)
        self._tips = tips

    async def _say(self, found: _Found) -> None:
        incident, announced = found.incident, found.announced
        if announced is None and found.card is not None:
            announced = Announced(await self._post(None, found.card), 0)
            self._note(incident, announced)
            about = About(incident=incident.id)
            self._state.talks_about(self._team, self._channel, announced.ts, about)
        if announced is None:
            return
        for sequence, message in found.lines[:_AT_ONCE]:
            await self._post(announced.ts, message)
            announced = announced._replace(told=sequence)
            self._note(incident, announced)
        rest = found.lines[_AT_ONCE:]
        if rest:
            more = f"And {len(rest):,} more lines; incident show lists them."
            await self._post(announced.ts, blocks_words.plain(more, self._answering.source.zone))
            self._note(incident, announced._replace(told=rest[-1][0]))

    def _announced(self) -> dict[str, Announced]:
        """What was announced, by the incident's id."""
        noted = {name: value.split() for name, value in self._state.marks(f"{self._mark} ").items()}
        return {name: Announced(ts, int(told)) for name, (ts, told) in noted.items()}

    def _note(self, incident: Incident, announced: Announced) -> None:
        self._state.set_mark(f"{self._mark} {incident.id}", f"{announced.ts} {announced.told}")

    # --- in the memory, in a thread -----------------------------------------------------------

    def _found(self, memory: Memory, known: Mapping[str, Announced], begun: int) -> list[_Found]:
        """Incidents with something to say, in the order they were opened."""
        index = self._sight.of(memory).index
        versions = _versions(index)
        since = int(self._now() * 1_000_000) - _FOLLOWED
        found = []
        for each in index.incidents():
            incident = each.record
            if not isinstance(incident, Incident) or incident.id not in versions:
                continue
            first = versions[incident.id][0]
            if not _by_machine(first.incident.actor) or 0 < incident.closed_at < since:
                continue
            announced = known.get(incident.id)
            is_open = incident.status is IncidentStatus.OPEN
            if announced is None and (first.recorded_at <= begun or not is_open):
                continue
            card = None if announced is not None else self._card(index, incident)
            told = announced.told if announced is not None else 0
            lines = self._lines(index, incident, versions[incident.id], told)
            found.append(_Found(incident, announced, card, lines))
        return found

    def _card(self, index: Index, incident: Incident) -> Message:
        zone = self._answering.source.zone
        return blocks_words.opened(incident, similar_to(index, incident, ()), zone)

    def _lines(
        self, index: Index, incident: Incident, versions: Sequence[_Version], told: int
    ) -> list[tuple[int, Message]]:
        """What machines added, and that they closed or opened it again, in the order of both."""
        zone = self._answering.source.zone
        found = [
            (each.sequence, blocks_words.line_of_incident(note, zone))
            for each in index.notes(incident.opened_at, None)
            if isinstance(note := each.record, Note)
            and note.incident == incident.id
            and _by_machine(note.author)
        ]
        status = IncidentStatus.OPEN
        for sequence, _, version in versions:
            if version.status is not status and _by_machine(version.actor):
                found.append((sequence, blocks_words.turned(version, zone)))
            status = version.status
        return sorted((one for one in found if one[0] > told), key=lambda one: one[0])


def _versions(index: Index) -> dict[str, list[_Version]]:
    """The versions of every incident, in the order they were recorded."""
    found: dict[str, list[_Version]] = {}
    for each in sorted(index.incidents(versions=True), key=lambda one: one.sequence):
        if isinstance(each.record, Incident):
            version = _Version(each.sequence, each.recorded_at, each.record)
            found.setdefault(each.record.id, []).append(version)
    return found


def _by_machine(actor: Actor) -> bool:
    return actor.kind is ActorKind.AUTOMATION and actor != RECORDER
