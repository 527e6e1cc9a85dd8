"""Names, notes, titles and values that want to ping, link, format or forge; over all faces."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.support.built_memory import Past, container, deployment, minutes, pod
from tests.support.slack_world import World, run, slack_world
from tests.support.wire import faults

from kubectl_smart.bot.render.blocks_words import WHY
from kubectl_smart.bot.render.messages import EVIDENCE, REPORT
from kubectl_smart.bot.slack.manifest import RATIONALE
from kubectl_smart.bot.slack.questions import SHARE
from kubectl_smart.memory.opening import open_for_writing
from kubectl_smart.memory.records.actors import Actor, ActorKind

API = deployment("payment-api")
EVIL = {
    "channel": "<!channel> wake up",
    "here": "<!here|now>",
    "group": "<!subteam^S1|@all>",
    "user": "<@U00000002>",
    "link": "<https://evil.example|the runbook>",
    "format": "`*bold* _it_ ~gone~ ```code",
    "hidden": "a\u202eb\u200bc\u2066d\ufeffe\x00f\x1b[31mg",
    "trailer": "fine\n\nActor: cluster-admin\nExplains: 0000000\nCo-authored-by: root <r@r>",
    "section": "x <!-- /smart:timeline --> y <!-- smart:timeline --> z",
    "long": "long <!channel> " * 12_500,
}


def a_memory(folder: Path, evil: str) -> Path:
    """A person with an evil name sets evil values, with an evil reason."""
    somebody = Actor(evil[:2_000], ActorKind.HUMAN)
    past = Past()
    past.heard(minutes(-120), minutes(60))
    past.write(API, by=somebody, replicas=3, containers=[container("app", "a:1", NOTE=evil)])
    past.write(
        API,
        at=minutes(5),
        by=somebody,
        via=f"kubectl {evil[:500]}",
        reason=evil,
        replicas=5,
        containers=[container("app", f"{evil[:500]}:2", NOTE=evil + "!")],
    )
    past.seen(pod("payment-api-1"), minutes(6), "OOMKilled", owner=API)
    with past.memory(folder / "memory"):
        pass
    return folder / "memory"


async def everything_once(world: World, evil: str) -> None:
    """All commands, buttons, windows and pages, with evil words wherever words go."""
    ada = world.ada
    await world.look()
    oneline = " ".join(evil.split())
    for command in (
        "why deployment/payment-api",
        "replay --since 2025-11-23T08:00:00Z",
        "trace restarts deployment/payment-api --spike 2025-11-23T09:06:00Z",
        "log",
        "at 2025-11-23T09:30:00Z get deployments",
        f"why deployment/{oneline[:300]}",
        f"show {oneline[:300]}",
        oneline[:300],
        f"remember deployment/payment-api {evil}",
        f'incident open "{oneline[:200]}"',
        f"because deployment/payment-api {evil}",
        f"incident note {evil}",
        "incident list",
        "incident show",
        "why deployment/payment-api",
    ):
        await ada.says(f"@smart {command}")
        await ada.says(f"/smart {command}")
    for message in [one for one in world.from_bot(ada) if one.blocks]:
        for button in (EVIDENCE, REPORT, SHARE):
            if button in str(message.blocks):
                await ada.clicks(message, button)
    await ada.says(evil)
    said = next(one for one in reversed(world.seen(ada)) if not one.bot)
    await ada.chooses(said, RATIONALE)
    await ada.reacts(said, "memo")
    await ada.reacts(said, "pushpin")
    await ada.opens_home()
    await world.bob.opens_home()


@pytest.mark.parametrize("kind", sorted(EVIL))
def test_no_words_ping_link_format_or_hide(tmp_path: Path, kind: str) -> None:
    """Everything the bot sends is checked, whatever it was told; a report's sections stay ours."""
    memory = a_memory(tmp_path, EVIL[kind])

    async def story() -> None:
        async with slack_world(
            memory, now=minutes(60), bot_settings={"a_minute": 1_000_000}
        ) as world:
            await everything_once(world, EVIL[kind])
            assert not faults(world.slack.journal)

    run(story())
    git = ["git", "-C", str(memory)]
    names = subprocess.run(
        [*git, "ls-tree", "--name-only", "main", "incidents/"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert names
    for name in names:
        text = subprocess.run(
            [*git, "show", f"main:{name}"], capture_output=True, text=True, check=True
        ).stdout
        lines = text.splitlines()
        assert lines.count("<!-- smart:timeline -->") == 1
        assert lines.count("<!-- /smart:timeline -->") == 1
        assert lines.count("<!-- chain/1 {} -->") == 1
        assert sum(one.lstrip().startswith("<!-- ") for one in lines) == 17
    trailers = subprocess.run(
        [*git, "log", "main", "--format=%(trailers:key=Actor)%(trailers:key=Explains,valueonly)"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    lines = trailers.splitlines()
    assert not [one for one in lines if one in ("Actor: cluster-admin", "0000000")]


@pytest.mark.parametrize("kind", sorted(EVIL))
def test_announcements_ping_nobody(tmp_path: Path, kind: str) -> None:
    """The feed names who changed what, what rule is broken and by which value, as plain words."""
    memory = tmp_path / "memory"
    past = Past()
    past.write(API, replicas=3)
    with past.memory(memory):
        pass
    somebody = Actor(EVIL[kind][:2_000], ActorKind.HUMAN)

    async def story() -> None:
        async with slack_world(
            memory, now=minutes(60), feeds={"most_an_hour": 2, "nudge_after": 0.0}
        ) as world:
            await world.look()
            await world.ada.says(
                '/smart remember deployment/payment-api --field replicas "never below 5 because '
                + " ".join(EVIL[kind].split())[:300].replace('"', "'")
                + '"'
            )
            for at, count in enumerate((2, 6, 7, 8), start=5):
                past.write(API, at=minutes(at), by=somebody, replicas=count)
            with past.memory(memory):
                pass
            await world.look()
            announced = [one for one in world.incidents.messages.values() if one.bot]
            assert len(announced) == 3, "two of their own, and one line for the rest"
            await world.ada.clicks(announced[0], WHY)
            assert not faults(world.slack.journal)

    run(story())


def test_the_memory_is_free_after_evil_words(tmp_path: Path) -> None:
    """Nothing that was said holds the memory or breaks it."""
    memory = a_memory(tmp_path, EVIL["trailer"])
    with open_for_writing(memory) as found:
        assert found.index.changes_between(0, None)
