"""A simulation as a message for Slack."""

from __future__ import annotations

from datetime import UTC

import pytest
from frail_cluster import frail_cluster
from made_answers import HOSTILE
from made_snapshots import deployment, node, run, service
from slack_limits import check

from kubectl_smart.bot.render.blocks_simulation import simulation


def test_a_large_impact_stays_within_slacks_limits() -> None:
    """Hundreds of stages, workloads and services; what has no room is counted."""
    objects = [node("one", "999"), node("two", "1")]
    objects[0]["status"]["allocatable"]["pods"] = "2000"
    for at in range(120):
        name = f"a-rather-long-name-of-a-workload-{at}"
        objects += [*deployment(name, ["one"] * 2), service(name)]
    found = simulation(run(objects, "kubectl delete node one"), UTC, "handle")
    check(found)
    assert "(+" in found.text
    assert len(found.evidence) > 1


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_do_no_harm(text: str) -> None:
    """Whatever an answer holds."""
    answer = run(frail_cluster(), "kubectl delete node two")
    said = answer.commands[0]._replace(text=text, refused=(text,))
    stages = tuple(one._replace(detail=text) for one in answer.stages)
    lost = tuple(one._replace(detail=text) for one in answer.lost)
    pods = tuple(one._replace(message=text) for one in answer.pods)
    answer = answer._replace(commands=(said,), stages=stages, lost=lost, pods=pods)
    check(simulation(answer, UTC, "handle"))


def test_a_rollout_that_fails_is_told() -> None:
    """With when and why, and nothing is said to be well."""
    objects = [
        node("one", "2"),
        *deployment("web", ["one"] * 4, progressDeadlineSeconds=60),
    ]
    line = "kubectl set resources deployment web -n shop -c main --requests=cpu=3"
    found = simulation(run(objects, line), UTC, "handle")
    check(found)
    assert "failed: shop/deployment/web at 6" in found.text
    assert "(ProgressDeadlineExceeded)" in found.text


def test_nothing_is_told_as_nothing() -> None:
    """In words, without a picture."""
    found = simulation(run(frail_cluster(), "kubectl delete node three"), UTC, "handle")
    check(found)
    assert "nothing happens to any pod" in found.text
    assert found.picture is None
