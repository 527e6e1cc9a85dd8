"""The feed: a change by a person that nobody explained is announced once, and asked about.

What is quiet stays quiet: a change waits a while, for the reason often comes with it; many at once
become one line; at night nothing is asked but what breaks a rule; nobody is asked more than twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo

from slack_sdk.web.async_client import AsyncWebClient

from kubectl_smart.bot.authorisation import Sight
from kubectl_smart.bot.render import blocks_words
from kubectl_smart.bot.render.messages import Message
from kubectl_smart.bot.slack.answering import Answering
from kubectl_smart.bot.slack.heralding import Herald
from kubectl_smart.bot.slack.saying import TROUBLE, Unheard, post, refusal
from kubectl_smart.bot.slack.state import Announced, State
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.pinned_notes import rules_broken
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.errors import SmartError
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.rules import Breach

_log = logging.getLogger(__name__)
EVERYTHING_SEEN = Sight(None)
_SECOND = 1_000_000
_LATE = 24 * 3_600 * _SECOND
"""Changes that arrive so late are still announced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSettings:
    """Where changes are announced, and when not.

    channel       id of the channel
    sight         which namespaces are spoken of there
    every         seconds between two looks into the memory
    after         seconds a change waits for its reason before it is announced
    nudge_after   seconds after which a silent thread is asked once more; 0 for never
    most_an_hour  announcements; what is more becomes one line
    quiet_from, quiet_to  local times between which nobody is asked; equal for never
    zone          in which they are
    silent_namespaces, silent_people  never announced
    incidents     whether those that a machine opened are announced, at any hour
    digest        whether the patterns found are told there by the clock
    """

    team: str
    channel: str
    sight: Sight = EVERYTHING_SEEN
    every: float = 5.0
    after: float = 60.0
    nudge_after: float = 4 * 3_600.0
    most_an_hour: int = 20
    quiet_from: time = time(0)
    quiet_to: time = time(0)
    zone: tzinfo = UTC
    silent_namespaces: frozenset[str] = frozenset()
    silent_people: frozenset[str] = frozenset()
    incidents: bool = True
    digest: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """A change that nobody explained, and the rules it breaks."""

    change: Change
    breaches: tuple[Breach, ...]


