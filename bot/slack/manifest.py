"""The app's manifest: what a workspace owner creates the app from, and each scope's reason.

Limits are those of Slack's manifest reference, schema 2.0.0: names 35 characters, descriptions
140, shortcut names 24.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

RATIONALE = "record_rationale"
"""Callback id of the message shortcut."""

SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "commands": "to be asked by the slash command and the message shortcut",
        "chat:write": "to answer",
        "app_mentions:read": "to be asked inside threads, where slash commands do not work",
        "channels:read": "to know whether a channel is shared with another organisation",
        "channels:history": "to read the one message that somebody marks as a reason",
        "reactions:read": "to see that somebody marked a message with an emoji",
        "users:read": "to tell members from guests, and to name authors in the memory",
        "files:write": "to upload pictures and full reports",
        "im:write": "to send a full report to whoever asked for it",
    }
)
"""Scopes without which it does not work, and why."""

OPTIONAL_SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "files:read": "to show a picture inside an answer, not below it",
        "groups:read": "channels:read, for private channels it is invited to",
        "groups:history": "channels:history, for private channels it is invited to",
        "im:read": "to tell direct messages from channels",
        "reactions:write": "to tick a message that was recorded",
        "usergroups:read": "to give roles to user groups instead of single users",
    }
)
"""Scopes that can be refused: something is left out then, and said so."""

CHANNEL_SCOPES: Mapping[str, str] = MappingProxyType(
    {"channels:manage": "to make a channel for an incident and invite who opened it"}
)
"""Scopes that only `slack.incidents.channels` needs."""

REDIRECT = "/slack/oauth_redirect"
"""Where Slack sends whoever installed the app, below the bot's public address."""

EVENTS = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "message.channels",
    "message.groups",
    "reaction_added",
    "reaction_removed",
    "tokens_revoked",
)


def manifest(
    command: str = "/smart", *, url: str | None = None, incident_channels: bool = False
) -> dict[str, Any]:
    """For a slash command of this name.

    url                its public address where it is reached by HTTP; None for Socket Mode
    incident_channels  that it may make channels
    """
    scopes = {*SCOPES, *(CHANNEL_SCOPES if incident_channels else ())}
    events: dict[str, Any] = {"bot_events": list(EVENTS)}
    slash: dict[str, Any] = {
        "command": command,
        "description": "Ask what the cluster's memory knows",
        "usage_hint": "why deployment/payment-api --replicas=5",
        "should_escape": True,
    }
    interactivity: dict[str, Any] = {"is_enabled": True}
    public = None if url is None else url.rstrip("/")
    if public is not None:
        address = f"{public}/slack/events"
        events["request_url"] = interactivity["request_url"] = slash["url"] = address
    return {
        "_metadata": {"major_version": 2, "minor_version": 0},
        "display_information": {
            "name": "kubectl-smart",
            "description": "A memory of the cluster: why it is as it is, and what happened before",
            "background_color": "#1d3557",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "smart", "always_online": False},
            "shortcuts": [
                {
                    "name": "Record as rationale",
                    "type": "message",
                    "callback_id": RATIONALE,
                    "description": "Keep this message as the reason of a change",
                }
            ],
            "slash_commands": [slash],
        },
        "oauth_config": {
            "scopes": {"bot": sorted(scopes), "bot_optional": sorted(OPTIONAL_SCOPES)},
            **({} if public is None else {"redirect_urls": [f"{public}{REDIRECT}"]}),
        },
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }
