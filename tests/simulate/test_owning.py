"""Orphans and who adopts them, and pods that are let go because of their labels."""

from __future__ import annotations

from typing import Any

import pytest
from made_snapshots import (
    REVISION,
    daemon,
    deployment,
    node,
    of,
    pod,
    run,
    service,
    stateful,
    template,
)

from kubectl_smart.simulate.answers.model import Answer
from kubectl_smart.simulate.answers.toll import toll

NODES = [node("one"), node("two")]
HASH = "pod-template-hash"


def marked(name: str, places: list[str]) -> list[dict[str, Any]]:
    """A daemon whose pods bear the mark of its template, as the controller writes it."""
    above, *pods = daemon(name, places)
    for one in pods:
        one["metadata"]["labels"] = {**one["metadata"]["labels"], REVISION: "5f9c"}
    return [above, *pods]


MADE = {"deployment": deployment, "statefulset": stateful, "daemonset": marked}


def outcomes(answer: Answer) -> dict[str, str]:
    """What became of each pod."""
    return {one.name: one.outcome for one in answer.pods}


def written(raw: dict[str, Any]) -> dict[str, Any]:
    """An object as somebody has it in a file."""
    kept = {key: raw["metadata"].get(key) for key in ("name", "namespace", "labels")}
    return {key: raw[key] for key in ("apiVersion", "kind", "spec")} | {"metadata": kept}


def test_an_orphaned_replica_set_goes_on() -> None:
    """The Deployment is gone and its pods are not: nothing is down, and they are made again."""
    objects = [*NODES, *deployment("web", ["one", "two"])]
    orphan = "kubectl delete deployment web -n shop --cascade=orphan"
    answer = run(objects, orphan)
    assert outcomes(answer) == {"web-1-0": "kept", "web-1-1": "kept"}
    assert toll(answer).down == ()
    assert answer.lost == ()
    again = run(objects, orphan, "kubectl delete node one")
    assert len(of(again, "web-1")) == 2
    assert toll(again).down == ()


def test_orphaned_pods_are_made_again_by_nobody() -> None:
    """Who deletes the node afterwards loses them."""
    answer = run(
        [*NODES, *stateful("db", ["one", "two"])],
        "kubectl delete statefulset db -n shop --cascade=orphan",
        "kubectl delete node one",
    )
    assert outcomes(answer) == {"db-1": "kept"}
    assert [(one.pod, one.what) for one in answer.lost] == [("db-0", "pod")]


@pytest.mark.parametrize("kind", ["deployment", "statefulset", "daemonset"])
def test_who_comes_again_adopts_them(kind: str) -> None:
    """The same object is applied after it was deleted without its pods: all of them stay."""
    objects = MADE[kind]("web", ["one", "two"])
    answer = run(
        [*NODES, *objects],
        f"kubectl delete {kind} web -n shop --cascade=orphan",
        "kubectl apply -f web.json",
        files={"web.json": written(objects[0])},
    )
    assert set(outcomes(answer).values()) == {"kept"}
    assert len(of(answer, "web")) == 2
    assert len(answer.pods) == 2
    assert toll(answer).down == ()


@pytest.mark.parametrize("kind", ["deployment", "statefulset", "daemonset"])
def test_who_comes_again_with_another_template_replaces_them(kind: str) -> None:
    """What was orphaned is adopted, and rolled over to the new template."""
    objects = MADE[kind]("web", ["one", "two"])
    other = written(objects[0])
    other["spec"] = {**other["spec"], "template": template("web", "200m")}
    answer = run(
        [*NODES, *objects],
        f"kubectl delete {kind} web -n shop --cascade=orphan",
        "kubectl apply -f web.json",
        files={"web.json": other},
    )
    assert set(outcomes(answer).values()) == {"placed"}
    assert len(of(answer, "web")) == len(answer.pods) == 2


