"""How Slack tells of a cause that nobody saw but whoever undid it."""

from __future__ import annotations

from pathlib import Path

from built_memory import SARAH, TOM, Past, deployment, minutes

from kubectl_smart.bot.render.blocks_causes import root_line
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.questions.causes import causes

API = deployment("payment-api")


def test_the_answer_says_that_only_a_witness_tells(tmp_path: Path) -> None:
    """Who is named at the root is told on whose deed that rests, before anybody looks further."""
    past = Past()
    for at, by, count in ((-10_000, SARAH, 5), (0, TOM, 3), (10, SARAH, 5)):
        past.write(API, minutes(at), by=by, replicas=count)
    with past.memory(tmp_path / "memory") as memory:
        found = causes(
            memory.store, memory.index, ties_of(memory.index), since=minutes(-5), until=minutes(20)
        )  # fmt: skip
    line = root_line(found)
    assert line is not None
    said = "".join(getattr(span, "text", "") for span in line)
    assert said.endswith("by tom@example.com; all that tells is that sarah@example.com undid it")
