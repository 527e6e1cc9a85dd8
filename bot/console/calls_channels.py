"""conversations.create, invite and setTopic: channels that the app makes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kubectl_smart.bot.console import access, shapes
from kubectl_smart.bot.console.arguments import invalid, is_true
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.refusals import Refusal
from kubectl_smart.bot.console.workspace import Channel, Message, letters

Arguments = Mapping[str, Any]
LONGEST_NAME = 80
LONGEST_TOPIC = 250
MOST_INVITED = 100
_NAME = re.compile(r"[a-z0-9_-]+")
_MANAGE = {"public": "channels:manage", "private": "groups:write"}


def create(slack: Platform, given: Arguments) -> dict[str, Any]:
    """conversations.create: the app is its first member. Names are of all channels, once each."""
    kind = "private" if is_true(given.get("is_private")) else "public"
    access.need(slack.app, _MANAGE[kind])
    name = _valid(given.get("name"))
    if any(one.name == name for one in slack.workspace.channels.values()):
        raise Refusal("name_taken")
    channel = slack.workspace.add_channel(
        name, "private" if kind == "private" else "public", members={slack.app.bot_user}
    )
    return _told(slack, channel)


def invite(slack: Platform, given: Arguments) -> dict[str, Any]:
    """conversations.invite; with `force` those who cannot be invited are left out."""
    channel = _of_ours(slack, given, "write.invites")
    users = [one.strip() for one in str(given["users"]).split(",") if one.strip()]
    if not users:
        raise Refusal("no_user")
    if len(users) > MOST_INVITED:
        raise invalid(f"no more than {MOST_INVITED} users")
    refused = {user: why for user in users if (why := _not_invited(slack, channel, user))}
    if refused and not (is_true(given.get("force")) and len(refused) < len(users)):
        errors = [{"user": user, "ok": False, "error": why} for user, why in refused.items()]
        raise Refusal(next(iter(refused.values())), more={"errors": errors})
    for user in users:
        if user not in refused:
            channel.members.add(user)
            _notice(slack, channel, user, "channel_join", f"<@{user}> has joined the channel")
    return _told(slack, channel)


def set_topic(slack: Platform, given: Arguments) -> dict[str, Any]:
    """conversations.setTopic: plain text, which everybody in the channel is told of."""
    channel = _of_ours(slack, given, "write.topic")
    topic = str(given["topic"])
    if len(topic) > LONGEST_TOPIC:
        raise Refusal("too_long")
    if topic != channel.topic:
        channel.topic = topic
        text = f"set the channel topic: {topic}"
        _notice(slack, channel, slack.app.bot_user, "channel_topic", text)
    return _told(slack, channel)


def _valid(name: object) -> str:
    """The name. Refusal for what the method reference does not allow."""
    if not isinstance(name, str) or not name:
        raise Refusal("invalid_name_required")
    if len(name) > LONGEST_NAME:
        raise Refusal("invalid_name_maxlength")
    if not any(letter.isalnum() for letter in name):
        raise Refusal("invalid_name_punctuation")
    if _NAME.fullmatch(name) is None:
        raise Refusal("invalid_name_specials")
    return name


def _of_ours(slack: Platform, given: Arguments, instead: str) -> Channel:
    """A channel the app is in and has a scope for: the one of its kind, or the narrower one."""
    channel = access.channel_of(slack.workspace, slack.app, given["channel"])
    if channel.kind == "im":
        raise Refusal("method_not_supported_for_channel_type")
    if f"{letters(channel.kind)}:{instead}" not in slack.app.scopes:
        access.need(slack.app, _MANAGE[channel.kind])
    if slack.app.bot_user not in channel.members:
        raise Refusal("not_in_channel")
    if channel.archived:
        raise Refusal("is_archived")
    return channel


def _not_invited(slack: Platform, channel: Channel, user: str) -> str:
    """Why somebody cannot be invited; "" if they can."""
    found = slack.workspace.users.get(user)
    if found is None or found.deleted:
        return "user_not_found"
    if user == slack.app.bot_user:
        return "cant_invite_self"
    if user in channel.members:
        return "already_in_channel"
    return "cant_invite" if found.team != slack.workspace.team else ""


def _notice(slack: Platform, channel: Channel, user: str, subtype: str, text: str) -> None:
    """Slack's own message about what somebody did."""
    ts = slack.workspace.next_ts()
    slack.post(Message(ts=ts, channel=channel.id, user=user, text=text, subtype=subtype))


def _told(slack: Platform, channel: Channel) -> dict[str, Any]:
    slack.workspace.changed()
    told = shapes.channel_json(slack.workspace, channel, slack.app.bot_user)
    return {"ok": True, "channel": told}
