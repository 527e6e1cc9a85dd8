"""Several workspaces on bad days: what one of them does never touches the other."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sqlite3
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.bot.slack.test_reasons_in_slack import Cluster
from tests.bot.slack.test_several_workspaces import CLIENT, NOW, SECRET, SERVED, Stage, stage
from tests.support.slack_world import run

from kubectl_smart.bot.console.signed_http import SignedHttp
from kubectl_smart.bot.slack.installing import OAuth
from kubectl_smart.bot.slack.saying import Unheard
from kubectl_smart.bot.slack.state import State
from kubectl_smart.bot.slack.workspaces import Workspaces

ONE, OTHER = SERVED


def an_event(event: dict[str, Any], event_id: str, at: int) -> dict[str, Any]:
    """A delivery from the first workspace, as Slack wraps it."""
    return {
        "type": "event_callback", "event_id": event_id, "event_time": at, "team_id": ONE,
        "api_app_id": "A00000001", "event": event,
        "authorizations": [{"team_id": ONE, "enterprise_id": None, "user_id": "U1"}],
    }  # fmt: skip


def a_mention(here: Stage, event_id: str) -> dict[str, Any]:
    """Somebody of the first workspace asks for help."""
    place = here.places[ONE]
    last = max(place.channel.messages, default="1.000000")
    mention = {
        "type": "app_mention", "user": place.ada, "channel": place.channel.id,
        "ts": last, "text": f"<@{place.server.slack.app.bot_user}> help",
    }  # fmt: skip
    return an_event(mention, event_id, int(time.time()))


async def posted(here: Stage, body: dict[str, Any]) -> int:
    """The status of the bot's answer to a delivery that Slack signs."""
    assert here.browser is not None
    link = SignedHttp(here.places[ONE].server.slack, here.url)
    written = json.dumps(body).encode()
    headers = link.signed(written) | {"Content-Type": "application/json"}
    await link.close()
    address = f"{here.url}/slack/events"
    async with here.browser.post(address, data=written, headers=headers) as answer:
        return answer.status


def owed(folder: Path, body: dict[str, Any]) -> None:
    """An earlier bot acknowledged this and was killed."""
    state = State(folder / "state.sqlite")
    state.begin(str(body["event_id"]), body, NOW / 1_000_000)
    state.close()


def test_a_reason_is_said_where_the_change_was_announced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The other workspace's token is not tried on a channel that it cannot know."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with stage(cluster.path, tmp_path) as here, here.running_bot() as bot:
            for team in SERVED:
                await here.install(team)
            await bot.feeds[0].look()
            cluster.scale(5, 5)
            await bot.feeds[0].look()
            place = here.places[ONE]
            (message,) = place.said()
            await place.server.acting.post(
                place.ada, place.channel.id, "the queue grew", message.ts
            )
            await here.settle()
            assert "because: the queue grew" in message.text

    with caplog.at_level(logging.WARNING):
        run(story())

    assert "still asks why" not in caplog.text


def test_what_a_workspace_that_left_had_asked_is_given_up(tmp_path: Path) -> None:
    """Its questions are owed to nobody when the bot is back."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with stage(cluster.path, tmp_path) as here:
            owed(tmp_path, a_mention(here, "Ev1"))
            async with here.running_bot() as bot:
                assert bot.state.unfinished() == []
                await here.settle()
                assert here.places[ONE].said() == []

    run(story())


def test_a_late_word_about_a_former_installation_changes_nothing(tmp_path: Path) -> None:
    """Removed, installed again, and only then told of the removal: it is installed."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with stage(cluster.path, tmp_path) as here, here.running_bot() as bot:
            await here.install(ONE)
            removed = {"type": "app_uninstalled"}
            assert await posted(here, an_event(removed, "Ev1", int(time.time()) - 60)) == 200
            await here.ask(ONE, "@smart help")
            assert len(here.places[ONE].said()) == 1
            assert await posted(here, an_event(removed, "Ev2", int(time.time()))) == 200
            with pytest.raises(Unheard, match="not installed"):
                await bot.feeds[0]._client(ONE)

    run(story())


def test_a_revoked_token_is_forgotten(tmp_path: Path) -> None:
    """Without the app's removal: the workspace installs it again, and is answered again."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with stage(cluster.path, tmp_path) as here, here.running_bot() as bot:
            await here.install(ONE)
            slack = here.places[ONE].server.slack
            revoked = {"type": "tokens_revoked", "tokens": {"bot": [slack.app.bot_user]}}
            slack.event("tokens_revoked", revoked, channel=None)
            await here.settle()
            with pytest.raises(Unheard, match="not installed"):
                await bot.feeds[0]._client(ONE)
            await here.install(ONE)
            await here.ask(ONE, "@smart help")
            assert len(here.places[ONE].said()) == 1

    run(story())


def test_who_left_while_the_bot_was_down_is_noticed(tmp_path: Path) -> None:
    """The next bot asks Slack about each token, says what it heard, and deletes what is dead."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with stage(cluster.path, tmp_path) as here:
            how = OAuth(
                url=here.url, client_id=CLIENT, client_secret=SECRET, keys=here.keys,
                file=tmp_path / "installations.sqlite",
            )  # fmt: skip
            workspaces = Workspaces(how, frozenset(SERVED), f"{here.slack.base}/api/")
            async with here.running_bot():
                await here.install(ONE)
                assert await workspaces.present() == [
                    "connected as smart in team1",
                    f"not installed in {OTHER}",
                ]
                await here.install(OTHER)
            await here.slack._links.pop(ONE).close()  # nobody is there to be told
            assert await workspaces.present() == [
                f"no longer installed in {ONE} (account_inactive); what was kept of it is deleted",
                "connected as smart in team2",
            ]
            assert not await workspaces.serves(ONE)

    run(story())


