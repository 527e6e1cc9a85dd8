"""With a clock by hand the same acts make the same ids, and a journal of the same bytes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from tests.support.slack_stage import Stage, run, stage

from kubectl_smart.bot.console.installation import APP_TOKEN, BOT_TOKEN


async def acts(one: Stage) -> None:
    """A bit of everything, one after the other."""
    socket = await one.socket()
    other = await one.socket()

    async def hear() -> None:
        frames = [asyncio.ensure_future(each.frame()) for each in (socket, other)]
        done, waiting = await asyncio.wait(frames, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        for number, task in enumerate(frames):
            if task in done:
                await (socket, other)[number].ack(task.result())
        await one.slack.outbox.settle()

    said = await one.says(one.ada, "why was it scaled?")
    await hear()
    one.clock.on(1.5)
    told = await one.client.chat_postMessage(
        channel=one.general.id, text="because", thread_ts=said.ts, blocks=[{"type": "divider"}]
    )
    await hear()
    await one.client.chat_update(channel=one.general.id, ts=told["ts"], text="since")
    await hear()
    trigger = one.slack.tickets.trigger(one.ada.id)
    view: dict[str, Any] = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "t"},
        "blocks": [{"type": "divider"}],
    }
    await one.client.views_open(trigger_id=trigger, view=view)
    url = one.slack.response_address(one.general.id, one.ada.id)
    async with one.session.post(url, json={"text": "hers"}) as answer:
        assert answer.status == 200
    told = await one.client.files_getUploadURLExternal(filename="a.txt", length=1)
    async with one.session.post(told["upload_url"], data=b"x") as answer:
        assert answer.status == 200


def test_two_runs_write_the_same_journal(tmp_path: Path) -> None:
    """Byte for byte, on whatever port each ran."""

    async def written(name: str) -> tuple[bytes, str]:
        path = tmp_path / name
        async with stage(journal=path, events=["message.channels"]) as one:
            await acts(one)
            return path.read_bytes(), one.server.base

    async def story() -> None:
        first, here = await written("a.jsonl")
        second, there = await written("b.jsonl")
        assert here != there
        assert first == second
        assert here.encode() not in first

    run(story())


def test_the_journal_is_lines_of_json_without_tokens(tmp_path: Path) -> None:
    """Everything that went over the wire, numbered, in its order."""

    async def story() -> None:
        path = tmp_path / "journal.jsonl"
        async with stage(journal=path, events=["message.channels"]) as one:
            await one.asked("auth.test", token=None, data={"token": BOT_TOKEN})
            await acts(one)
            text = path.read_text(encoding="utf-8")
            lines = [json.loads(line) for line in text.splitlines()]
            assert [line["n"] for line in lines] == list(range(1, len(lines) + 1))
            assert {"call", "delivery", "ack", "response", "upload", "socket"} <= {
                line["direction"] for line in lines
            }
            assert len(lines) == len(one.slack.journal.entries)
            for token in (BOT_TOKEN, APP_TOKEN, one.slack.app.signing_secret):
                assert token not in text

    run(story())


def test_another_seed_chooses_other_sockets() -> None:
    """Nothing else is left to chance."""

    async def chosen(seed: int) -> list[int]:
        async with stage(seed=seed) as one:
            return [one.slack.random.randrange(10) for _ in range(8)]

    assert run(chosen(1)) == run(chosen(1))
    assert run(chosen(1)) != run(chosen(2))


def test_instants_of_messages_never_repeat() -> None:
    """Though the clock stands still, or goes back."""

    async def story() -> None:
        async with stage(again=()) as one:
            told = []
            for step in (0, 0, -5, 0, 5):
                one.clock.on(step)
                told.append((await one.says(one.ada, "x")).ts)
            assert told == sorted(set(told))
            assert all(len(ts) == 17 for ts in told)

    run(story())
