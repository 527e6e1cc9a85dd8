"""Questions asked in Slack, over both wires, to the real bot and a real memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.built_memory import TOM, Past, deployment, minutes
from tests.support.slack_world import Mode, run, slack_world

API = deployment("payment-api")


def a_memory(folder: Path) -> Path:
    """payment-api went from three to five replicas."""
    past = Past()
    past.write(API, replicas=3)
    past.write(API, at=minutes(5), by=TOM, replicas=5)
    with past.memory(folder / "memory"):
        pass
    return folder / "memory"


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_why_is_answered_to_who_asks(tmp_path: Path, mode: Mode) -> None:
    """A slash command gets its answer, and only the asker sees it."""

    async def story() -> None:
        async with slack_world(a_memory(tmp_path), mode=mode, now=minutes(60)) as world:
            await world.ada.says("/smart why deployment/payment-api --replicas=5 -n payments")
            (answer,) = world.from_bot(world.ada)
            assert "tom@example.com" in answer.text
            assert "5" in answer.text
            assert answer.blocks
            assert not world.from_bot(world.bob)
            assert not world.slack.journal.complaints, world.slack.journal.complaints

    run(story())


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_evidence_is_read_out_without_marks(tmp_path: Path, mode: Mode) -> None:
    """The words of the evidence, for those who cannot see blocks, hold no tokens and no marks."""

    async def story() -> None:
        async with slack_world(a_memory(tmp_path), mode=mode, now=minutes(60)) as world:
            await world.ada.says("/smart why deployment/payment-api --replicas=5 -n payments")
            (answer,) = world.from_bot(world.ada)
            await world.ada.clicks(answer, "smart_evidence")
            evidence = world.from_bot(world.ada)[-1]
            assert "2025-11-23 09:05:00 UTC" in evidence.text
            assert not set("<>`*") & set(evidence.text)

    run(story())


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_an_answer_gets_its_picture_and_can_be_shared(tmp_path: Path, mode: Mode) -> None:
    """The picture is put into the same message; sharing posts the answer for everybody."""

    async def story() -> None:
        async with slack_world(a_memory(tmp_path), mode=mode, now=minutes(60)) as world:
            await world.ada.says("/smart why deployment/payment-api --replicas=5 -n payments")
            (answer,) = world.from_bot(world.ada)
            (image,) = [one for one in answer.blocks if one["type"] == "image"]
            file = world.workspace.files[image["slack_file"]["id"]]
            assert file.content is not None
            assert file.content.startswith(b"\x89PNG")
            assert "Decision history" in image["alt_text"]
            assert world.from_bot(world.bob) == []

            await world.ada.clicks(answer, "smart_share")
            (shared,) = world.from_bot(world.bob)
            assert "tom@example.com" in shared.text
            assert f"<@{world.ada.id}>" not in str(shared.blocks)

    run(story())
