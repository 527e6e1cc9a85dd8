"""`slack serve` and `slack manifest` as the commands they are, against the stand-in of Slack."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import yaml
from aiohttp import ClientSession
from slack_sdk.oauth.installation_store import Installation
from tests.bot.slack.test_asking_in_slack import a_memory
from tests.support.slack_world import a_workspace, run

from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.server import Server, running
from kubectl_smart.bot.console.signed_http import SignedHttp
from kubectl_smart.bot.slack.installations import Installations
from kubectl_smart.bot.slack.manifest import manifest
from kubectl_smart.bot.slack.vault import Keys, Vault, new_key

CONFIG = """
memory: {memory}
slack:
  mode: {mode}
  base_url: {base}/api/
  port: 0
  bot_token: {{env: BOT}}
  app_token: {{env: APP}}
  signing_secret: {{env: SECRET}}
  teams: [{team}]
  roles:
    - {{name: all, users: [{user}], namespaces: ["*"]}}
"""


@asynccontextmanager
async def served(
    tmp_path: Path, mode: str, **changed: str
) -> AsyncIterator[tuple[Server, asyncio.subprocess.Process, str]]:
    """The stand-in, and the command connected to it; `changed` are environment variables."""
    workspace, app = a_workspace()
    slack = Platform(workspace, app, rates_enforced=False, file_delay=0.0)
    ada = next(one.id for one in workspace.users.values() if one.name == "ada")
    async with running(Server(slack)) as server:
        config = tmp_path / "smart.yaml"
        config.write_text(
            CONFIG.format(
                memory=a_memory(tmp_path), mode=mode, base=server.base,
                team=changed.pop("team", workspace.team), user=ada,
            )
        )  # fmt: skip
        secrets = {"BOT": app.bot_token, "APP": app.app_token, "SECRET": app.signing_secret}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "kubectl_smart.bot", "slack", "serve", "--config", str(config),
            env={**os.environ, **secrets, **changed}, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            yield server, process, ada
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_a_served_bot_answers_and_stops_when_told(tmp_path: Path, mode: str) -> None:
    """Connected, asked, answered; SIGTERM ends it with exit code 0."""

    async def story() -> None:
        async with served(tmp_path, mode) as (server, process, ada):
            assert process.stderr is not None
            address = ""
            while "connected as smart" not in (line := (await process.stderr.readline()).decode()):
                assert line, "it ended"
                address = line.rpartition("listening at ")[2].strip() or address
            if mode == "http":
                link = SignedHttp(server.slack, address)
                server.slack.outbox.travel_by(link)
            channel = next(iter(server.slack.workspace.channels.values()))
            await server.acting.post(ada, channel.id, "/smart why deployment/payment-api")
            for _ in range(200):
                if channel.ephemerals:
                    break
                await asyncio.sleep(0.05)
            (answer,) = channel.ephemerals.values()
            assert "tom@example.com" in answer.text
            if mode == "http":
                await link.close()
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 30) == 0

    run(story())


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"BOT": "xoxb-of-somebody"}, "a token of Slack's was given together with"),
        ({"BOT": "xoxb-stand-in-wrong"}, "Slack does not take the bot token (invalid_auth)"),
        ({"team": "T00000009"}, "which is not among teams"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    tmp_path: Path, changed: dict[str, str], sentence: str
) -> None:
    """Exit code 2 and no token on stderr."""

    async def story() -> None:
        async with served(tmp_path, "socket", **changed) as (_, process, _ada):
            assert process.stderr is not None
            told = (await process.stderr.read()).decode()
            assert await process.wait() == 2
            assert sentence in told
            assert "xoxb" not in told
            assert len(told.strip().splitlines()) <= 2

    run(story())


def test_the_manifest_is_printed_for_slack(capfd: pytest.CaptureFixture[str]) -> None:
    """YAML that reads back as the manifest, with the command's name."""

    async def story() -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "kubectl_smart.bot", "slack", "manifest", "--command", "/why"
        )
        assert await process.wait() == 0

    run(story())

    assert yaml.safe_load(capfd.readouterr().out) == manifest("/why")


def test_keys_are_made_and_changed(tmp_path: Path) -> None:
    """`slack key` prints one, `slack rotate` seals anew with the newest; that is all they print."""
    program = [sys.executable, "-m", "kubectl_smart.bot", "slack"]

    def said(*words: str, **environment: str) -> str:
        return subprocess.run(
            [*program, *words], env={**os.environ, **environment}, check=True,
            capture_output=True, text=True,
        ).stdout  # fmt: skip

    old, new = said("key").strip(), said("key").strip()
    place = tmp_path / "installations.sqlite"
    config = tmp_path / "smart.yaml"
    config.write_text(
        "slack:\n  mode: http\n  signing_secret: {env: SIGN}\n  teams: [T1]\n  installations:\n"
        "    url: https://smart.example.com\n    client_id: '1'\n    client_secret: {env: CLIENT}\n"
        f"    keys: {{env: KEYS}}\n    file: {place}\n"
    )
    store = Installations(Vault(place, Keys(old)), "1")
    one = Installation(team_id="T1", user_id="U1", bot_token="xoxb-stand-in")
    asyncio.run(store.async_save(one))
    told = said("rotate", "--config", str(config), SIGN="s", CLIENT="c", KEYS=f"{new}\n{old}")
    bot = asyncio.run(
        Installations(Vault(place, Keys(new)), "1").async_find_bot(enterprise_id=None, team_id="T1")
    )

    assert told == f"2 entries sealed anew with key {Keys(new).newest}\n"
    assert bot is not None
    assert bot.bot_token == "xoxb-stand-in"


def test_several_workspaces_are_invited_to_install(tmp_path: Path) -> None:
    """Without a token of its own the bot listens, says where to install, and leads to Slack."""

    async def story() -> None:
        workspace, app = a_workspace()
        async with running(Server(Platform(workspace, app))) as server:
            config = tmp_path / "smart.yaml"
            config.write_text(
                f"memory: {a_memory(tmp_path)}\nslack:\n  mode: http\n  port: 0\n"
                f"  base_url: {server.base}/api/\n  signing_secret: {{env: SIGN}}\n"
                f"  teams: [{workspace.team}]\n  installations:\n"
                "    url: https://smart.example.com\n    client_id: '1.2'\n"
                "    client_secret: {env: CLIENT}\n    keys: {env: KEYS}\n"
            )
            secrets = {"SIGN": app.signing_secret, "CLIENT": "c", "KEYS": new_key()}
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "kubectl_smart.bot",
                "slack", "serve", "--config", str(config),
                env={**os.environ, **secrets}, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            assert process.stderr is not None
            address = ""
            while "install at https://smart.example.com/slack/install" not in (
                line := (await process.stderr.readline()).decode()
            ):
                assert line, "it ended"
                address = line.rpartition("listening at ")[2].strip() or address
            page = address.replace("/slack/events", f"/slack/install?team={workspace.team}")
            async with ClientSession(trust_env=False) as browser:
                async with browser.get(page, allow_redirects=False) as answer:
                    leads = answer.headers["Location"]
                assert leads.startswith(f"{server.base}/oauth/v2/authorize?")
                assert "client_id=1.2" in leads
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 30) == 0

    run(story())