def test_who_asks_where_the_app_is_not_installed_is_told_how(tmp_path: Path) -> None:
    """One sentence with the address, for whoever typed; nothing of the memory."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with stage(cluster.path, tmp_path) as here, here.running_bot():
            slack = here.places[ONE].server.slack
            link = SignedHttp(slack, f"{here.url}/slack/events")
            slack.outbox.travel_by(link)
            await here.ask(ONE, "/smart why deployment/payment-api")
            (answer,) = here.places[ONE].said()
            assert f"The app is not installed here. Open {here.url}/slack/install" in answer.text
            await link.close()

    run(story())


def test_a_page_that_lay_open_too_long_is_refused(tmp_path: Path) -> None:
    """A state older than ten minutes: told so in one page, and nothing is installed."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with stage(cluster.path, tmp_path) as here, here.running_bot() as bot:
            _, _, slack, cookie = await here.visit(f"{here.url}/slack/install?team={ONE}")
            _, _, back, _ = await here.visit(slack)
            vault = sqlite3.connect(tmp_path / "installations.sqlite")
            with vault:
                assert vault.execute("update state set until = until - 601").rowcount == 1
            vault.close()
            status, text, _, _ = await here.visit(back, cookie)
            assert (status, "took more than 10 minutes" in text) == (401, True)
            with pytest.raises(Unheard, match="not installed"):
                await bot.feeds[0]._client(ONE)

    run(story())


@asynccontextmanager
async def process(here: Stage) -> AsyncIterator[tuple[Process, list[str]]]:
    """`slack serve` for the two workspaces, listening; and what it told until then."""
    people = ", ".join(one.ada for one in here.places.values())
    config = here.folder / "smart.yaml"
    config.write_text(
        f"memory: {here.memory}\nslack:\n  mode: http\n  port: {here.port}\n"
        f"  base_url: {here.slack.base}/api/\n  signing_secret: {{env: SIGN}}\n"
        f"  teams: [{ONE}, {OTHER}]\n  state: {here.folder / 'state.sqlite'}\n"
        f"  roles:\n    - {{name: all, users: [{people}], namespaces: ['*']}}\n"
        f"  installations:\n    url: {here.url}\n    client_id: '{CLIENT}'\n"
        f"    client_secret: {{env: CLIENT}}\n    keys: {{env: KEYS}}\n"
    )
    secrets = {"SIGN": here.secret, "CLIENT": SECRET, "KEYS": here.keys}
    one = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kubectl_smart.bot", "slack", "serve", "--config", str(config),
        env={**os.environ, **secrets}, stderr=PIPE,
    )  # fmt: skip
    told: list[str] = []
    try:
        assert one.stderr is not None
        while sum(" in " in line for line in told) < len(SERVED):
            line = (await one.stderr.readline()).decode()
            assert line, told
            told.append(line.strip())
        yield one, told
    finally:
        if one.returncode is None:
            one.kill()
        await one.wait()


async def answers(here: Stage, team: str, count: int) -> None:
    """Wait for so many messages of the bot in a workspace."""
    for _ in range(200):
        if len(here.places[team].said()) >= count:
            break
        await asyncio.sleep(0.05)
    assert len(here.places[team].said()) == count


async def nothing_owed(here: Stage) -> None:
    """Wait until the bot has struck out what it said; killed before, it would say it again."""
    for _ in range(200):
        state = State(here.folder / "state.sqlite")
        owed_now = state.unfinished()
        state.close()
        if not owed_now:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(owed_now)


def test_a_bot_that_was_killed_serves_both_again(tmp_path: Path) -> None:
    """The process is killed: the next one speaks in both, without another installation."""
    cluster = Cluster(tmp_path)

    async def ask(here: Stage, team: str) -> None:
        place = here.places[team]
        question = "/smart why deployment/payment-api"
        await place.server.acting.post(place.ada, place.channel.id, question)

    async def story() -> None:
        async with stage(cluster.path, tmp_path) as here:
            async with process(here) as (first, told):
                assert f"not installed in {ONE}" in told[-2]
                for team in SERVED:
                    assert (await here.install(team))[0] == 200
                    await ask(here, team)
                    await answers(here, team, 1)
                await nothing_owed(here)
                first.send_signal(signal.SIGKILL)
                await first.wait()
            async with process(here) as (second, told):
                assert told[-2:] == ["connected as smart in team1", "connected as smart in team2"]
                for team, count in ((ONE, 2), (OTHER, 2)):
                    await ask(here, team)
                    await answers(here, team, count)
                second.send_signal(signal.SIGTERM)
                assert await asyncio.wait_for(second.wait(), 30) == 0

    run(story())
