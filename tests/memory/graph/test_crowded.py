"""Of an object that is changed without end only the newest changes are looked at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from built_memory import Past, minutes
from outage_story import GATEWAY, MAINTENANCE, SLOW, dropped_index, service

from kubectl_smart.memory.answers.causes import Causes, Cut
from kubectl_smart.memory.graph import around
from kubectl_smart.memory.graph.symptoms import Symptom, episodes
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.causes import around_all, causes, judge
from kubectl_smart.memory.questions.tracing import trace
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.objects import ObjectRef

Open = Callable[[Past], Memory]
SCALER = ObjectRef("autoscaling", "HorizontalPodAutoscaler", "prod", "api-gateway")
OPERATOR = Actor("system:serviceaccount:operators:scaling", ActorKind.AUTOMATION)
TIMES = 60


def crowded() -> Past:
    """The dropped index, and an operator that wrote an autoscaler's bounds every minute before."""
    past = dropped_index()
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": GATEWAY.name}
    for number in range(TIMES):
        past.write(SCALER, minutes(SLOW - TIMES + number), by=OPERATOR, scaleTargetRef=target,
                   maxReplicas=100 - number)  # fmt: skip
    return past


def traced(memory: Memory) -> Causes:
    """`trace latency api-gateway`."""
    return trace(
        memory.store, memory.index, ties_of(memory.index), ref=service("api-gateway", "prod"),
        symptom=Symptom.LATENCY, at=minutes(SLOW + 7),
    ).causes  # fmt: skip


def test_the_newest_are_looked_at_and_the_answer_says_so(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of sixty changes twenty; the cause is found as before."""
    memory = opened(crowded())
    assert traced(memory).cut == ()
    monkeypatch.setattr(around, "MOST_CHANGES", 20)
    found = traced(memory)
    assert found.cut == (Cut(object=SCALER, looked_at=20, of=TIMES),)
    assert [one.root.object for one in found.chains] == [MAINTENANCE]


def test_those_left_out_still_count_in_how_often_such_changes_come(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the few that are looked at would seem rare, and be accused for it."""
    memory = opened(crowded())
    whole = _others(memory)
    monkeypatch.setattr(around, "MOST_CHANGES", 20)
    assert whole >= TIMES - 1
    assert abs(_others(memory) - whole) <= 3


def _others(memory: Memory) -> int:
    """How many changes count as suspicious as the last one of the operator."""
    seen = memory.index.observations(minutes(SLOW), warnings_only=True)
    (trouble,) = [one for one in episodes(seen) if one.object.name == "api-gateway"]
    judged = judge(
        around_all(memory.store, memory.index, [trouble]), ties_of(memory.index), trouble
    )
    every = (*judged.suspects.strongest, *judged.suspects.ruled_out)
    own = [one for one in every if one.change.object == SCALER and one.lag >= 0]
    return min(own, key=lambda one: one.lag).others


def test_pieces_of_trouble_that_are_judged_together_are_judged_as_alone(opened: Open) -> None:
    """What is read once for all of a window is for each what it would be alone."""
    memory = opened(crowded())
    window = minutes(SLOW - 10), minutes(SLOW + 10)
    together = causes(
        memory.store, memory.index, ties_of(memory.index), since=window[0], until=window[1]
    )
    assert together.troubles == 3
    alone = traced(memory).chains[0]
    (chain,) = [one for one in together.chains if one.root.object == MAINTENANCE]
    assert chain.root == alone.root
