"""The bot put together: what answers, what writes, what announces, and the doors in front."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from kubectl_smart.bot.access import KEPT, Access, Reviewer
from kubectl_smart.bot.authorisation import Policy
from kubectl_smart.bot.grammar.statements import STATEMENTS
from kubectl_smart.bot.slack.answering import Answering, Source
from kubectl_smart.bot.slack.app import Doors
from kubectl_smart.bot.slack.auditing import VERB, Auditing
from kubectl_smart.bot.slack.capturing import Capturing, Emojis
from kubectl_smart.bot.slack.digest import Digests
from kubectl_smart.bot.slack.feed import Feed, FeedSettings
from kubectl_smart.bot.slack.gate import Gate
from kubectl_smart.bot.slack.homes import Homes
from kubectl_smart.bot.slack.people import People
from kubectl_smart.bot.slack.publishing import Answers
from kubectl_smart.bot.slack.questions import LONGEST, SLOW, Questions
from kubectl_smart.bot.slack.rooms import Rooms
from kubectl_smart.bot.slack.speaking import Speaking
from kubectl_smart.bot.slack.state import State
from kubectl_smart.bot.slack.talking import Talking
from kubectl_smart.bot.slack.uploads import Uploads
from kubectl_smart.bot.slack.windows import Windows
from kubectl_smart.bot.slack.workspaces import Workspaces
from kubectl_smart.bot.slack.writing import Pen, Writing


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSettings:
    """How the bot behaves.

    command   the slash command
    local     that a stand-in of Slack on this machine may be answered
    state     its own file; None: in memory
    people    Slack user id -> name in the cluster
    answers   who reads the answers to commands
    incident_channels  whether an incident may have a channel of its own
    reviewer  asks the cluster what people may see; groups: Slack user id -> theirs in the cluster;
              kept: seconds for which an answer of it is used again
    a_minute  commands of one person
    slow      seconds after which somebody is told that it takes longer; longest: it is given up
    """

    policy: Policy
    command: str = "/smart"
    local: bool = False
    state: Path | None = None
    people: Mapping[str, str] = field(default_factory=dict)
    emojis: Emojis = field(default_factory=Emojis)
    incident_channels: bool = False
    reviewer: Reviewer | None = None
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kept: float = KEPT
    answers: Answers = field(default_factory=Answers)
    feeds: tuple[FeedSettings, ...] = ()
    workers: int = 4
    a_minute: int = 20
    slow: float = SLOW
    longest: float = LONGEST
    picture_every: float = 0.5
    picture_within: float = 10.0


class Bot:
    """One bot for one memory. Close it.

    pen  what brings words into the memory; None: the memory is opened for each writing
    """

    def __init__(
        self,
        settings: BotSettings,
        source: Source,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        pen: Pen | None = None,
    ) -> None:
        self._settings = settings
        self._now = now
        self.state = State(settings.state)
        self.answering = Answering(source, workers=settings.workers)
        self.writing = Writing(source, pen)
        access = None
        if settings.reviewer is not None:
            access = Access(
                settings.reviewer, settings.people, settings.groups, clock, kept=settings.kept
            )
        gate = Gate(settings.policy, self.state, clock, now, access)
        people = People(gate.identities, settings.people)
        uploads = Uploads(every=settings.picture_every, within=settings.picture_within)
        questions = Questions(
            self.answering,
            gate,
            self.state,
            uploads,
            now,
            settings.answers,
            slow=settings.slow,
            longest=settings.longest,
        )
        self.feeds: list[Feed] = []
        self.digests: Digests | None = None
        self._app: AsyncApp | None = None
        self._going_on: set[asyncio.Task[None]] = set()
        speaking = Speaking(
            self.answering,
            self.writing,
            gate,
            people,
            self.state,
            now,
            self._explained,
            Rooms(self.state, wanted=settings.incident_channels),
            settings.answers,
        )
        capturing = Capturing(
            self.answering,
            self.writing,
            gate,
            people,
            self.state,
            settings.emojis,
            self._explained,
        )
        auditing = Auditing(gate, self.state, source)
        talking = Talking(
            questions,
            gate,
            self.answering,
            settings.command,
            clock,
            {**dict.fromkeys(STATEMENTS, speaking.say), VERB: auditing.tell},
            a_minute=settings.a_minute,
        )
        self.doors = Doors(
            talking,
            capturing,
            Windows(self.answering, gate, people, self.state, capturing),
            Homes(self.answering, gate, settings.command),
            self.state,
            now,
            command=settings.command,
            local=settings.local,
        )

    def app(
        self,
        client: AsyncWebClient,
        *,
        signing_secret: str | None = None,
        workspaces: Workspaces | None = None,
    ) -> AsyncApp:
        """The app, to be connected; without a signing secret it is for Socket Mode only.

        workspaces  whose tokens it speaks with; else that of `client`
        """

        async def the_only_one(_: str) -> AsyncWebClient:
            return client

        client_of = the_only_one if workspaces is None else workspaces.client
        self.feeds = [
            Feed(client_of, self.answering, self.state, one, self._now)
            for one in self._settings.feeds
        ]
        wanted = self._settings.feeds
        self.digests = Digests(client_of, self.answering, self.state, wanted, self._now)
        self._app = self.doors.app(client, signing_secret=signing_secret, workspaces=workspaces)
        return self._app

    async def resume(self) -> None:
        """Go on with what an earlier bot acknowledged and did not end; once connected."""
        if self._app is not None:
            await self.doors.resume(self._app)

    async def settle(self) -> None:
        """Wait until everything that was begun has ended."""
        while True:
            await self.doors.settle()
            if not self._going_on:
                return
            await asyncio.wait(set(self._going_on))

    def close(self) -> None:
        """End the pools, then let go of the state."""
        self.answering.close()
        self.writing.close()
        self.state.close()

    def _explained(self, change: str) -> None:
        """Let the announcements say the reason."""
        for feed in self.feeds:
            task = asyncio.get_running_loop().create_task(feed.explained(change))
            self._going_on.add(task)
            task.add_done_callback(self._going_on.discard)
