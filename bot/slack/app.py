"""The doors of the bot: Slack's deliveries become exchanges. Everything is acknowledged first.

Before that it is written down (`state`), so that a bot that ends in between answers when it is
back. The same handlers serve Socket Mode and signed HTTP; which of them it is the caller decides.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine
from types import MappingProxyType
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from kubectl_smart.bot.render.blocks_words import WHY
from kubectl_smart.bot.render.messages import EVIDENCE, REPORT
from kubectl_smart.bot.slack import modals
from kubectl_smart.bot.slack.capturing import Capturing
from kubectl_smart.bot.slack.exchange import Exchange
from kubectl_smart.bot.slack.heard import Heard
from kubectl_smart.bot.slack.homes import Homes
from kubectl_smart.bot.slack.manifest import RATIONALE
from kubectl_smart.bot.slack.people import instant, is_from_a_person
from kubectl_smart.bot.slack.questions import CANCEL, SHARE
from kubectl_smart.bot.slack.saying import TROUBLE, Answered, InThread, OnlyFor, Unheard, Voice
from kubectl_smart.bot.slack.state import State
from kubectl_smart.bot.slack.talking import Talking
from kubectl_smart.bot.slack.windows import Windows
from kubectl_smart.bot.slack.workspaces import REVOKED, UNINSTALLED, Workspaces
from kubectl_smart.memory.records.errors import SmartError

_log = logging.getLogger(__name__)
_MENTION = re.compile(r"^\s*<@[A-Z0-9]+(?:\|[^>]*)?>\s*")
HEARD = frozenset(
    {"app_mention", "message", "reaction_added", "reaction_removed", "app_home_opened"}
)
"""Events that something here listens to; all others are acknowledged and that is all."""
_NEWS = MappingProxyType(
    {
        "app_rate_limited": "events are left out, there were too many; nothing of them is known",
        "app_uninstalled": "the app is no longer installed; install it again, or end the bot",
        "tokens_revoked": "the token no longer works; install the app again and set the new one",
    }
)
"""What Slack tells the app about itself, and what whoever runs the bot should do."""
_RESUMED = "resumed"
_Payload = dict[str, Any]


class Doors:
    """Makes the app, and keeps what is being answered.

    now      seconds since 1970-01-01 UTC
    command  the slash command, "/smart" unless another app of the workspace has that name
    local    that a stand-in of Slack on this machine may be answered
    """

    def __init__(
        self,
        talking: Talking,
        capturing: Capturing,
        windows: Windows,
        homes: Homes,
        state: State,
        now: Callable[[], float],
        *,
        command: str,
        local: bool = False,
    ) -> None:
        self._talking = talking
        self._capturing = capturing
        self._windows = windows
        self._homes = homes
        self._state = state
        self._now = now
        self._command = command
        self._local = local
        self._workspaces: Workspaces | None = None
        self._going_on: set[asyncio.Task[None]] = set()

    def app(
        self,
        client: AsyncWebClient,
        *,
        signing_secret: str | None = None,
        workspaces: Workspaces | None = None,
    ) -> AsyncApp:
        """The app; without a signing secret it is for Socket Mode only.

        workspaces  whose tokens it speaks with; else that of `client`
        """
        self._workspaces = workspaces
        app = AsyncApp(
            client=client,
            signing_secret=signing_secret or "none: deliveries come through a socket of our own",
            request_verification_enabled=signing_secret is not None,
            authorize=None if workspaces is None else workspaces.authorize,  # type: ignore[arg-type]
            user_facing_authorize_error_message=None if workspaces is None else workspaces.missing,
        )
        app.middleware(self._written_down)
        app.error(self._not_understood)
        app.command(self._command)(self._commanded)
        app.event("app_mention")(self._mentioned)
        app.event("message")(self._overheard)
        app.event("reaction_added")(self._marked)
        app.event("reaction_removed")(self._unmarked)
        app.event("app_home_opened")(self._came_home)
        app.shortcut(RATIONALE)(self._chosen)
        app.action(WHY)(self._asked_why)
        app.view(modals.REASON)(self._submitted)
        for action in (EVIDENCE, REPORT, SHARE, CANCEL):
            app.action(action)(self._clicked)
        return app

    async def resume(self, app: AsyncApp) -> None:
        """Go on with what was acknowledged and not ended before the bot was.

        What was recorded is known again and recorded once. What was said but not struck out is said
        again: between Slack's taking a message and our noting that, nothing can be told apart.
        """
        for delivery, _, body in self._state.unfinished():
            if self._workspaces is not None and not await self._workspaces.serves(_team(body)):
                _log.warning("%s is given up: the app is not installed there any more", delivery)
                self._state.finish(delivery)
                continue
            answer = await app.async_dispatch(
                AsyncBoltRequest(mode="socket_mode", body=body, context={_RESUMED: delivery})
            )
            if answer.status // 100 != 2:
                _log.warning("%s could not be gone on with", delivery)
                self._state.finish(delivery)

    async def settle(self) -> None:
        """Wait until everything that was begun has been answered."""
        while self._going_on:
            await asyncio.wait(set(self._going_on))

    # --- once each ----------------------------------------------------------------------------

    async def _written_down(
        self,
        body: _Payload,
        context: AsyncBoltContext,
        next_: Callable[[], Awaitable[BoltResponse]],
    ) -> BoltResponse:
        """Go on with what is new; what came before is acknowledged and forgotten."""
        kind = str((body.get("event") or body).get("type"))
        if self._workspaces is not None and kind in (UNINSTALLED, REVOKED):
            _log.warning("Slack says %s in %s", kind, body.get("team_id"))
            await self._workspaces.gone(kind, body)
        elif kind in _NEWS:
            _log.error("Slack says %s: %s", kind, _NEWS[kind])
        if kind in _NEWS or ("event_id" in body and kind not in HEARD):
            self._state.finish(_identity(body))
            return BoltResponse(status=200)
        delivery = _identity(body)
        resumed = context.get(_RESUMED) == delivery
        if not delivery or resumed:
            return await next_()
        if not self._state.begin(delivery, _without_token(body), self._now()):
            return BoltResponse(status=200)
        return await next_()

    async def _not_understood(self, error: Exception, body: _Payload) -> None:
        """A delivery that is not as Slack makes them: not taken, which Slack tells who acted."""
        self._state.finish(_identity(body))
        _log.error("a delivery was not understood", exc_info=error)

    def _begin(self, body: _Payload, work: Coroutine[Any, Any, None]) -> None:
        """Let the work go on beside; when it has ended, nothing is owed any more."""
        task = asyncio.create_task(work)
        self._going_on.add(task)

        def ended(done: asyncio.Task[None]) -> None:
            self._going_on.discard(done)
            if not done.cancelled():
                self._state.finish(_identity(body))

        task.add_done_callback(ended)

    # --- doors --------------------------------------------------------------------------------

    async def _commanded(self, ack: AsyncAck, body: _Payload, client: AsyncWebClient) -> None:
        exchange = Exchange(
            client=client,
            team=body["team_id"],
            user=body["user_id"],
            channel=body["channel_id"],
            text=body.get("text", ""),
            voice=self._answered(body, client, body["channel_id"], body["user_id"]),
            delivery=_identity(body),
        )
        self._begin(body, self._talking.hear(exchange))
        await ack()

    async def _mentioned(self, body: _Payload, client: AsyncWebClient) -> None:
        event = body["event"]
        if not is_from_a_person(event):
            self._state.finish(_identity(body))
            return
        thread = event.get("thread_ts") or event["ts"]
        exchange = Exchange(
            client=client,
            team=body["team_id"],
            user=event["user"],
            channel=event["channel"],
            text=_MENTION.sub("", event.get("text", "")),
            voice=InThread(client, event["channel"], thread),
            ts=event["ts"],
            thread=event.get("thread_ts", ""),
            public=True,
            delivery=_identity(body),
        )
        self._begin(body, self._talking.hear(exchange))

    async def _clicked(self, ack: AsyncAck, body: _Payload, client: AsyncWebClient) -> None:
        action = body["actions"][0]
        container = body.get("container") or {}
        exchange = Exchange(
            client=client,
            team=body["team"]["id"],
            user=body["user"]["id"],
            channel=body["channel"]["id"],
            text="",
            voice=self._beside(body, client),
            thread=container.get("thread_ts", ""),
            delivery=_identity(body),
        )
        press = self._talking.press(exchange, action["action_id"], action.get("value", ""))
        self._begin(body, press)
        await ack()

    async def _overheard(self, body: _Payload, client: AsyncWebClient) -> None:
        """A message of a channel: a reason, perhaps, or the end or change of one."""
        event = body["event"]
        team, channel = body["team_id"], event["channel"]
        match event.get("subtype"):
            case "message_changed" if event["message"].get("subtype") == "tombstone":
                at = instant(event["ts"])
                work = self._capturing.deleted(team, channel, event["message"]["ts"], at)
            case "message_changed":
                work = self._capturing.edited(Heard(client, team, channel, event["message"]))
            case "message_deleted":
                at = instant(event["ts"])
                work = self._capturing.deleted(team, channel, event["deleted_ts"], at)
            case _:
                work = self._capturing.replied(Heard(client, team, channel, event))
        self._begin(body, self._quietly(work))

    async def _marked(self, body: _Payload, client: AsyncWebClient) -> None:
        work = self._capturing.marked(client, body["team_id"], body["event"])
        self._begin(body, self._quietly(work))

    async def _unmarked(self, body: _Payload, client: AsyncWebClient) -> None:
        work = self._capturing.unmarked(client, body["team_id"], body["event"])
        self._begin(body, self._quietly(work))

    async def _came_home(self, body: _Payload, client: AsyncWebClient) -> None:
        event = body["event"]
        work = self._homes.show(client, body["team_id"], event["user"])
        self._begin(body, self._quietly(work))

    async def _chosen(self, ack: AsyncAck, body: _Payload, client: AsyncWebClient) -> None:
        work = self._windows.of_message(client, body["team"]["id"], body["user"]["id"], body)
        self._begin(body, self._quietly(work))
        await ack()

    async def _asked_why(self, ack: AsyncAck, body: _Payload, client: AsyncWebClient) -> None:
        change = str(body["actions"][0].get("value", ""))
        work = self._windows.of_announcement(
            client, body["team"]["id"], body["user"]["id"], body, change
        )
        self._begin(body, self._quietly(work))
        await ack()

    async def _submitted(self, ack: AsyncAck, body: _Payload, client: AsyncWebClient) -> None:
        try:
            filled = modals.filled(body["view"])
        except (AttributeError, KeyError, TypeError, ValueError):
            self._state.finish(_identity(body))
            await ack(response_action="update", view=modals.too_old())
            return
        work = self._windows.submitted(client, body["team"]["id"], body["user"]["id"], filled)
        self._begin(body, self._quietly(work))
        await ack()

    async def _quietly(self, work: Coroutine[Any, Any, None]) -> None:
        """Where nobody waits for an answer, what fails is logged."""
        try:
            await work
        except (*TROUBLE, Unheard, SmartError) as problem:
            _log.warning("%s", problem)

    def _answered(
        self,
        body: _Payload,
        client: AsyncWebClient,
        channel: str,
        user: str,
        thread: str = "",
        ts: str = "",
    ) -> Voice:
        otherwise = OnlyFor(client, channel, user, thread, ts)
        return Answered(body["response_url"], local=self._local, otherwise=otherwise)

    def _beside(self, body: _Payload, client: AsyncWebClient) -> Voice:
        """Where a click is answered: in the thread of the message, or only to who clicked."""
        container = body.get("container") or {}
        if container.get("is_ephemeral"):
            channel, user = body["channel"]["id"], body["user"]["id"]
            thread, ts = container.get("thread_ts", ""), container.get("message_ts", "")
            return self._answered(body, client, channel, user, thread, ts)
        message = body.get("message") or {}
        thread = message.get("thread_ts") or container["message_ts"]
        return InThread(client, body["channel"]["id"], thread)


def _identity(body: _Payload) -> str:
    """What tells a delivery from all others; "" for what needs no telling."""
    if "event_id" in body:
        return str(body["event_id"])
    return str(body.get("trigger_id") or "")


def _team(body: _Payload) -> str:
    """The workspace it is from: events and commands name it otherwise than clicks do."""
    return str(body.get("team_id") or (body.get("team") or {}).get("id") or "")


def _without_token(body: _Payload) -> _Payload:
    return {name: value for name, value in body.items() if name != "token"}
