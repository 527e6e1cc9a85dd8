"""The page for workspace owners is true: every scope with its reason, every key of the file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kubectl_smart.bot.configuring import Strict
from kubectl_smart.bot.pattern_settings import PatternsModel
from kubectl_smart.bot.slack.credentials import Secret
from kubectl_smart.bot.slack.installing import InstallationsModel
from kubectl_smart.bot.slack.manifest import (
    CHANNEL_SCOPES,
    OPTIONAL_SCOPES,
    SCOPES,
    manifest,
)
from kubectl_smart.bot.slack.settings import (
    AccessModel,
    EmojiModel,
    FeedModel,
    FileModel,
    IncidentModel,
    RoleModel,
    SlackModel,
)

SOURCE = Path(os.environ.get("KUBECTL_SMART_SOURCE", Path(__file__).parents[2]))
PAGE = (SOURCE / "deploy" / "slack" / "README.md").read_text("utf-8")


def test_every_scope_has_its_reason() -> None:
    """No scope is asked for that is not explained, and none is explained that is not asked for."""
    for scope, reason in {**SCOPES, **OPTIONAL_SCOPES, **CHANNEL_SCOPES}.items():
        assert f"| `{scope}` | {reason} |" in PAGE
    asked = manifest()["oauth_config"]["scopes"]

    assert {*asked["bot"], *asked["bot_optional"]} == {*SCOPES, *OPTIONAL_SCOPES}
    more = manifest(incident_channels=True)["oauth_config"]["scopes"]["bot"]
    assert {*more} - {*asked["bot"]} == {*CHANNEL_SCOPES}
    assert PAGE.count(":read` |") + PAGE.count(":write` |") + PAGE.count(":history` |") == sum(
        ":" in scope for scope in asked["bot"] + asked["bot_optional"]
    )


@pytest.mark.parametrize(
    ("prefix", "model"),
    [
        ("", FileModel),
        ("patterns.", PatternsModel),
        ("slack.", SlackModel),
        ("slack.bot_token.", Secret),
        ("slack.roles[].", RoleModel),
        ("slack.feeds[].", FeedModel),
        ("slack.emojis.", EmojiModel),
        ("slack.installations.", InstallationsModel),
        ("slack.incidents.", IncidentModel),
        ("slack.access.", AccessModel),
    ],
)
def test_every_key_is_explained(prefix: str, model: type[Strict]) -> None:
    """As the models explain it."""
    for name, field in model.model_fields.items():
        if name != "slack":
            assert f"| `{prefix}{name}` | {field.description} |" in PAGE, name


def test_the_manifest_keeps_to_slacks_limits() -> None:
    """Lengths of Slack's manifest reference, and URLs only where Slack has to reach the bot."""
    made = manifest(url="https://smart.example.com")
    assert manifest(url="https://smart.example.com/") == made
    shown, features = made["display_information"], made["features"]

    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert all(len(one["name"]) <= 24 for one in features["shortcuts"])
    assert all(len(one["description"]) <= 150 for one in features["shortcuts"])
    assert all(2 <= len(one["command"]) <= 32 for one in features["slash_commands"])
    assert made["settings"]["socket_mode_enabled"] is False
    assert features["slash_commands"][0]["url"] == "https://smart.example.com/slack/events"
    assert "url" not in manifest()["features"]["slash_commands"][0]
