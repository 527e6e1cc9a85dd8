"""Decisions that somebody else took back: who is suspected for that alone, and who is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from built_memory import SARAH, TOM, Past, deployment, minutes

from kubectl_smart.memory.answers.causes import Causes, StepKind
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.causes import causes
from kubectl_smart.memory.questions.incident import incident
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import Facet, FieldEdit
from kubectl_smart.memory.records.objects import ObjectRef

Opened = Callable[[Past], Memory]
API = deployment("payment-api")
ARGO = Actor("system:serviceaccount:argocd:argocd-application-controller", ActorKind.AUTOMATION)
LONG_AGO = minutes(-10_000)


def scaled(*counts: int, apart: float = 10, undone_by: Actor = SARAH, done_by: Actor = TOM) -> Past:
    """A week of nothing; then these counts, so many minutes apart; the last by somebody else."""
    past = Past()
    past.write(API, LONG_AGO, by=ARGO, replicas=counts[0])
    for number, count in enumerate(counts[1:]):
        last = number == len(counts) - 2
        past.write(API, minutes(number * apart), by=undone_by if last else done_by, replicas=count)
    return past


def window(memory: Memory, low: float = -60, high: float = 1_000) -> Causes:
    """What caused what, in minutes after START."""
    index = memory.index
    return causes(
        memory.store, index, ties_of(index), since=minutes(low), until=minutes(high)
    )  # fmt: skip


def test_a_person_who_undoes_it_soon_is_a_witness(opened: Opened) -> None:
    """Five became three, and ten minutes later five: whoever made it three is at the root."""
    past = scaled(5, 3, 5)
    past.note(minutes(12), "latency spike; the provider's SLA requires 5", about=API, by=SARAH,
              explains=past.records[-1].id)  # fmt: skip
    found = window(opened(past))

    (chain,) = found.chains
    assert (chain.root.object, chain.root.actor, chain.root.at) == (API, TOM, minutes(0))
    witness = chain.steps[0]
    assert (witness.kind, witness.actor, witness.at) == (StepKind.SYMPTOM, SARAH, minutes(10))
    assert [one.text for one in witness.reasons] == ["latency spike; the provider's SLA requires 5"]
    assert "no other trouble of it is known" in witness.evidence
    assert chain.score >= 0.75
    assert any("spec.replicas" in one for one in chain.prevention)
    assert found.troubles == 0


def test_it_belongs_to_the_window_in_which_it_was_undone(opened: Opened) -> None:
    """Whoever asks about the time of the witness hears of what was decided before."""
    past = scaled(5, 3, 5)
    past.write(API, minutes(12), by=SARAH, replicas=5, paused=True)
    memory = opened(past)

    assert [one.root.actor for one in window(memory, 5, 15).chains] == [TOM]
    assert window(memory, 5, 15).taken_back == ()
    assert window(memory, -5, 5).chains == ()
    assert window(memory, 11, 15).chains == ()


@pytest.mark.parametrize(
    ("past", "why"),
    [
        (scaled(5, 3, 5, apart=600), "it stood for ten hours"),
        (scaled(5, 3, 5, undone_by=ARGO), "a program that puts back what a file says"),
        (scaled(5, 3, 5, undone_by=TOM), "whoever did it undid it"),
        (scaled(3, 8, 3), "it gave more, and was no longer needed"),
        (scaled(5, 3, 4), "it was not set to what it was before"),
        (scaled(5, 4, 5, 3, 5, 2, 5, 4, 5, 3, 5), "it is set every ten minutes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_undone_for_other_reasons_accuses_nobody(
    opened: Opened, past: Past, why: str
) -> None:
    """Late, by itself, by a program, or where the field goes up and down all day."""
    assert window(opened(past)).chains == (), why


def test_a_cordon_that_somebody_else_ends_accuses_nobody(opened: Opened) -> None:
    """It is meant to pass."""
    past = Past()
    node = API.__class__("", "Node", "", "worker-1")
    past.write(node, LONG_AGO, by=ARGO, unschedulable=False)
    past.write(node, minutes(0), by=TOM, unschedulable=True)
    past.write(node, minutes(10), by=SARAH, unschedulable=False)
    found = window(opened(past))

    assert found.chains == ()
    assert len(found.taken_back) == 1


@pytest.mark.parametrize(
    ("kind", "field"),
    [("apps/Deployment", "paused"), ("kustomize.toolkit.fluxcd.io/Kustomization", "suspend")],
)
def test_what_somebody_lets_go_on_accuses_nobody(opened: Opened, kind: str, field: str) -> None:
    """A rollout or a reconciliation is held up for a while, and a colleague ends it."""
    past = Past()
    ref = ObjectRef(*kind.split("/"), "payments", "app")
    for at, by, held in ((-10_000, ARGO, False), (0, TOM, True), (3, SARAH, False)):
        past.write(ref, minutes(at), by=by, **{field: held})
    found = window(opened(past))

    assert found.chains == ()
    assert len(found.taken_back) == 1


def test_a_commit_that_is_reverted_before_it_is_applied_accuses_nobody(opened: Opened) -> None:
    """A repository declared three for ten minutes; the cluster never had them."""
    past = scaled(5)
    for at, by, edit in (
        (0, TOM, FieldEdit("spec.replicas", 5, 3)),
        (10, SARAH, FieldEdit("spec.replicas", 3, 5)),
    ):
        past.fields(API, minutes(at), edit, by=by, facet=Facet.DECLARED)
    found = window(opened(past))

    assert found.chains == ()
    assert len(found.taken_back) == 1


def test_an_incident_without_warnings_has_it_as_its_cause(opened: Opened) -> None:
    """Nothing was seen but that somebody undid it; the incident names the object."""
    past = scaled(5, 3, 5)
    past.incident(minutes(5), "2025-11-23-odd", "Payments are odd", "deployment/payment-api\n")
    memory = opened(past)
    answer = incident(memory.store, memory.index, "2025-11-23-odd", now=minutes(30))

    assert [one.root.actor for one in answer.root_causes] == [TOM]
