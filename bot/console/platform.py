"""The stand-in as a whole: a workspace, one app in it, and everything between the two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from kubectl_smart.bot.console import shapes
from kubectl_smart.bot.console.faults import Faults
from kubectl_smart.bot.console.installation import Installation
from kubectl_smart.bot.console.journal import Journal
from kubectl_smart.bot.console.outbox import Delivery, Outbox
from kubectl_smart.bot.console.rates import Rates
from kubectl_smart.bot.console.tickets import Tickets
from kubectl_smart.bot.console.workspace import Channel, Message, Workspace, letters

_SCOPES = {
    "app_mention": "app_mentions:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
}


class Platform:
    """What Slack is to one app.

    base          the address it is reached at, "http://127.0.0.1:PORT", once it is
    file_delay    seconds until an upload is ready to be shown
    slackbot      the user id in whose name Slack itself speaks
    """

    def __init__(
        self,
        workspace: Workspace,
        app: Installation,
        *,
        rates_enforced: bool = True,
        ack_within: float = 3.0,
        again: Sequence[float] = (0, 60, 300),
        file_delay: float = 1.0,
        seed: int = 0,
        journal: Path | None = None,
    ) -> None:
        self.workspace = workspace
        self.app = app
        self.journal = Journal(workspace.now, journal)
        self.rates = Rates(workspace.now, enforced=rates_enforced)
        self.faults = Faults()
        self.tickets = Tickets(workspace.now, workspace.next_id)
        self.outbox = Outbox(self.journal, within=ack_within, again=again)
        self.random = Random(seed)  # noqa: S311  which socket, no secret
        self.file_delay = file_delay
        self.base = ""
        self.slackbot = "USLACKBOT"

    # --- events -------------------------------------------------------------------------------

    def event(self, kind: str, event: dict[str, Any], *, channel: Channel | None) -> None:
        """Tell the app what happened, if it subscribed to it, may know it and is there.

        kind  as it is subscribed to: "message.channels", "reaction_added"
        """
        app = self.app
        if kind not in app.events:
            return
        scope = _SCOPES.get(kind)
        if kind.startswith("message."):
            scope = f"{kind.partition('.')[2]}:history"
        if scope is not None and scope not in app.scopes:
            self.journal.complain(f"{kind} is subscribed to without the scope {scope}")
            return
        if channel is not None and app.bot_user not in channel.members:
            return
        workspace = self.workspace
        identity = workspace.next_id("Ev")
        payload = {
            "token": "stand-in",
            "team_id": workspace.team,
            "api_app_id": app.app,
            "event": event,
            "type": "event_callback",
            "event_id": identity,
            "event_time": int(workspace.now()),
            "event_context": f"4-{identity}",
            "context_team_id": workspace.team,
            "context_enterprise_id": None,
            "is_ext_shared_channel": bool(channel and channel.shared),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": workspace.team,
                    "user_id": app.bot_user,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
        }
        self.outbox.post(
            Delivery(id=self.envelope(), kind="events_api", what=kind, payload=payload)
        )

    def envelope(self) -> str:
        """The next name of an envelope."""
        return self.workspace.next_id("envelope-")

    def message_event(self, message: Message, more: dict[str, Any] | None = None) -> None:
        """A message was posted, or (`more`) edited or deleted."""
        channel = self.workspace.channels[message.channel]
        said = shapes.message_json(self.workspace, message) if more is None else more
        event = {
            **said,
            "channel": channel.id,
            "channel_type": {"public": "channel", "private": "group", "im": "im"}[channel.kind],
            "event_ts": said.get("ts", message.ts),
        }
        self.event(f"message.{letters(channel.kind)}", event, channel=channel)

    # --- what Slack itself does ---------------------------------------------------------------

    def own(self, channel: str, text: object, **more: Any) -> Message:
        """A message of the app, not posted yet; `more` are members of Message."""
        app = self.app
        return Message(
            ts=self.workspace.next_ts(),
            channel=channel,
            user=app.bot_user,
            bot=app.bot,
            app=app.app,
            text=str(text or ""),
            **more,
        )

    def post(self, message: Message) -> Message:
        """A message becomes visible, and who may hear of it does."""
        self.workspace.put(message)
        if message.only_for is None:
            self.message_event(message)
        return message

    def tell(self, user: str, channel: str, text: str, *, thread: str | None = None) -> None:
        """Slack's own words to one person."""
        self.post(
            Message(
                ts=self.workspace.next_ts(),
                channel=channel,
                user=self.slackbot,
                text=text,
                thread_ts=thread,
                only_for=user,
            )
        )

    def named(self, blocks: object) -> list[dict[str, Any]]:
        """The blocks, each with a block id: Slack makes up those that the app left out."""
        listed = blocks if isinstance(blocks, list | tuple) else ()
        return [{"block_id": self.workspace.next_id("b"), **one} for one in listed]

    def response_address(
        self, channel: str, user: str, *, origin: str = "", thread: str | None = None
    ) -> str:
        """A response URL for a payload."""
        name = self.tickets.response_url(channel, user, origin=origin, thread=thread)
        return f"{self.base}/respond/{name}"

    def files_ready(self) -> Callable[[str], bool]:
        """Says of a file's id whether an image block can show it."""

        def ready(identity: str) -> bool:
            file = self.workspace.files.get(identity)
            return file is not None and file.complete and self.workspace.now() >= file.ready_at

        return ready
