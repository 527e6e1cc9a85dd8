"""An incident, played by people who type what real ones would, to the real bot."""

from __future__ import annotations

import asyncio
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from secrets import token_urlsafe

from kubectl_smart.bot.console.workspace import Message
from kubectl_smart.bot.demo.stage import Stage, first_part, stage, take_in

QUESTION = "/smart why deployment/payment-api --replicas=5"


async def beginning(on: Stage) -> AsyncIterator[str]:
    """The incident until it is in progress; yields who acts next, before they do."""
    yield "sarah"
    await on.says("sarah", '/smart incident open "payment-api keeps restarting"')
    opened = on.seen_by("sarah")[-1]
    yield "priya"
    await on.says("priya", "pods of payment-api are OOMKilled since 5.1.0 went out", opened.ts)
    said = on.channel.thread(opened.ts)[-1]
    acting = on.server.acting
    await acting.react(on.id_of("sarah"), on.channel.id, said.ts, "pushpin", add=True)
    await on.settle()
    yield "tom"
    await on.goes_on()


async def whole(on: Stage) -> AsyncIterator[str]:
    """The incident from its opening to its report."""
    async for who in beginning(on):
        yield who
    opened = next(one for one in on.seen_by("you") if "Incident open" in one.text)
    announced = next((one for one in on.seen_by("you") if "payment:5.0.0" in one.text), None)
    yield "tom"
    if announced is not None:
        await on.says("tom", "5.1.0 leaks; back to 5.0.0 until it is fixed", announced.ts)
    yield "you"
    await on.says("you", QUESTION)
    answer = on.seen_by("you")[-1]
    yield "you"
    await on.server.acting.click(on.id_of("you"), on.channel.id, answer.ts, "", "smart_evidence")
    await on.settle()
    yield "sarah"
    await on.says("sarah", "@smart incident close rolled back to 5.0.0", opened.ts)
    yield "sarah"
    await on.says("sarah", "@smart incident show", opened.ts)


def play(memory: Path, recording: Path, write: Callable[[str], None]) -> None:
    """The whole incident, printed as it is seen in Slack. `memory` must be new."""

    async def story() -> None:
        with tempfile.TemporaryDirectory() as folder:
            part = Path(folder) / "first.jsonl.gz"
            first_part(recording, part)
            take_in(memory, part)
        async with stage(memory, recording) as on:
            shown: dict[str, str] = {}
            async for _ in whole(on):
                _print_new(on, shown, write)
            _print_new(on, shown, write)

    asyncio.run(story())


def serve(memory: Path, recording: Path, write: Callable[[str], None], *, port: int = 0) -> None:
    """The incident in progress, in the browser, until interrupted. `memory` must be new."""

    async def story() -> None:
        with tempfile.TemporaryDirectory() as folder:
            part = Path(folder) / "first.jsonl.gz"
            first_part(recording, part)
            take_in(memory, part)
        token = token_urlsafe(24)
        async with stage(memory, recording, page_token=token, port=port) as on:
            async for _ in beginning(on):
                pass
            address = f"{on.server.base}/?token={token}"
            write(f"Slack's stand-in with the real bot: {address}")
            write(f"Choose “you”, open #payments, and type: {QUESTION}")
            write("Ctrl-C ends it.")
            webbrowser.open(address)
            await asyncio.Event().wait()

    try:
        asyncio.run(story())
    except KeyboardInterrupt:
        write("ended")


def _print_new(on: Stage, shown: dict[str, str], write: Callable[[str], None]) -> None:
    """Messages that are new or read differently now."""
    everybody: dict[str, Message] = {}
    for handle in ("sarah", "tom", "priya", "you"):
        everybody |= {one.ts: one for one in on.seen_by(handle)}
    for ts in sorted(everybody):
        message = everybody[ts]
        if shown.get(ts) == message.text:
            continue
        edited = "changed: " if ts in shown else ""
        shown[ts] = message.text
        for line in _lines(on, message, edited):
            write(line)


def _lines(on: Stage, message: Message, edited: str) -> list[str]:
    names = {one.id: one.name for one in on.workspace.users.values()}
    who = names.get(message.user, "Slackbot")
    to = f" (only to {names[message.only_for]})" if message.only_for else ""
    indent = "    " if message.thread_ts and message.thread_ts != message.ts else ""
    text = message.text
    for identity, name in names.items():
        text = text.replace(f"<@{identity}>", f"@{name}")
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, character)
    first, *rest = text.splitlines() or [""]
    lines = [f"{indent}{who}{to}: {edited}{first}"]
    return lines + [f"{indent}{' ' * (len(who) + 2)}{one}" for one in rest]
