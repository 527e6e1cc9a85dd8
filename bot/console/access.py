"""Which channel and message a request means, and whether the app may have it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kubectl_smart.bot.console.installation import Installation
from kubectl_smart.bot.console.refusals import Refusal
from kubectl_smart.bot.console.workspace import Channel, Message, Workspace, letters

TS = re.compile(r"[0-9]{10}\.[0-9]{6}")


def need(app: Installation, scope: str) -> None:
    """Refusal `missing_scope` if the app was not given the scope."""
    if scope not in app.scopes:
        provided = ",".join(sorted(app.scopes))
        raise Refusal("missing_scope", more={"needed": scope, "provided": provided})


def may_pose(app: Installation, given: Mapping[str, Any]) -> None:
    """Refusal if it wants another name or picture and has not the scope for it."""
    if any(given.get(name) for name in ("username", "icon_emoji", "icon_url")):
        need(app, "chat:write.customize")


def channel_of(workspace: Workspace, app: Installation, wanted: Any) -> Channel:
    """The channel of this id. Refusal for none, and for a private one the bot is not in."""
    channel = workspace.channels.get(wanted) if isinstance(wanted, str) else None
    if channel is None:
        raise Refusal("channel_not_found")
    if channel.kind != "public" and app.bot_user not in channel.members:
        raise Refusal("channel_not_found")
    return channel


def writable(workspace: Workspace, app: Installation, wanted: Any) -> Channel:
    """A channel the bot may post to; a user's id means the direct messages with them."""
    if isinstance(wanted, str) and wanted in workspace.users:
        return workspace.direct(wanted, app.bot_user)
    channel = channel_of(workspace, app, wanted)
    if channel.archived:
        raise Refusal("is_archived")
    if app.bot_user not in channel.members:
        raise Refusal("not_in_channel")
    return channel


def readable(workspace: Workspace, app: Installation, wanted: Any, scope: str) -> Channel:
    """A channel the bot may read, with the scope of its kind ("history" or "read")."""
    channel = channel_of(workspace, app, wanted)
    need(app, f"{letters(channel.kind)}:{scope}")
    if scope == "history" and app.bot_user not in channel.members:
        raise Refusal("not_in_channel")
    return channel


def parent_of(channel: Channel, thread_ts: Any) -> str | None:
    """The ts of the thread a message is for; None for none.

    Refusal for what is no ts or no message there. The ts of a reply is not its parent's: Slack
    would take it and put the message nowhere good, so it is refused here.
    """
    if thread_ts in (None, ""):
        return None
    if not isinstance(thread_ts, str) or TS.fullmatch(thread_ts) is None:
        raise Refusal("invalid_thread_ts")
    parent = channel.messages.get(thread_ts)
    if parent is None or parent.thread_ts not in (None, parent.ts):
        raise Refusal("thread_not_found")
    return thread_ts


def message_of(channel: Channel, ts: Any, refusal: str = "message_not_found") -> Message:
    """A message that everybody sees. Refusal for none."""
    message = channel.messages.get(ts) if isinstance(ts, str) else None
    if message is None:
        raise Refusal(refusal)
    return message
