"""The configuration of the bot: what is read, and how each mistake is told."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from kubectl_smart.bot.authorisation import EVERYTHING
from kubectl_smart.bot.configuring import parsed, read
from kubectl_smart.bot.slack.settings import (
    FileModel,
    bot_settings,
    connection,
)
from kubectl_smart.memory.records.errors import BadInput

ROOT = Path(os.environ.get("KUBECTL_SMART_SOURCE", Path(__file__).parents[3]))
GOOD = """
slack:
  bot_token: {env: BOT}
  app_token: {env: APP}
  teams: [T1]
"""


def test_a_small_file_is_enough() -> None:
    """Everything else has defaults; without roles nobody may do anything."""
    model = parsed(GOOD, FileModel, "smart.yaml")

    settings = bot_settings(model, Path("/memory"))
    how = connection(model.slack, Path("/memory"), {"BOT": "xoxb-1", "APP": "xapp-1"})

    assert settings.policy.roles == ()
    assert settings.state == Path("/memory/smart/slack.sqlite")
    assert (how.mode, how.bot_token, how.app_token) == ("socket", "xoxb-1", "xapp-1")
    assert "xoxb" not in repr(how)


def test_the_example_is_valid() -> None:
    """deploy/slack/smart.yaml is read as it stands."""
    model = read(ROOT / "deploy" / "slack" / "smart.yaml", FileModel)

    settings = bot_settings(model, Path("/memory"))

    assert settings.policy.roles[0].namespaces == {EVERYTHING}
    assert settings.feeds[0].sight.namespaces == {"payments"}
    assert str(settings.feeds[0].zone) == "Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        (GOOD + "  rols: []\n", "smart.yaml, line 6: slack.rols is not known", "roles"),
        (
            GOOD.replace("teams: [T1]", "feeds: []"),
            "smart.yaml, line 2: slack.teams is missing",
            "add teams",
        ),
        (GOOD + "  port: many\n", "smart.yaml, line 6: slack.port: input should be", "correct"),
        (GOOD + "  command: smart\n", "line 6: slack.command: a slash command is /", "correct"),
        (GOOD + "zone: Mars/Olympus\n", "line 6: zone: Mars/Olympus is no time zone", "correct"),
        (
            GOOD + "  feeds:\n    - channel: C1\n      evry: 5\n",
            "line 8: slack.feeds.0.evry is not known",
            "every",
        ),
        (GOOD.replace("app_token: {env: APP}", ""), "mode socket needs app_token", "correct"),
        ("slack: [", "smart.yaml, line 1", "mend the YAML"),
        ("- 1\n", "smart.yaml holds no keys", "example"),
        (
            GOOD.replace("{env: BOT}", "{env: BOT, file: /x}"),
            "give either env or file",
            "correct",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, message: str, remedy: str) -> None:
    """File, line and key, and what to do."""
    with pytest.raises(BadInput) as caught:
        parsed(text, FileModel, "smart.yaml")

    assert message in caught.value.message
    assert remedy in caught.value.remedy


@pytest.mark.parametrize("given", ["xoxb-1-secret", "{env: xoxb-1-secret}"])
def test_a_token_in_the_file_is_refused_and_not_repeated(given: str) -> None:
    """Whoever reads the log learns nothing."""
    with pytest.raises(BadInput) as caught:
        parsed(GOOD.replace("{env: BOT}", given), FileModel, "smart.yaml")

    assert "a token stands in this file" in caught.value.message
    assert "secret" not in str(caught.value)


def test_a_token_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """A file of mode 0644 is not taken; one of mode 0600 is."""
    token = tmp_path / "token"
    token.write_text("xoxb-1\n")
    text = GOOD.replace("{env: BOT}", f"{{file: {token}}}")
    model = parsed(text, FileModel, "smart.yaml")
    token.chmod(0o644)

    with pytest.raises(BadInput, match="can be read by others"):
        connection(model.slack, Path("/memory"), {"APP": "xapp-1"})
    token.chmod(0o600)

    found = connection(model.slack, Path("/memory"), {"APP": "xapp-1"})
    assert found.bot_token == token.read_text().strip()


def test_an_environment_variable_that_is_not_set_is_named() -> None:
    """The key and the variable."""
    model = parsed(GOOD, FileModel, "smart.yaml")

    with pytest.raises(BadInput, match=r"app_token: \$APP is not set"):
        connection(model.slack, Path("/memory"), {"BOT": "xoxb-1"})


MANY = """
slack:
  mode: http
  signing_secret: {env: SIGN}
  teams: [T1, T2]
  installations:
    url: https://smart.example.com/
    client_id: "1.2"
    client_secret: {env: CLIENT}
    keys: {env: KEYS}
  feeds:
    - {channel: C1}
    - {channel: C2, team: T2}
"""


def test_several_workspaces_need_no_token() -> None:
    """But what the flow needs; each feed knows its workspace; no secret is shown."""
    model = parsed(MANY, FileModel, "smart.yaml")
    secrets = {"SIGN": "s", "CLIENT": "of the client", "KEYS": "of the file"}
    how = connection(model.slack, Path("/memory"), secrets)

    assert how.oauth is not None
    assert (how.oauth.url, how.oauth.client_secret) == (
        "https://smart.example.com",
        "of the client",
    )
    assert how.oauth.file == Path("/memory/smart/installations.sqlite")
    assert "channels:manage" not in how.oauth.scopes
    assert "of the" not in repr(how) + repr(how.oauth)
    feeds = bot_settings(model, Path("/memory")).feeds
    assert [(one.team, one.channel) for one in feeds] == [("T1", "C1"), ("T2", "C2")]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("mode: http", "mode: socket", "installations need mode http"),
        ("teams:", "bot_token: {env: B}\n  teams:", "give either bot_token or installations"),
        ("https://smart.example.com/", "smart.example.com", "write https:// and the host"),
        ("https://smart.example.com/", "https://example.com/smart", "without a path"),
        ('client_id: "1.2"', "app: x", "slack.installations.client_id is missing"),
    ],
)
def test_what_several_workspaces_lack_is_told(old: str, new: str, message: str) -> None:
    """One sentence for each."""
    with pytest.raises(BadInput, match=re.escape(message)):
        parsed(MANY.replace(old, new), FileModel, "smart.yaml")
