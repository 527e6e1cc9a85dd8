"""The bot killed between its acknowledgement and its answer: the next one goes on, once."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from tests.bot.slack.test_reasons_in_slack import Cluster
from tests.support.slack_world import a_workspace, run

from kubectl_smart.bot.console.faults import Planned
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.server import Server, running
from kubectl_smart.bot.console.workspace import Message
from kubectl_smart.bot.slack.state import State

ROOT = Path(__file__).parents[3]


class Stage:
    """The stand-in, with room for one bot after the other."""

    def __init__(self, server: Server, cluster: Cluster, state: Path) -> None:
        self.server = server
        self.slack = server.slack
        workspace = self.slack.workspace
        self.ada = next(one.id for one in workspace.users.values() if one.name == "ada")
        self.channel = next(one for one in workspace.channels.values() if one.name == "incidents")
        self.state = state
        self.settings = json.dumps(
            {
                "base": self.slack.base,
                "memory": str(cluster.path),
                "state": str(state),
                "team": workspace.team,
                "user": self.ada,
            }
        )

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """A bot in a process of its own, connected; killed at the end at the latest."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.bot_process", self.settings,
            stdout=asyncio.subprocess.PIPE, cwd=ROOT,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            assert await process.stdout.readline() == b"connected\n"
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def until(self, seen: Callable[[], object]) -> None:
        """Wait for something that must come."""
        for _ in range(600):
            if seen():
                return
            await asyncio.sleep(0.05)
        raise AssertionError("it did not come")

    def said(self) -> list[Message]:
        """What the bot said, to everybody or to one."""
        every = [*self.channel.messages.values(), *self.channel.ephemerals.values()]
        return [one for one in every if one.bot]

    def struck_out(self) -> bool:
        """Whether nothing is owed any more: a bot killed before that says its last words again."""
        with closing(State(self.state)) as state:
            return not state.unfinished()

    def acknowledged(self, what: str) -> bool:
        """Whether a delivery of this kind was acknowledged."""
        entries = self.slack.journal.entries
        return any(one.direction == "ack" and one.ok and what in one.what for one in entries)


@asynccontextmanager
async def stage(folder: Path, cluster: Cluster) -> AsyncIterator[Stage]:
    """The stand-in alone."""
    workspace, app = a_workspace()
    slack = Platform(workspace, app, rates_enforced=False, file_delay=0.0, again=(0.05, 0.05, 0.05))
    async with running(Server(slack)) as server:
        yield Stage(server, cluster, folder / "state.sqlite")


def notes_in_git(memory: Path) -> int:
    """How many commits say something."""
    counted = subprocess.run(
        ["git", "-C", memory, "rev-list", "--count", "--grep=^Note-Id:", "main"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return int(counted)


@pytest.mark.parametrize("door", ["/smart", "@smart"])
def test_a_question_is_answered_by_the_next_bot(tmp_path: Path, door: str) -> None:
    """Killed after the acknowledgement and before the answer: answered exactly once."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with stage(tmp_path, cluster) as here:
            here.slack.faults.plan("users.info", Planned(kind="slow", seconds=600))
            async with here.bot() as first:
                words = f"{door} why deployment/payment-api"
                await here.server.acting.post(here.ada, here.channel.id, words)
                what = "/smart" if door == "/smart" else "app_mention"
                await here.until(lambda: here.acknowledged(what))
                await here.until(lambda: here.slack.journal.calls("users.info"))
                assert here.said() == []
                first.kill()
                await first.wait()
            async with here.bot():
                await here.until(here.said)
                await here.until(lambda: here.slack.journal.calls("files.info"))
                await here.until(here.struck_out)
            async with here.bot():
                await asyncio.sleep(0.5)
            assert len(here.said()) == 1
            assert "payment-api" in here.said()[0].text

    run(story())


@pytest.mark.parametrize("held_at", ["users.info", "reactions.add", "chat.getPermalink"])
def test_a_statement_is_recorded_once(tmp_path: Path, held_at: str) -> None:
    """Killed before or after the commit: the words stand in git once, and a receipt is given."""
    cluster = Cluster(tmp_path)
    change = cluster.scale(5, 5)

    async def story() -> None:
        async with stage(tmp_path, cluster) as here:
            workspace = here.slack.workspace
            here.slack.faults.plan(held_at, Planned(kind="slow", seconds=600))
            async with here.bot() as first:
                if held_at == "reactions.add":
                    await here.server.acting.post(here.ada, here.channel.id, "for the sale")
                    await here.server.acting.shortcut(
                        here.ada,
                        here.channel.id,
                        here.channel.top()[-1].ts,
                        "record_rationale",
                    )
                    await here.until(lambda: workspace.stack(here.ada))
                    (view,) = workspace.stack(here.ada)
                    chosen = view.body["blocks"][0]["element"]["options"][0]
                    await here.server.acting.submit(
                        here.ada,
                        view.id,
                        {
                            "change": {"change": {"selected_option": chosen}},
                            "reason": {"reason": {"value": "for the sale"}},
                        },
                    )
                else:
                    words = "@smart because deployment/payment-api for the sale"
                    await here.server.acting.post(here.ada, here.channel.id, words)
                await here.until(lambda: here.slack.journal.calls(held_at))
                first.kill()
                await first.wait()
            async with here.bot():
                await here.until(here.said)
                await here.until(here.struck_out)
            async with here.bot():
                await asyncio.sleep(0.5)
            assert len(here.said()) == 1
            assert "the reason of" in here.said()[0].text

    run(story())
    assert [one.text for one in cluster.notes(change)] == ["for the sale"]
    assert notes_in_git(cluster.path) == 1


def test_what_cannot_be_gone_on_with_is_let_go(tmp_path: Path) -> None:
    """A delivery that nothing understands is struck out, and the others are answered."""
    cluster = Cluster(tmp_path)
    state = State(tmp_path / "state.sqlite")
    for name, body in (("Ev1", {"event_id": "Ev1"}), ("Ev2", {"trigger_id": "Ev2", "type": "x"})):
        state.begin(name, body, time.time())
    state.close()

    async def story() -> None:
        async with stage(tmp_path, cluster) as here, here.bot():
            await here.server.acting.post(here.ada, here.channel.id, "/smart help")
            await here.until(here.said)
            await here.until(here.struck_out)

            assert len(here.said()) == 1

    run(story())