class Feed:
    """Announces in one channel.

    client  gives that of a workspace, by its id; Unheard if there is none
    now     seconds since 1970-01-01 UTC
    """

    def __init__(
        self,
        client: Callable[[str], Awaitable[AsyncWebClient]],
        answering: Answering,
        state: State,
        settings: FeedSettings,
        now: Callable[[], float],
    ) -> None:
        self._client = client
        self._answering = answering
        self._state = state
        self._settings = settings
        self._now = now
        self._mark = f"feed {settings.team} {settings.channel}"
        self._herald = Herald(
            settings.team, settings.channel, settings.sight, answering, state,
            lambda thread, message: self._post(settings.channel, thread, message), now,
        )  # fmt: skip

    async def run(self) -> None:
        """Look into the memory every so often, until cancelled. What fails is tried again."""
        while True:
            try:
                await self.look()
            except (*TROUBLE, Unheard, SmartError) as problem:
                _log.warning("the feed waits: %s", problem)
            except OSError as problem:
                _log.warning("the memory cannot be read just now: %s", problem)
            await asyncio.sleep(self._settings.every)

    async def look(self) -> None:
        """Announce what is new and due; ask once more where nobody answered."""
        if self._settings.incidents:
            await self._herald.look()
        begun = self._state.mark(self._mark)
        if not begun:
            start = await self._answering.read(self._newest)
            self._state.set_mark(self._mark, str(start))
            return
        found = await self._answering.read(lambda memory: self._news(memory, int(begun)))
        due = [one for one in found if self._state.announcement(one.change.id) is None]
        quiet = is_quiet(self._settings, self._now())
        speaking = [one for one in due if one.breaches or not quiet]
        room = self._room()
        urgent = [one for one in speaking if one.breaches]
        others = [one for one in speaking if not one.breaches]
        for one in [*urgent, *others[: max(0, room - len(urgent))]]:
            await self._announce(one)
        rest = others[max(0, room - len(urgent)) :]
        if rest:
            await self._in_one_line(rest)
        if not quiet:
            await self._nudge()

    async def explained(self, change: str) -> None:
        """A change was explained, or its reason taken back: its announcement says so.

        What another feed announced is left to that one: its channel may be of another workspace,
        and may see something else.
        """
        announced = self._state.announcement(change)
        if announced is None or not announced.ts or not self._is_mine(announced):
            return
        found = await self._answering.read(lambda memory: self._now_of(memory, change))
        if found is None:
            return
        message, given = found
        if given:
            self._state.explained(change, self._now())
        try:
            client = await self._client(self._settings.team)
            await client.chat_update(
                channel=announced.channel, ts=announced.ts, **blocks_words.as_arguments(message)
            )
        except Unheard as problem:
            _log.warning("an announcement still asks why: %s", problem)
        except TROUBLE as problem:
            _log.warning("an announcement still asks why: %s", refusal(problem))

    # --- within -------------------------------------------------------------------------------

    def _newest(self, memory: Memory) -> int:
        """When the newest change was made, or now: what came before is not announced."""
        newest = memory.index.neighbours(1 << 62, None)[0]
        now = int(self._now() * _SECOND)
        if newest is None or not isinstance(newest.record, Change):
            return now
        return min(now, newest.record.happened_at)

    def _news(self, memory: Memory, begun: int) -> list[News]:
        """Unexplained changes by people that are due, oldest first; as the channel may see."""
        settings, index = self._settings, self._settings.sight.of(memory).index
        now = int(self._now() * _SECOND)
        since = max(begun + 1, now - _LATE)
        due = now - int(settings.after * _SECOND)
        found = []
        for each in index.changes_between(since, None):
            change = each.record
            if not isinstance(change, Change) or not asks_for_a_reason(settings, change):
                continue
            breaches = rules_broken(index, change)
            if not breaches and (change.happened_at > due or index.notes_explaining([change.id])):
                continue
            found.append(News(change, tuple(breaches)))
        return found

    def _is_mine(self, announced: Announced) -> bool:
        """Whether it was announced in this feed's channel."""
        return (announced.team, announced.channel) == (self._settings.team, self._settings.channel)

    def _now_of(self, memory: Memory, change_id: str) -> tuple[Message, bool] | None:
        """The announcement as it is now, and whether a reason stands in it.

        None if the channel does not see the change any more.
        """
        index = self._settings.sight.of(memory).index
        seen = [each.record for each in index.change(change_id) if isinstance(each.record, Change)]
        if not seen:
            return None
        change = seen[0]
        notes = [
            each.record
            for each in index.notes_explaining([change_id])
            if isinstance(each.record, Note)
        ]
        reason = notes[-1].text if notes else ""
        by = notes[-1].author.name if notes else ""
        message = blocks_words.announcement(
            change,
            rules_broken(index, change),
            self._answering.source.zone,
            reason=reason,
            by=by,
        )
        return message, bool(notes)

    async def _announce(self, news: News) -> None:
        message = blocks_words.announcement(
            news.change, news.breaches, self._answering.source.zone, reason="", by=""
        )
        settings = self._settings
        ts = await self._post(settings.channel, None, message)
        self._state.announce(news.change.id, settings.team, settings.channel, ts, self._now())

    async def _in_one_line(self, rest: Sequence[News]) -> None:
        people = sorted({one.change.actor.name for one in rest})
        message = blocks_words.counted(len(rest), people, self._answering.source.zone)
        await self._post(self._settings.channel, None, message)
        for one in rest:
            self._state.announce(
                one.change.id, self._settings.team, self._settings.channel, "", self._now()
            )

    async def _nudge(self) -> None:
        settings = self._settings
        if not settings.nudge_after:
            return
        for one in self._state.unexplained(self._now() - settings.nudge_after):
            if not self._is_mine(one) or not one.ts:
                continue
            await self._ask_again(one)

    async def _ask_again(self, one: Announced) -> None:
        self._state.nudged(one.change, self._now())
        message = blocks_words.plain(
            "Nobody has said why yet. A reply here is kept as the reason; nobody asks again.",
            self._answering.source.zone,
        )
        await self._post(one.channel, one.ts, message)

    async def _post(self, channel: str, thread: str | None, message: Message) -> str:
        """The ts of what was said. Unheard if Slack takes nothing."""
        client = await self._client(self._settings.team)
        return await post(client, channel, thread, message.text, message.blocks)

    def _room(self) -> int:
        """How many announcements fit into this hour."""
        said = self._state.announced_since(
            self._settings.team, self._settings.channel, self._now() - 3_600
        )
        return max(0, self._settings.most_an_hour - said)


def asks_for_a_reason(settings: FeedSettings, change: Change) -> bool:
    """Whether people are asked about a change: a person made it, with an effect, unexplained."""
    return (
        change.actor.kind is ActorKind.HUMAN
        and not change.reason
        and (bool(change.edits) or change.gone or change.verb == "create")
        and change.object.namespace not in settings.silent_namespaces
        and change.actor.name not in settings.silent_people
    )


def is_quiet(settings: FeedSettings, now: float) -> bool:
    """Whether it is a time at which nobody is asked; `now` in seconds since 1970-01-01 UTC."""
    begin, end = settings.quiet_from, settings.quiet_to
    if begin == end:
        return False
    local = datetime.fromtimestamp(now, settings.zone).time()
    if begin < end:
        return begin <= local < end
    return local >= begin or local < end
