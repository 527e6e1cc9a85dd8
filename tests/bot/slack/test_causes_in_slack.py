"""`trace` in Slack: the chain, its evidence and its picture; nothing of what is hidden."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.built_memory import TOM, Past, container, deployment, minutes
from tests.support.outage_story import SLOW, dropped_index, serve, service, slow, workload
from tests.support.slack_world import Mode, Somebody, World, run, slack_world

GATEWAY, LEDGER = deployment("gateway", "payments"), deployment("ledger", "treasury")
HIDDEN = ("treasury", "ledger", "replicas 5")
ASKED = "trace latency api-gateway --spike=14:30"


def recorded(past: Past, folder: Path) -> Path:
    """A memory of that past."""
    with past.memory(folder / "memory"):
        pass
    return folder / "memory"


def a_ledger() -> Past:
    """The gateway of payments calls the ledger of the treasury, which is made smaller and slow."""
    past = Past()
    past.heard(minutes(-7 * 24 * 60), minutes(120))
    labels = {"app": LEDGER.name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container("main", "l:1")]}}
    selector = {"matchLabels": labels}
    past.write(LEDGER, minutes(0), replicas=5, selector=selector, template=template)
    workload(past, GATEWAY, minutes(0), LEDGER_URL="http://ledger.treasury.svc:80")
    serve(past, LEDGER, 80)
    serve(past, GATEWAY, 80)
    past.write(LEDGER, minutes(50), by=TOM, replicas=1, selector=selector, template=template)
    slow(past, service("ledger", "treasury"), minutes(59), 5, 240)
    slow(past, service("gateway", "payments"), minutes(60), 80, 900)
    return past


async def everything(world: World, person: Somebody, asked: str) -> str:
    """All that somebody can get to read about a question: answer, evidence, report, pictures."""
    await person.says(f"/smart {asked}")
    (answer,) = world.from_bot(person)
    await person.clicks(answer, "smart_evidence")
    await person.clicks(answer, "smart_report")
    read = [json.dumps([one.text, one.blocks]) for one in world.from_bot(person)]
    for file in world.workspace.files.values():
        content = b"" if file.content is None else file.content
        shown = b"" if content.startswith(b"\x89PNG") else content
        read.append(f"{file.title} {file.alt_text} {shown.decode()}")
    return "\n".join(read)


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_a_symptom_is_traced_to_its_editor(tmp_path: Path, mode: Mode) -> None:
    """The root cause and who made it in the answer, the way in the evidence, and a picture."""
    memory = recorded(dropped_index(), tmp_path)

    async def story() -> None:
        async with slack_world(memory, mode=mode, now=minutes(SLOW + 20)) as world:
            await world.ada.says(f"/smart {ASKED}")
            (answer,) = world.from_bot(world.ada)
            assert "DROP_UNUSED_INDEXES false → true" in answer.text
            assert "jenkins@prod" in answer.text
            assert "known from metric shifts" in answer.text
            (image,) = [one for one in answer.blocks if one["type"] == "image"]
            assert image["alt_text"].startswith("Causality chain of latency of prod/service api")
            assert "jenkins@prod" in image["alt_text"]
            file = world.workspace.files[image["slack_file"]["id"]]
            assert file.content is not None
            assert file.content.startswith(b"\x89PNG")

            await world.ada.clicks(answer, "smart_evidence")
            evidence = world.from_bot(world.ada)[-1]
            for said in ("calls prod/service user-service", "DB_HOST", "maintenance-job", "commit"):
                assert said in evidence.text, said
            assert world.from_bot(world.bob) == []
            assert not world.slack.journal.complaints, world.slack.journal.complaints

    run(story())


def test_a_thread_is_answered_where_it_asks(tmp_path: Path) -> None:
    """`@smart trace …` in a thread: commands cannot be used there; everybody reads it."""
    memory = recorded(dropped_index(), tmp_path)

    async def story() -> None:
        async with slack_world(memory, now=minutes(SLOW + 20)) as world:
            await world.ada.says("the gateway is slow")
            alarm = world.last_for(world.ada)
            await world.ada.replies(alarm, f"@smart {ASKED}")
            answer = world.last_for(world.bob)
            assert answer.thread_ts == alarm.ts
            assert "jenkins@prod" in answer.text
            assert [one["type"] for one in answer.blocks].count("image") == 1

    run(story())


def test_replay_shows_the_first_chain_below_its_timeline(tmp_path: Path) -> None:
    """Two pictures in one message: what happened, and why."""
    memory = recorded(dropped_index(), tmp_path)

    async def story() -> None:
        async with slack_world(memory, now=minutes(SLOW + 20)) as world:
            await world.ada.says("/smart replay outage --at 14:30 --window 2m")
            (answer,) = world.from_bot(world.ada)
            assert "root cause" in answer.text
            alts = [one["alt_text"] for one in answer.blocks if one["type"] == "image"]
            assert [one.partition(",")[0].partition(" of ")[0] for one in alts] == [
                "Timeline",
                "Root cause chain",
            ]

    run(story())


def test_a_chain_names_nothing_that_is_hidden(tmp_path: Path) -> None:
    """Who sees all of it is led to the ledger; who sees payments learns of no treasury."""
    memory = recorded(a_ledger(), tmp_path)

    async def story() -> None:
        for asked in (
            "trace latency gateway -n payments --spike=10:00",
            "replay --at 10:00 --window 30m",
        ):
            async with slack_world(memory, now=minutes(90)) as world:
                read = await everything(world, world.ada, asked)
                assert [one for one in HIDDEN if one in read] == list(HIDDEN)
            async with slack_world(memory, now=minutes(90)) as world:
                read = await everything(world, world.bob, asked)
                assert "gateway" in read
                assert not [one for one in HIDDEN if one in read], asked

    run(story())


def test_it_is_listed_where_people_look(tmp_path: Path) -> None:
    """In the help and on the app's own page, with an example."""
    memory = recorded(a_ledger(), tmp_path)

    async def story() -> None:
        async with slack_world(memory, now=minutes(90)) as world:
            await world.ada.says("/smart help")
            assert "trace latency api-gateway" in world.last_for(world.ada).text
            await world.ada.opens_home()
            page = str(world.workspace.views[world.workspace.homes[world.ada.id]].body)
            assert "trace latency api-gateway" in page

    run(story())
