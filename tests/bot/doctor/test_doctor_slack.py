"""`doctor` on the stand-in of Slack: tokens, scopes, sockets, channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.support.alertmanager import free_port
from tests.support.beside import beside
from tests.support.doctored import Found, doctor
from tests.support.slack_world import a_workspace

from kubectl_smart.bot.console.installation import Installation
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.server import Server, running
from kubectl_smart.bot.console.workspace import Workspace

CONFIG = """
slack:
  base_url: {base}/api/
  bot_token: {{env: BOT}}
  app_token: {{env: APP}}
  teams: [{team}]
  feeds: [{feeds}]
"""


@contextmanager
def slack(
    folder: Path, change: Callable[[Installation], Installation] = lambda app: app
) -> Iterator[tuple[Workspace, Path, dict[str, str]]]:
    """The workspace, a configuration that leads there, and its tokens.

    change  what is otherwise with the app
    """
    workspace, app = a_workspace()
    platform = Platform(workspace, change(app), rates_enforced=False)
    with beside(lambda: running(Server(platform))) as server:
        feeds = ", ".join(f"{{channel: {one}}}" for one in workspace.channels)
        config = folder / "smart.yaml"
        config.write_text(CONFIG.format(base=server.base, team=workspace.team, feeds=feeds))
        yield workspace, config, {"BOT": app.bot_token, "APP": app.app_token}


def look(config: Path, environment: dict[str, str]) -> Found:
    """What the doctor finds."""
    memory = str(config.parent / "memory")
    words = ("--config", str(config), "--memory", memory, "--within", "30")
    return doctor(*words, environment=environment)


def test_scopes_that_are_missing_are_named(tmp_path: Path) -> None:
    """What is needed fails, what is good is a warning, each with what it is for."""

    def fewer(app: Installation) -> Installation:
        return replace(app, scopes=app.scopes - {"chat:write", "reactions:write"})

    with slack(tmp_path, fewer) as (_, config, tokens):
        needed, good = look(config, tokens).of("Slack", "scopes")
    assert needed["state"] == "failed"
    assert needed["said"] == "chat:write is not granted, which is needed to answer"
    assert good["state"] == "warning"
    assert "reactions:write" in good["said"]
    assert "OAuth & Permissions" in needed["remedy"]


def test_a_channel_the_bot_is_not_in_is_told(tmp_path: Path) -> None:
    """With what to type there."""
    with slack(tmp_path) as (workspace, config, tokens):
        found = look(config, tokens).of("Slack", "channels")
    assert len(found) == len(workspace.channels)
    (one,) = [one for one in found if one["state"] == "failed"]
    assert one["said"] == "the bot is no member of #elsewhere"
    assert one["remedy"] == "type there: /invite @smart"


def test_a_channel_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Slack's own word, and where an id is found."""
    with slack(tmp_path) as (workspace, config, tokens):
        config.write_text(config.read_text().replace(next(iter(workspace.channels)), "C9999"))
        first = look(config, tokens).of("Slack", "channels")[0]
    assert "channel_not_found" in first["said"]
    assert "its address in Slack" in first["remedy"]


def test_a_bot_token_that_is_not_taken_is_told(tmp_path: Path) -> None:
    """And never printed; nothing else is asked of Slack."""
    with slack(tmp_path) as (_, config, tokens):
        found = look(config, {**tokens, "BOT": "xoxb-stand-in-wrong"})
    one = found.one("Slack", "token")
    assert "invalid_auth" in one["said"]
    assert "OAuth & Permissions" in one["remedy"]
    assert "stand-in-wrong" not in found.printed
    assert not found.of("Slack", "scopes")


def test_an_app_token_that_is_not_taken_is_told(tmp_path: Path) -> None:
    """With the switch and the scope to look at."""
    with slack(tmp_path) as (_, config, tokens):
        found = look(config, {**tokens, "APP": tokens["BOT"]})
    one = found.one("Slack", "socket mode")
    assert one["state"] == "failed"
    assert "not_allowed_token_type" in one["said"]
    assert "connections:write" in one["remedy"]


def test_another_workspace_than_the_configured_is_told(tmp_path: Path) -> None:
    """Its id is what has to be added."""
    with slack(tmp_path) as (workspace, config, tokens):
        config.write_text(config.read_text().replace(f"[{workspace.team}]", "[T00000009]"))
        one = look(config, tokens).one("Slack", "token")
    assert one["state"] == "failed"
    assert f"add {workspace.team} to slack.teams" in one["remedy"]


def test_slack_that_is_not_reached_is_not_a_bad_token(tmp_path: Path) -> None:
    """The way to it is to be looked at."""
    config = tmp_path / "smart.yaml"
    closed = f"http://127.0.0.1:{free_port()}"
    config.write_text(CONFIG.format(base=closed, team="T1", feeds=""))
    tokens = {"BOT": "xoxb-stand-in-bot", "APP": "xapp-stand-in-app"}
    one = look(config, tokens).one("Slack", "token")
    assert "Slack is not reached" in one["said"]
    assert "curl" in one["remedy"]


def test_what_cannot_be_seen_is_said(tmp_path: Path) -> None:
    """Slack tells nobody which commands an app has."""
    with slack(tmp_path) as (_, config, tokens):
        one = look(config, tokens).one("Slack", "command")
    assert one["state"] == "not configured"
    assert one["remedy"] == "type /smart help in Slack"


def test_workspaces_that_installed_nothing_are_told(tmp_path: Path) -> None:
    """Where to install, without a file made."""
    config = tmp_path / "smart.yaml"
    config.write_text(
        "slack:\n  mode: http\n  signing_secret: {env: SIGN}\n  teams: [T1]\n  installations:\n"
        "    url: https://smart.example.com\n    client_id: '1'\n    client_secret: {env: C}\n"
        "    keys: {env: KEYS}\n"
    )
    found = look(config, {"SIGN": "s", "C": "c", "KEYS": "k"})
    one = found.one("Slack", "workspaces")
    assert one["state"] == "warning"
    assert one["remedy"] == "open https://smart.example.com/slack/install"
