"""The app as one workspace installed it: its tokens, what it may do, what it hears.

Made from the app's own manifest, so that a scope or an event that is missing there is missing here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BOT_TOKEN = "xoxb-stand-in-bot"  # noqa: S105  no secret: the stand-in takes no other
APP_TOKEN = "xapp-stand-in-app"  # noqa: S105  the same
SIGNING_SECRET = "stand-in-signing-secret"  # noqa: S105  the same
"""None of Slack's real ones looks like these, and no other is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """One app in one workspace.

    commands   slash commands with their leading "/"
    escapes    those of them whose text has users and channels written as `<@U…|name>`
    shortcuts  (callback id, title) of the message shortcuts
    """

    app: str
    name: str
    bot: str
    bot_user: str
    scopes: frozenset[str]
    events: frozenset[str]
    commands: tuple[str, ...]
    escapes: frozenset[str] = frozenset()
    shortcuts: tuple[tuple[str, str], ...] = ()
    has_home: bool = False
    bot_token: str = BOT_TOKEN
    app_token: str = APP_TOKEN
    signing_secret: str = SIGNING_SECRET


def installation(manifest: Mapping[str, Any], *, app: str, bot: str, bot_user: str) -> Installation:
    """As Slack installs the app that this manifest describes. KeyError if it has no name."""
    features: Mapping[str, Any] = manifest.get("features") or {}
    settings: Mapping[str, Any] = manifest.get("settings") or {}
    scopes: Mapping[str, Sequence[str]] = (manifest.get("oauth_config") or {}).get("scopes") or {}
    commands = features.get("slash_commands") or ()
    shortcuts = features.get("shortcuts") or ()
    subscriptions = settings.get("event_subscriptions") or {}
    return Installation(
        app=app,
        name=str(manifest["display_information"]["name"]),
        bot=bot,
        bot_user=bot_user,
        scopes=frozenset([*scopes.get("bot", ()), *scopes.get("bot_optional", ())]),
        events=frozenset(subscriptions.get("bot_events") or ()),
        commands=tuple(str(one["command"]) for one in commands),
        escapes=frozenset(str(one["command"]) for one in commands if one.get("should_escape")),
        shortcuts=tuple(
            (str(one["callback_id"]), str(one["name"]))
            for one in shortcuts
            if one.get("type") == "message"
        ),
        has_home=bool((features.get("app_home") or {}).get("home_tab_enabled")),
    )
