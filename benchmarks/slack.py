"""How quickly the bot acknowledges and answers, under people who all ask at once.

    python benchmarks/slack.py MEMORY [--people 20] [--questions 10] [--results FILE]

The bot runs in a process of its own, on the memory (one of those `run.py` leaves behind), and is
connected by Socket Mode to the stand-in of Slack in this process, which also plays the people: each
asks `/smart why` about an object at random, reads the answer for two to four seconds, and asks
again. First all of them ask in the same instant. Measured at the stand-in: from sending a command
to its acknowledgement, and from the same instant to the answer's words.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import random
import statistics
import time
from datetime import UTC
from pathlib import Path

from kubectl_smart.bot.authorisation import EVERYTHING, Policy, Role
from kubectl_smart.bot.console.installation import Installation, installation
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.server import Server, running
from kubectl_smart.bot.console.workspace import Channel, Workspace
from kubectl_smart.bot.slack.answering import Source
from kubectl_smart.bot.slack.bot import Bot, BotSettings
from kubectl_smart.bot.slack.connecting import by_socket, web_client
from kubectl_smart.bot.slack.manifest import manifest
from kubectl_smart.memory.opening import open_memory
from kubectl_smart.memory.records.changes import Change

_READS = (2.0, 4.0)
"""Seconds somebody reads an answer."""


def main() -> None:
    """Measure, and print JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("memory", type=Path)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--questions", type=int, default=10)
    parser.add_argument("--results", type=Path)
    given = parser.parse_args()
    found = asyncio.run(measured(given.memory, given.people, given.questions))
    print(json.dumps(found, indent=2))
    if given.results is not None:
        given.results.write_text(json.dumps(found, indent=2) + "\n")


async def measured(memory: Path, people: int, questions: int) -> dict[str, float]:
    """The figures, milliseconds."""
    workspace = Workspace(time.time, domain="bench")
    bot = workspace.add_user("smart", is_bot=True)
    app = installation(manifest(), app="A1", bot="B1", bot_user=bot.id)
    users = [workspace.add_user(f"person-{number}").id for number in range(people)]
    channel = workspace.add_channel("bench", members=set(workspace.users))
    slack = Platform(workspace, app, rates_enforced=False, file_delay=0.2)
    names = objects(memory)
    async with running(Server(slack)) as server:
        child = multiprocessing.get_context("spawn").Process(
            target=run_bot, args=(server.base, memory, workspace.team, users, app)
        )
        child.start()
        try:
            while not len(server.sockets):
                await asyncio.sleep(0.05)
            await asyncio.gather(*(ask(server, one, channel, names, 1) for one in users[:2]))
            burst = await everybody(server, users, channel, names, 1)
            await asyncio.sleep(_READS[1])
            steady = await everybody(server, users, channel, names, questions)
        finally:
            child.terminate()
            child.join()
    return {
        "people": people,
        "commands": len(steady.acks),
        **summary("burst", burst),
        **summary("steady", steady),
        "not_answered": sum("Why" not in one.text for one in channel.ephemerals.values()),
        "complaints": len(slack.journal.complaints),
    }


def objects(memory: Path) -> list[str]:
    """Deployments the memory knows, as a person names them."""
    with open_memory(memory) as opened:
        found = opened.index.changes_between(None, None, limit=20_000)
    refs = {each.record.object for each in found if isinstance(each.record, Change)}
    wanted = sorted(ref for ref in refs if ref.kind == "Deployment")
    return [f"deployment/{ref.name} -n {ref.namespace}" for ref in wanted]


class Timings:
    """Milliseconds from sending commands: to their acknowledgements, and to their answers."""

    def __init__(self) -> None:
        self.acks: list[float] = []
        self.answers: list[float] = []


async def ask(
    server: Server, user: str, channel: Channel, names: list[str], questions: int
) -> Timings:
    """One person asks so many times."""
    chance = random.Random(f"{user} {questions}")
    found = Timings()
    for _ in range(questions):
        if questions > 1:
            await asyncio.sleep(chance.uniform(*_READS))
        began = time.perf_counter()
        answered = asyncio.ensure_future(answer_of(server, user, channel))
        text = f"/smart why {chance.choice(names)}"
        await server.acting.post(user, channel.id, text)
        found.acks.append((time.perf_counter() - began) * 1_000)
        found.answers.append((await answered - began) * 1_000)
    return found


async def answer_of(server: Server, user: str, channel: Channel) -> float:
    """When the next message that only this person sees has come. TimeoutError after 60 s."""

    def mine() -> int:
        return sum(one.only_for == user for one in channel.ephemerals.values())

    seen, revision = mine(), server.slack.workspace.revision
    async with asyncio.timeout(60):
        while mine() == seen:
            revision = await server.slack.workspace.later_than(revision)
    return time.perf_counter()


async def everybody(
    server: Server, users: list[str], channel: Channel, names: list[str], questions: int
) -> Timings:
    """All of them at once."""
    together = Timings()
    for one in await asyncio.gather(
        *(ask(server, user, channel, names, questions) for user in users)
    ):
        together.acks += one.acks
        together.answers += one.answers
    return together


def summary(name: str, found: Timings) -> dict[str, float]:
    """Medians and the slow ends."""
    return {
        f"{name}_ack_p50_ms": round(statistics.median(found.acks), 1),
        f"{name}_ack_p99_ms": round(percentile(found.acks, 99), 1),
        f"{name}_answer_p50_ms": round(statistics.median(found.answers), 1),
        f"{name}_answer_p95_ms": round(percentile(found.answers, 95), 1),
    }


def percentile(found: list[float], wanted: int) -> float:
    """The nearest-rank percentile."""
    ordered = sorted(found)
    return ordered[min(len(ordered) - 1, len(ordered) * wanted // 100)]


def run_bot(base: str, memory: Path, team: str, users: list[str], app: Installation) -> None:
    """The bot, until it is ended."""
    role = Role(name="all", users=frozenset(users), namespaces=frozenset({EVERYTHING}))
    settings = BotSettings(
        policy=Policy(teams=frozenset({team}), roles=(role,)), local=True, a_minute=1_000
    )
    source = Source(memory=memory, index=None, zone=UTC, now=lambda: int(time.time() * 1_000_000))

    async def story() -> None:
        bot = Bot(settings, source)
        client = web_client(app.bot_token, f"{base}/api/")
        async with by_socket(bot.app(client), app.app_token):
            await asyncio.Event().wait()

    asyncio.run(story())


if __name__ == "__main__":
    main()
