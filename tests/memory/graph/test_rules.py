"""The list of rules is what acts: nothing can show up in an answer that it does not hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from built_memory import Past, minutes
from outage_story import SLOW, dropped_index, service

from kubectl_smart.memory.graph import reach as reach_module
from kubectl_smart.memory.graph.change_classes import EFFECTS, Class
from kubectl_smart.memory.graph.node_neighbours import EFFECTS as BESIDE_EFFECTS
from kubectl_smart.memory.graph.reach import IN, OUT, Tie, Way, reach
from kubectl_smart.memory.graph.rules import CausalRule, causal_rules
from kubectl_smart.memory.graph.symptoms import KINDS, Symptom
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.graph.weighing import RULES
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.tracing import trace
from kubectl_smart.memory.records.links import LINKS
from kubectl_smart.memory.records.objects import ObjectRef

NAMES = {one.name: one for one in causal_rules()}
A, B = ObjectRef("", "Service", "shop", "a"), ObjectRef("", "Service", "shop", "b")
JOB, CRON = ObjectRef("batch", "Job", "shop", "j"), ObjectRef("batch", "CronJob", "shop", "c")
ACCOUNT = ObjectRef("", "ServiceAccount", "shop", "s")


def listed(group: str) -> list[CausalRule]:
    """The rules of a group."""
    return [one for one in causal_rules() if one.group == group]


def test_each_rule_has_a_name_of_its_own_and_says_something() -> None:
    """And the version that stands in answers."""
    assert len(NAMES) == len(causal_rules())
    assert all(one.says and one.source for one in causal_rules())
    assert all(one.version in (RULES, LINKS) for one in causal_rules())


def test_each_rule_of_links_is_listed_with_its_confidence() -> None:
    """Those that are weighed when they are asked for have none of their own."""
    assert {one.name: one.weights for one in listed("link")} == {
        "link rollout": {"": 1.0},
        "link replicas": {"": 1.0},
        "link replaced": {"": 1.0},
        "link reduced": {"": 1.0},
        "link ended": {"": 1.0},
        "link collected": {"": 1.0},
        "link node": {"": 1.0},
        "link autoscaled": {"": 1.0},
        "link declared": {"": 0.8},
        "link started": {"": 0.8},
        "link topology": {},
        "link temporal": {},
        "link learnt": {},
    }


@pytest.mark.parametrize("one", Class)
def test_each_class_of_change_is_listed_with_its_weights(one: Class) -> None:
    """Those of the table, kind by kind."""
    assert NAMES[f"effect {one.value}"].weights == {
        symptom.value: weight for symptom, weight in EFFECTS[one].items()
    }


def walked(near: ObjectRef, far: ObjectRef, tie: Tie) -> float:
    """The weight of the step from one to the other."""
    return reach(near, lambda _: [tie], Symptom.LATENCY)[far].weight


@pytest.mark.parametrize("kind", sorted({*OUT, *IN}))
def test_each_step_is_listed_with_its_weight(kind: str) -> None:
    """Walked either way; what cannot be walked is not listed."""
    end = ACCOUNT if kind == "binds" else B  # only what an account is granted leads back
    tie, there = Tie(A, end, kind, "", "configuration"), Tie(A, B, kind, "", "configuration")
    out, back = NAMES.get(f"way {kind}"), NAMES.get(f"way back {kind}")
    assert (out is None, back is None) == (kind not in OUT, kind not in IN)
    if out is not None:
        assert out.weights == {"": pytest.approx(walked(A, B, there))}
    if back is not None:
        assert back.weights == {"": pytest.approx(walked(end, A, tie))}


def test_steps_to_jobs_are_listed_with_their_weights() -> None:
    """A job that touches a service, and a run of a CronJob."""
    touches = walked(A, JOB, Tie(JOB, A, "calls", "", "configuration"))
    assert NAMES["way touches"].weights == {"": pytest.approx(touches)}
    run = walked(CRON, JOB, Tie(JOB, CRON, "owned by", "", "configuration"))
    assert NAMES["way run of"].weights == {"": pytest.approx(run)}


def test_no_way_is_missing() -> None:
    """Every Way of the module, wherever it is kept, is in the list."""
    every: list[Way] = []
    for value in vars(reach_module).values():
        if isinstance(value, Way):
            every.append(value)
        elif isinstance(value, dict):
            every += [one for one in value.values() if isinstance(one, Way)]
    said = {one.says.removesuffix("; it ends there") for one in listed("way")}
    assert {f"from A to B where {one.words.format(near='A', far='B')}" for one in every} == said


@pytest.mark.parametrize("reason", sorted(KINDS))
def test_each_reason_is_listed_under_its_symptom(reason: str) -> None:
    """Once, and nowhere else."""
    rules = [one for one in listed("symptom") if reason in one.says.split(", ")]
    assert [one.name for one in rules] == [f"symptom {KINDS[reason].value}"]


@pytest.mark.parametrize("one", sorted(BESIDE_EFFECTS))
def test_what_a_neighbour_can_do_is_listed(one: Class) -> None:
    """With the weight by which it acts."""
    assert NAMES[f"beside {one.value}"].weights == {"": BESIDE_EFFECTS[one]}


def test_each_number_of_an_answer_is_listed(opened: Callable[[Past], Memory]) -> None:
    """The factors of a real chain are names or groups of rules."""
    memory = opened(dropped_index())
    answer = trace(
        memory.store, memory.index, ties_of(memory.index),
        ref=service("api-gateway", "prod"), symptom=Symptom.LATENCY, at=minutes(SLOW),
    )  # fmt: skip
    groups = {one.group for one in causal_rules()}
    factors = {one.name for chain in answer.causes.chains for one in chain.factors}
    assert {"way", "effect", "taken", "time", "record"} <= factors
    assert factors <= groups
    assert answer.causes.rules == RULES


def test_what_a_repository_declares_is_no_rule_of_kubernetes() -> None:
    """That automation wrote it within the hour is a judgement; what controllers make is not."""
    assert "controllers of Kubernetes" not in NAMES["link declared"].source
    assert "controllers of Kubernetes" in NAMES["link rollout"].source
