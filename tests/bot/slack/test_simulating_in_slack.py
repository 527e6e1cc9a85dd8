"""`simulate` in Slack: on the memory's newest state, with its stages as a picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.built_memory import Past, minutes
from tests.support.frail_cluster import frail_cluster
from tests.support.remembered_cluster import put_all
from tests.support.slack_world import Mode, run, slack_world

from kubectl_smart.bot import simulating
from kubectl_smart.memory.opening import open_memory
from kubectl_smart.memory.questions import past_state

LOSS = '"kubectl delete node two"'


def a_memory(folder: Path) -> Path:
    """The frail cluster, as it was heard of for twenty minutes."""
    past = Past()
    put_all(past, frail_cluster())
    past.heard(minutes(0), minutes(20))
    with past.memory(folder / "memory"):
        pass
    return folder / "memory"


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_the_impact_is_told_with_a_picture(tmp_path: Path, mode: Mode) -> None:
    """To whoever asked; the evidence has the scheduler's words."""

    async def story() -> None:
        async with slack_world(a_memory(tmp_path), mode=mode, now=minutes(60)) as world:
            await world.ada.says(f"/smart simulate {LOSS}")
            (answer,) = world.from_bot(world.ada)
            assert "Impact of kubectl delete node two (simulated, nothing was done)" in answer.text
            assert "1 pod pending: shop/deployment/cache" in answer.text
            assert "without endpoints: shop/cache" in answer.text
            assert "lost: shop/cache-1-0: emptyDir: scratch" in answer.text
            (image,) = [one for one in answer.blocks if one["type"] == "image"]
            file = world.workspace.files[image["slack_file"]["id"]]
            assert file.content is not None
            assert file.content.startswith(b"\x89PNG")
            assert "pods by state over" in image["alt_text"]
            assert world.from_bot(world.bob) == []

            await world.ada.clicks(answer, "smart_evidence")
            evidence = world.from_bot(world.ada)[-1]
            assert "0/2 nodes are available: 2 Insufficient cpu." in evidence.text
            assert not world.slack.journal.complaints, world.slack.journal.complaints

    run(story())


def test_in_an_incidents_thread_everybody_reads_it(tmp_path: Path) -> None:
    """A mention is answered in the thread, as any question is, and makes no part of the report."""
    path = a_memory(tmp_path)

    async def story() -> None:
        async with slack_world(path, now=minutes(60)) as world:
            await world.ada.says('/smart incident open "the disk of two is failing"')
            opened = world.last_for(world.ada)
            await world.ada.replies(opened, "@smart simulate drain two --force")
            answer = world.incidents.thread(opened.ts)[-1]
            assert answer.only_for is None
            assert "Impact of drain two --force" in answer.text
            assert answer in world.from_bot(world.bob)
            with open_memory(path) as memory:
                assert list(memory.index.notes()) == []

    run(story())


def test_from_an_earlier_state(tmp_path: Path) -> None:
    """--at is the instant of the memory; the answer says of which it tells."""

    async def story() -> None:
        async with slack_world(a_memory(tmp_path), now=minutes(60)) as world:
            await world.ada.says(f"/smart simulate {LOSS} --at 09:10")
            assert "the cluster as of 2025-11-23 09:10:00;" in world.last_for(world.ada).text

    run(story())


def test_a_cluster_that_is_too_large_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How large it is, and where it can be simulated."""
    monkeypatch.setattr(simulating, "MOST_PODS", 3)

    async def story() -> None:
        async with slack_world(a_memory(tmp_path), now=minutes(60)) as world:
            await world.ada.says(f"/smart simulate {LOSS}")
            told = world.last_for(world.ada).text
            assert "3 nodes and 4 pods are too many to simulate here" in told
            assert "kubectl smart simulate" in told

    def read(*_: object, **__: object) -> None:
        raise AssertionError("its states were read before it was known to be too large")

    monkeypatch.setattr(past_state, "past_state", read)
    run(story())


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("simulate", "no command is named"),
        ('simulate "kubectl apply -f everything.yaml"', "cannot be read here"),
        ('simulate "kubectl exec pod -- rm"', "exec"),
        ('simulate "kubectl delete node two" --at', "--at needs a value"),
    ],
)
def test_what_cannot_be_simulated_is_one_sentence(tmp_path: Path, typed: str, said: str) -> None:
    """With what to do next."""

    async def story() -> None:
        async with slack_world(a_memory(tmp_path), now=minutes(60)) as world:
            await world.ada.says(f"/smart {typed}")
            told = world.last_for(world.ada).text
            assert told.startswith("error: ")
            assert said in told

    run(story())


def test_who_sees_no_nodes_is_told_so(tmp_path: Path) -> None:
    """Bob sees payments only: a simulation without nodes would say that nothing fits anywhere."""

    async def story() -> None:
        async with slack_world(a_memory(tmp_path), now=minutes(60)) as world:
            await world.bob.says(f"/smart simulate {LOSS}")
            assert "no node of the cluster, or none that you may see" in (
                world.last_for(world.bob).text
            )

    run(story())
