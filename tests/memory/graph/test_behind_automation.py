"""A program wrote it: the chain goes on to the commit, or the bounds, and to whose they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from built_memory import MINUTE, SARAH, TOM, Past, container, minutes, pod
from outage_story import API, JENKINS, SLOW, service, shop, slow

from kubectl_smart.memory.answers.causes import Chain, StepKind
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.causes import causes
from kubectl_smart.memory.questions.tracing import trace
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import Change, Facet, FieldEdit
from kubectl_smart.memory.records.objects import ObjectRef

Open = Callable[[Past], Memory]
ARGO = Actor("system:serviceaccount:argocd:argocd-application-controller", ActorKind.AUTOMATION)
FLUX = Actor("system:serviceaccount:flux-system:kustomize-controller", ActorKind.AUTOMATION)
HPA = Actor("system:serviceaccount:kube-system:horizontal-pod-autoscaler", ActorKind.CONTROLLER)
SCALER = ObjectRef("autoscaling", "HorizontalPodAutoscaler", "prod", "api")
APPLICATION = ObjectRef("argoproj.io", "Application", "argocd", "shop")
KUSTOMIZATION = ObjectRef("kustomize.toolkit.fluxcd.io", "Kustomization", "flux-system", "shop")
IMAGE = "spec.template.spec.containers[main].image"
TRACKED = {"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:prod/api"}}
SYNCED = minutes(SLOW)


def synced(past: Past, at: int, image: str, by: Actor = ARGO, **metadata: Any) -> Change:
    """The api as a controller writes it."""
    template = {
        "metadata": {"labels": {"app": "api"}},
        "spec": {"containers": [container("main", image)]},
    }
    return past.write(API, at, by=by, via="Argo CD sync", metadata=metadata or TRACKED,
                      selector={"matchLabels": {"app": "api"}}, template=template)  # fmt: skip


def commit(
    past: Past, at: int, image: str, by: Actor = SARAH, words: str = "api goes faster"
) -> Change:
    """What a repository declares from then on."""
    edit = FieldEdit(IMAGE, "api:1", image)
    return past.fields(API, at, edit, verb="update", by=by, facet=Facet.DECLARED, reason=words,
                       via="git commit 0123456789ab in shop")  # fmt: skip


def crashes(past: Past) -> None:
    """The new pod of the api crashes half a minute after the sync."""
    one = pod("api-9", "prod")
    past.write(one, SYNCED + MINUTE // 6, by=HPA, derived=True, owner=API)
    past.seen(one, SYNCED + MINUTE // 2, "CrashLoopBackOff", owner=API, count=9)


def traced(memory: Memory, symptom: Symptom = Symptom.RESTARTS) -> Chain:
    """The one chain."""
    answer = trace(memory.store, memory.index, ties_of(memory.index), ref=API, symptom=symptom,
                   at=SYNCED + MINUTE)  # fmt: skip
    (chain,) = answer.causes.chains
    return chain


def test_a_sync_leads_to_the_commit_and_its_author(opened: Open) -> None:
    """Argo CD carried it out; who wanted that image wrote it with a message an hour before."""
    past = shop()
    synced(past, minutes(100), "api:1")
    commit(past, SYNCED - 60 * MINUTE, "api:2")
    commit(past, SYNCED - 20 * MINUTE, "api:2-beta", by=TOM)
    synced(past, SYNCED, "api:2")
    crashes(past)
    chain = traced(opened(past))
    assert (chain.root.actor, chain.root.at) == (SARAH, SYNCED - 60 * MINUTE)
    assert chain.root.evidence == "api goes faster"
    assert chain.root.via == "git commit 0123456789ab in shop"
    kinds = {step.kind: step for step in chain.steps}
    assert kinds[StepKind.RUN].actor == ARGO
    assert APPLICATION in [step.object for step in chain.steps]


def test_what_a_person_took_back_leads_to_the_commit_behind_it(opened: Open) -> None:
    """No crash was seen: Tom undid what Argo CD had carried out, and Sarah had wanted it."""
    past = shop()
    synced(past, minutes(100), "api:1")
    commit(past, SYNCED - 20 * MINUTE, "api:2")
    synced(past, SYNCED, "api:2")
    synced(past, SYNCED + 3 * MINUTE, "api:1", by=TOM)
    memory = opened(past)
    found = causes(memory.store, memory.index, ties_of(memory.index),
                   since=SYNCED - MINUTE, until=SYNCED + 10 * MINUTE)  # fmt: skip
    (chain,) = found.chains
    assert (chain.steps[0].actor, chain.root.actor) == (TOM, SARAH)
    assert StepKind.RUN in [step.kind for step in chain.steps]


def test_of_two_commits_that_want_it_the_nearest_counts(opened: Open) -> None:
    """The one after the sync does not."""
    past = shop()
    synced(past, minutes(100), "api:1")
    commit(past, SYNCED - 90 * MINUTE, "api:2")
    commit(past, SYNCED - 5 * MINUTE, "api:2", by=TOM)
    commit(past, SYNCED + 5 * MINUTE, "api:2")
    synced(past, SYNCED, "api:2")
    crashes(past)
    root = traced(opened(past)).root
    assert (root.actor, root.at) == (TOM, SYNCED - 5 * MINUTE)


def test_a_value_that_is_put_back_names_whose_hand_it_was(opened: Open) -> None:
    """Somebody had set another image by hand; the repository had wanted this one for long."""
    past = shop()
    commit(past, minutes(90), "api:2")
    synced(past, minutes(100), "api:2")
    synced(past, SYNCED - 30 * MINUTE, "api:1", by=TOM)
    synced(past, SYNCED, "api:2")
    crashes(past)
    chain = traced(opened(past))
    assert chain.root.actor == SARAH
    assert f"{TOM.name} had set it by hand" in " ".join(step.sentence for step in chain.steps)


def labelled_by_flux(writer: Actor) -> Past:
    """Tom edits the Kustomization that the labels name; then somebody writes the workload."""
    past = shop()
    labels = {
        "kustomize.toolkit.fluxcd.io/name": "shop",
        "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
    }
    synced(past, minutes(100), "api:1", FLUX, labels=labels)
    past.write(KUSTOMIZATION, path="./v1")
    past.write(KUSTOMIZATION, SYNCED - MINUTE, by=TOM, path="./v2")
    synced(past, SYNCED, "api:2", writer, labels=labels)
    crashes(past)
    return past


def test_without_a_commit_the_kustomization_that_was_edited_counts(opened: Open) -> None:
    """Flux wrote what a person had told it a minute before; its labels say who it obeys."""
    root = traced(opened(labelled_by_flux(FLUX))).root
    assert (root.object, root.actor) == (KUSTOMIZATION, TOM)


def test_a_sync_that_was_started_by_hand_names_who_did(opened: Open) -> None:
    """What Argo CD writes into the Application when somebody presses the button."""
    past = shop()
    synced(past, minutes(100), "api:1")
    past.write(APPLICATION, project="default")
    operation = {"initiatedBy": {"username": "tom"}, "sync": {"revision": "main"}}
    past.write(APPLICATION, SYNCED - MINUTE // 6, by=ARGO, project="default",
               members={"operation": operation})  # fmt: skip
    commit(past, SYNCED - 60 * MINUTE, "api:2")
    synced(past, SYNCED, "api:2")
    crashes(past)
    chain = traced(opened(past))
    assert chain.root.actor == SARAH
    assert "tom started the sync by hand" in [step.sentence for step in chain.steps]


def test_a_pipeline_does_not_obey_what_labels_name(opened: Open) -> None:
    """Jenkins wrote past Flux: whoever edited the Kustomization has nothing to do with it."""
    root = traced(opened(labelled_by_flux(JENKINS))).root
    assert (root.object, root.actor) == (API, JENKINS)


def test_nothing_known_leaves_the_program_as_the_editor(opened: Open) -> None:
    """Whoever stands behind it is not guessed; the Application that it obeys is told."""
    past = shop()
    synced(past, minutes(100), "api:1")
    synced(past, SYNCED, "api:2")
    crashes(past)
    chain = traced(opened(past))
    assert chain.root.actor == ARGO
    assert APPLICATION in [step.object for step in chain.steps]


def scaled(past: Past, bounds: int | None) -> None:
    """The autoscaler takes pods away, after somebody set its target or long after anybody did."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}
    past.write(SCALER, scaleTargetRef=target, minReplicas=2, maxReplicas=8)
    template = {
        "metadata": {"labels": {"app": "api"}},
        "spec": {"containers": [container("main", "api:1")]},
    }
    past.write(API, minutes(100), replicas=8, template=template)
    if bounds is not None:
        past.write(SCALER, SYNCED - 40 * MINUTE, by=TOM, scaleTargetRef=target, minReplicas=1,
                   maxReplicas=bounds)  # fmt: skip
    past.write(API, SYNCED - MINUTE // 6, by=HPA, via="HorizontalPodAutoscaler", replicas=1,
               template=template)  # fmt: skip
    slow(past, service("api", "prod"), SYNCED, 80, 900)


def test_an_autoscaler_leads_to_who_edited_it(opened: Open) -> None:
    """Its least number was lowered forty minutes before it took pods away."""
    past = shop()
    scaled(past, 8)
    chain = _of_service(opened(past))
    assert (chain.root.object, chain.root.actor) == (SCALER, TOM)
    (run,) = [step for step in chain.steps if step.kind is StepKind.RUN]
    assert run.actor == HPA


def test_an_autoscaler_that_nobody_edited_acted_by_itself(opened: Open) -> None:
    """The chain says so, and names nobody."""
    past = shop()
    scaled(past, None)
    chain = _of_service(opened(past))
    assert (chain.root.object, chain.root.actor) == (API, HPA)
    assert "acted by itself, on load" in " ".join(step.sentence for step in chain.steps)


def _of_service(memory: Memory) -> Chain:
    answer = trace(
        memory.store, memory.index, ties_of(memory.index), ref=service("api", "prod"),
        symptom=Symptom.LATENCY, at=SYNCED + MINUTE,
    )  # fmt: skip
    (chain,) = answer.causes.chains
    return chain