def test_a_deployment_gives_its_new_replica_set_the_old_pods() -> None:
    """Only the ReplicaSet was deleted, without its pods: the next has the same letters."""
    body = template("web")
    body["metadata"]["labels"][HASH] = "abc"
    above, below, *pods = deployment("web", ["one", "two"], template("web"))
    below["metadata"]["labels"] = dict(body["metadata"]["labels"])
    below["spec"].update(template=body, selector={"matchLabels": body["metadata"]["labels"]})
    for one in pods:
        one["metadata"]["labels"] = dict(body["metadata"]["labels"])
    answer = run([*NODES, above, below, *pods], "kubectl delete rs web-1 -n shop --cascade=orphan")
    assert outcomes(answer) == {"web-1-0": "kept", "web-1-1": "kept"}
    assert len(of(answer, "web")) == 2


ASIDE = "kubectl label pod web-1-0 -n shop app=broken --overwrite"
BACK = "kubectl label pod web-1-0 -n shop app=web --overwrite"


def test_a_pod_that_is_labelled_otherwise_is_let_go_and_replaced() -> None:
    """It stays aside to be looked at; its service has a new one instead."""
    answer = run([*NODES, *deployment("web", ["one", "two"]), service("web")], ASIDE)
    assert len(of(answer, "web")) == 2
    aside = next(one for one in answer.pods if one.name == "web-1-0")
    assert (aside.owner, aside.outcome) == (None, "kept")
    assert answer.services[0].after == 2
    assert answer.lost == ()


def test_a_pod_that_is_labelled_back_is_one_too_many() -> None:
    """It is adopted again, and one of three goes."""
    answer = run([*NODES, *deployment("web", ["one", "two"])], ASIDE, BACK)
    assert len(of(answer, "web")) == 2
    assert len(answer.pods) == 2


def test_a_pod_somebody_makes_is_taken_by_who_chooses_it() -> None:
    """It has the labels of a ReplicaSet: of three the youngest goes again."""
    answer = run(
        [*NODES, *deployment("web", ["one", "two"])],
        "kubectl apply -f pod.json",
        files={"pod.json": written(pod("mine", template("web"), None))},
    )
    assert sorted(outcomes(answer)) == ["web-1-0", "web-1-1"]


@pytest.mark.parametrize(("flag", "left"), [("", []), (" --cascade=orphan", ["load-0"])])
def test_a_job_is_deleted_with_its_pods_or_without(flag: str, left: list[str]) -> None:
    """Orphaned pods go on with their work, and nobody counts it."""
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "load", "namespace": "shop", "uid": "uid-Job-load"},
        "spec": {"template": template("load"), "completions": 1, "parallelism": 1},
        "status": {},
    }
    mine = pod("load-0", template("load"), "one", ("Job", "load"))
    answer = run([*NODES, job, mine], f"kubectl delete job load -n shop{flag}")
    assert list(outcomes(answer)) == left


def test_a_name_that_is_let_go_is_needed_until_the_pod_is_gone() -> None:
    """A stateful set cannot replace a pod that it has released: its name is taken."""
    aside = "kubectl label pod db-0 -n shop app=broken --overwrite"
    objects = [*NODES, *stateful("db", ["one", "two"])]
    assert [one.name for one in of(run(objects, aside), "db")] == ["db-1"]
    answer = run(objects, aside, "kubectl delete pod db-0 -n shop")
    assert [one.name for one in of(answer, "db")] == ["db-0", "db-1"]


def test_a_daemons_pod_that_is_let_go_is_replaced_on_its_node() -> None:
    """The node has none of the daemon's any more."""
    answer = run(
        [*NODES, *daemon("agent", ["one", "two"])],
        "kubectl label pod agent-one -n shop app=broken --overwrite",
    )
    assert sorted((one.node or "", one.outcome) for one in of(answer, "agent")) == [
        ("one", "placed"),
        ("two", "kept"),
    ]
