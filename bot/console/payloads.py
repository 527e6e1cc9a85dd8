"""The payloads that tell the app what somebody did. Pure: what is known in, JSON out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubectl_smart.bot.console import shapes
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.workspace import Channel, Message, View


def slash_command(
    slack: Platform, user: str, channel: Channel, command: str, text: str
) -> dict[str, Any]:
    """A slash command; all members are strings, as in a form."""
    return {
        "token": "stand-in",
        "team_id": slack.workspace.team,
        "team_domain": slack.workspace.domain,
        "channel_id": channel.id,
        "channel_name": channel.name if channel.kind == "public" else _private(channel),
        "user_id": user,
        "user_name": slack.workspace.users[user].name,
        "command": command,
        "text": text,
        "api_app_id": slack.app.app,
        "is_enterprise_install": "false",
        "response_url": slack.response_address(channel.id, user),
        "trigger_id": slack.tickets.trigger(user),
    }


def click(
    slack: Platform, user: str, message: Message, action: Mapping[str, Any]
) -> dict[str, Any]:
    """A click on an element of a message."""
    channel = slack.workspace.channels[message.channel]
    ephemeral = message.only_for is not None
    container: dict[str, Any] = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    told = {
        **_acted(slack, user),
        "type": "block_actions",
        "container": container,
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "response_url": slack.response_address(
            channel.id, user, origin=message.ts, thread=message.thread_ts
        ),
        "state": {"values": {}},
        "actions": [dict(action)],
    }
    if not ephemeral:
        told["message"] = shapes.message_json(slack.workspace, message)
    return told


def click_in_view(
    slack: Platform, user: str, view: View, action: Mapping[str, Any]
) -> dict[str, Any]:
    """A click on an element of a modal or a home."""
    told = shapes.view_json(slack.workspace, view, slack.app.app, slack.app.bot)
    return {
        **_acted(slack, user),
        "type": "block_actions",
        "container": {"type": "view", "view_id": view.id},
        "view": told,
        "actions": [dict(action)],
    }


def message_shortcut(slack: Platform, user: str, message: Message, callback: str) -> dict[str, Any]:
    """A shortcut from the menu of a message."""
    channel = slack.workspace.channels[message.channel]
    return {
        **_acted(slack, user),
        "type": "message_action",
        "callback_id": callback,
        "action_ts": slack.workspace.next_ts(),
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "message": shapes.message_json(slack.workspace, message),
        "response_url": slack.response_address(
            channel.id, user, origin=message.ts, thread=message.thread_ts
        ),
    }


def submission(slack: Platform, user: str, view: View, values: Mapping[str, Any]) -> dict[str, Any]:
    """A modal that was sent off."""
    told = shapes.view_json(slack.workspace, view, slack.app.app, slack.app.bot)
    told["state"] = {"values": dict(values)}
    return {**_acted(slack, user), "type": "view_submission", "view": told, "response_urls": []}


def closing(slack: Platform, user: str, view: View) -> dict[str, Any]:
    """A modal that was closed, for those that want to know."""
    told = shapes.view_json(slack.workspace, view, slack.app.app, slack.app.bot)
    acted = _acted(slack, user)
    acted.pop("trigger_id")
    return {**acted, "type": "view_closed", "view": told, "is_cleared": False}


def _acted(slack: Platform, user: str) -> dict[str, Any]:
    workspace = slack.workspace
    return {
        "team": {"id": workspace.team, "domain": workspace.domain},
        "user": {
            "id": user,
            "username": workspace.users[user].name,
            "name": workspace.users[user].name,
            "team_id": workspace.users[user].team,
        },
        "api_app_id": slack.app.app,
        "token": "stand-in",
        "trigger_id": slack.tickets.trigger(user),
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _private(channel: Channel) -> str:
    return "directmessage" if channel.kind == "im" else "privategroup"
