"""Whole answers as Slack gets them, as they were once found good.

After a change that is meant: GOLDEN=write pytest tests/acceptance
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from slack_limits import check

from kubectl_smart.bot.cli.main import run
from kubectl_smart.bot.grammar.objects import find_object, split_name
from kubectl_smart.bot.render import blocks, blocks_trace
from kubectl_smart.bot.render.messages import Message, Sketch
from kubectl_smart.bot.slack.faces import message_of
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.opening import Memory, open_memory
from kubectl_smart.memory.questions.dependencies import dependencies
from kubectl_smart.memory.questions.log import log, show
from kubectl_smart.memory.questions.past_state import difference, past_state
from kubectl_smart.memory.questions.replay import replay
from kubectl_smart.memory.questions.tracing import trace
from kubectl_smart.memory.questions.why import why
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.times import from_rfc3339

GOLDEN = Path(__file__).parents[1] / "golden"
MOMENT = from_rfc3339("2026-11-23T02:49:24Z")
SECOND = 1_000_000


def _why(memory: Memory, name: str, namespace: str, field: str, value: str | None) -> Message:
    row = find_object(memory.index, split_name((name,)), namespace)
    answer = why(memory.store, memory.index, row, field=field, value=value, since=None, until=None)
    return blocks.why(answer, UTC, "handle")


def _at_pods(memory: Memory) -> Message:
    answer = past_state(
        memory.store, memory.index, MOMENT, namespace="payments", kinds=[("", "Pod")]
    )
    return blocks.state(answer, UTC, "handle")


def _at_deployment(memory: Memory) -> Message:
    answer = past_state(
        memory.store,
        memory.index,
        MOMENT,
        namespace="payments",
        kinds=[("apps", "Deployment")],
        name="payment-api",
    )
    return blocks.state(answer, UTC, "handle")


def _at_diff(memory: Memory) -> Message:
    begin, end = from_rfc3339("2026-11-23T02:49:00Z"), from_rfc3339("2026-11-23T02:50:00Z")
    answer = difference(memory.store, memory.index, begin, end, namespace="prod", derived=False)
    return blocks.difference(answer, UTC, "handle")


def _replay(memory: Memory) -> Message:
    answer = replay(
        memory.store,
        memory.index,
        since=MOMENT - 15 * SECOND,
        until=MOMENT + 15 * SECOND,
        namespace="payments",
        at=MOMENT,
        words="outage",
    )
    return blocks.replay(answer, UTC, "handle")


def _replay_causes(memory: Memory) -> Message:
    moment = from_rfc3339("2026-11-23T02:50:46Z")
    answer = replay(
        memory.store,
        memory.index,
        since=moment - 20 * SECOND,
        until=moment + 20 * SECOND,
        namespace="prod",
        at=moment,
        words="outage",
    )
    return blocks.replay(answer, UTC, "handle")


def _trace(memory: Memory) -> Message:
    answer = trace(
        memory.store,
        memory.index,
        ties_of(memory.index),
        ref=ObjectRef("", "Service", "prod", "api-gateway"),
        symptom=Symptom.LATENCY,
        at=from_rfc3339("2026-11-23T02:49:00Z"),
    )
    return blocks_trace.trace(answer, UTC, "handle")


def _log(memory: Memory) -> Message:
    answer = log(
        memory.store,
        memory.index,
        ref=None,
        namespace="prod",
        actor="",
        since=None,
        until=None,
        derived=True,
        limit=10,
    )
    return blocks.log(answer, UTC, "handle")


def _show(memory: Memory) -> Message:
    return blocks.show(show(memory.store, memory.index, "895bbc6e2b51"), UTC, "handle")


def _dependencies(memory: Memory) -> Message:
    row = find_object(memory.index, split_name(("deployment/payment-api",)), "payments")
    return message_of(dependencies(memory.store, memory.index, row), UTC, "handle")


QUESTIONS: dict[str, Callable[[Memory], Message]] = {
    "why-replicas": lambda memory: _why(
        memory, "deployment/payment-api", "payments", "replicas", "5"
    ),
    "why-image": lambda memory: _why(memory, "deployment/payment-api", "payments", "image", None),
    "why-configmap": lambda memory: _why(memory, "cm/api-config", "prod", "", None),
    "at-pods": _at_pods,
    "at-deployment": _at_deployment,
    "at-diff": _at_diff,
    "replay": _replay,
    "dependencies": _dependencies,
    "replay-causes": _replay_causes,
    "trace": _trace,
    "log": _log,
    "show": _show,
}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording that comes with the package, imported."""
    folder = tmp_path_factory.mktemp("golden-slack") / "memory"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SOURCE_DATE_EPOCH", "1800000000")
        assert run(["demo", "--quiet", "--memory", str(folder)]) == 0
    return folder


def _document(message: Message) -> dict[str, Any]:
    picture = message.picture
    return {
        "text": message.text.split("\n"),
        "blocks": message.blocks,
        "evidence": message.evidence,
        "picture": None if picture is None else _picture(picture),
        **({"further": [_picture(one) for one in message.further]} if message.further else {}),
    }


def _picture(sketch: Sketch) -> dict[str, str]:
    return {"title": sketch.title, "alt": sketch.alt}


def _comparable(text: str) -> str:
    """Commit ids depend on when the memory recorded them, and on nothing in the answer."""
    text = re.sub(r"\b[0-9a-f]{12}\+[0-9a-f]{12}\b", "(memory)", text)
    return re.sub(r"\bcommit (`?)[0-9a-f]{12}\b", r"commit \1(commit)", text)


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_message_is_the_one_found_good(name: str, recorded: Path) -> None:
    """Text, blocks, thread and alt text, but for commit ids; within Slack's limits."""
    with open_memory(recorded) as memory:
        message = QUESTIONS[name](memory)
    check(message)
    written = json.dumps(_document(message), indent=1, ensure_ascii=False)
    found = _comparable(written) + "\n"
    path = GOLDEN / f"slack-{name}.json"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(found, encoding="utf-8")

    assert found == path.read_text(encoding="utf-8")
    assert message.report.startswith("# ")
