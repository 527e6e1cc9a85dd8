"""conversations.*, reactions.*, pins.*: channels and what was said in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kubectl_smart.bot.console import access, shapes
from kubectl_smart.bot.console.arguments import is_true
from kubectl_smart.bot.console.paging import paged, within
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.refusals import Refusal
from kubectl_smart.bot.console.workspace import Kind, Message, letters

Arguments = Mapping[str, Any]
_TYPES: Mapping[str, Kind] = {
    "public_channel": "public",
    "private_channel": "private",
    "im": "im",
}


def info(slack: Platform, given: Arguments) -> dict[str, Any]:
    """conversations.info."""
    channel = access.readable(slack.workspace, slack.app, given["channel"], "read")
    told = shapes.channel_json(slack.workspace, channel, slack.app.bot_user)
    return {"ok": True, "channel": told}


def history(slack: Platform, given: Arguments) -> dict[str, Any]:
    """conversations.history: newest first, without replies and ephemerals."""
    channel = access.readable(slack.workspace, slack.app, given["channel"], "history")
    return _page(slack, within(channel.top()[::-1], given), given)


def replies(slack: Platform, given: Arguments) -> dict[str, Any]:
    """conversations.replies: of a parent, oldest first; of a reply, that message alone."""
    channel = access.readable(slack.workspace, slack.app, given["channel"], "history")
    message = access.message_of(channel, given["ts"], "thread_not_found")
    thread = [message]
    if message.thread_ts in (None, message.ts):
        thread = channel.thread(message.ts)
    return _page(slack, [thread[0], *within(thread[1:], given)], given)


def members(slack: Platform, given: Arguments) -> dict[str, Any]:
    """conversations.members."""
    channel = access.readable(slack.workspace, slack.app, given["channel"], "read")
    page, rest = paged(sorted(channel.members), given)
    return {"ok": True, "members": list(page), "response_metadata": {"next_cursor": rest}}


def open_direct(slack: Platform, given: Arguments) -> dict[str, Any]:
    """conversations.open with one user: the direct messages of the bot and them."""
    users = str(given.get("users") or "").split(",")
    if len(users) != 1 or users[0] not in slack.workspace.users:
        raise Refusal("user_not_found" if users != [""] else "users_list_not_supplied")
    channel = slack.workspace.direct(users[0], slack.app.bot_user)
    told: dict[str, Any] = {"id": channel.id}
    if is_true(given.get("return_im")):
        told = shapes.channel_json(slack.workspace, channel, slack.app.bot_user)
    return {"ok": True, "channel": told}


def join(slack: Platform, given: Arguments) -> dict[str, Any]:
    """conversations.join: public channels only."""
    channel = access.channel_of(slack.workspace, slack.app, given["channel"])
    if channel.kind != "public":
        raise Refusal("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refusal("is_archived")
    channel.members.add(slack.app.bot_user)
    slack.workspace.changed()
    told = shapes.channel_json(slack.workspace, channel, slack.app.bot_user)
    return {"ok": True, "channel": told}


def list_all(slack: Platform, given: Arguments) -> dict[str, Any]:
    """conversations.list: of the kinds in `types`; only public ones without the bot being in."""
    wanted = [one.strip() for one in str(given.get("types") or "public_channel").split(",")]
    if not all(one in _TYPES for one in wanted):
        raise Refusal("invalid_types")
    kinds = {_TYPES[one] for one in wanted}
    for kind in sorted(kinds):
        access.need(slack.app, f"{letters(kind)}:read")
    bot = slack.app.bot_user
    found = [
        channel
        for channel in slack.workspace.channels.values()
        if channel.kind in kinds
        and (channel.kind == "public" or bot in channel.members)
        and not (channel.archived and is_true(given.get("exclude_archived")))
    ]
    page, rest = paged(found, given)
    told = [shapes.channel_json(slack.workspace, channel, bot) for channel in page]
    return {"ok": True, "channels": told, "response_metadata": {"next_cursor": rest}}


def add_reaction(slack: Platform, given: Arguments) -> dict[str, Any]:
    """reactions.add."""
    message = _reacted(slack, given)
    react(slack, message, slack.app.bot_user, str(given["name"]))
    return {"ok": True}


def remove_reaction(slack: Platform, given: Arguments) -> dict[str, Any]:
    """reactions.remove."""
    message = _reacted(slack, given)
    unreact(slack, message, slack.app.bot_user, str(given["name"]))
    return {"ok": True}


def get_reactions(slack: Platform, given: Arguments) -> dict[str, Any]:
    """reactions.get."""
    message = _reacted(slack, given)
    told = shapes.message_json(slack.workspace, message)
    return {"ok": True, "type": "message", "channel": message.channel, "message": told}


def pin(slack: Platform, given: Arguments) -> dict[str, Any]:
    """pins.add: only that the message exists is kept."""
    channel = access.writable(slack.workspace, slack.app, given["channel"])
    access.message_of(channel, given["timestamp"])
    return {"ok": True}


def react(slack: Platform, message: Message, user: str, name: str) -> None:
    """Somebody's reaction. Refusal for a name that is none and for a second time."""
    if not name or any(letter in name for letter in ": \t\n"):
        raise Refusal("invalid_name")
    users = message.reactions.setdefault(name, [])
    if user in users:
        raise Refusal("already_reacted")
    users.append(user)
    slack.workspace.changed()
    _tell(slack, "reaction_added", message, user, name)


def unreact(slack: Platform, message: Message, user: str, name: str) -> None:
    """Take it back. Refusal if it was never there."""
    users = message.reactions.get(name, [])
    if user not in users:
        raise Refusal("no_reaction")
    users.remove(user)
    if not users:
        del message.reactions[name]
    slack.workspace.changed()
    _tell(slack, "reaction_removed", message, user, name)


def _tell(slack: Platform, kind: str, message: Message, user: str, name: str) -> None:
    event = {
        "type": kind,
        "user": user,
        "reaction": name,
        "item": {"type": "message", "channel": message.channel, "ts": message.ts},
        "item_user": message.user,
        "event_ts": slack.workspace.next_ts(),
    }
    slack.event(kind, event, channel=slack.workspace.channels[message.channel])


def _reacted(slack: Platform, given: Arguments) -> Message:
    channel = access.channel_of(slack.workspace, slack.app, given["channel"])
    if slack.app.bot_user not in channel.members:
        raise Refusal("not_in_channel")
    return access.message_of(channel, given["timestamp"])


def _page(slack: Platform, found: Sequence[Message], given: Arguments) -> dict[str, Any]:
    page, rest = paged(found, given)
    metadata = is_true(given.get("include_all_metadata"))
    told = [shapes.message_json(slack.workspace, one, metadata=metadata) for one in page]
    return {
        "ok": True,
        "messages": told,
        "has_more": bool(rest),
        "response_metadata": {"next_cursor": rest},
    }
