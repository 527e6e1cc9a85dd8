"""What holds for every simulated cluster, whatever is done to it."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_snapshots import Object, daemon, deployment, node, pod, run, stateful, template

from kubectl_smart.bot.render.simulation_document import simulation
from kubectl_smart.simulate.answers.model import Answer
from kubectl_smart.simulate.cluster.store import load
from kubectl_smart.simulate.scheduling.board import Board
from kubectl_smart.simulate.scheduling.headroom import of_one
from kubectl_smart.simulate.scheduling.plugins import balanced_allocation, node_resources_fit
from kubectl_smart.simulate.scheduling.scheduler import Scheduler

_ZONE = "topology.kubernetes.io/zone"
_HOST = "kubernetes.io/hostname"
_TAINT = {"key": "dedicated", "value": "db", "effect": "NoSchedule"}


def _apart(app: str, key: str) -> dict[str, Any]:
    term = {"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": key}
    return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


@st.composite
def clusters(draw: st.DrawFn) -> list[Object]:
    """Two to six nodes; workloads whose pods are all pending, so that the scheduler places them."""
    names = [f"node-{place}" for place in range(draw(st.integers(2, 6)))]
    found: list[Object] = []
    for place, name in enumerate(names):
        taints = {"taints": [_TAINT]} if draw(st.integers(0, 4)) == 0 else {}
        cpu = draw(st.sampled_from(("1", "2", "4")))
        found.append(node(name, cpu, zone=f"z{place % 3}", **taints))
    for number in range(draw(st.integers(1, 5))):
        app = f"app-{number}"
        spec: dict[str, Any] = {}
        match draw(st.integers(0, 5)):
            case 0:
                spec["affinity"] = _apart(app, _HOST)
            case 1:
                spec["affinity"] = _apart(app, _ZONE)
            case 2:
                spec["nodeSelector"] = {_ZONE: "z1"}
            case 3:
                spec["tolerations"] = [{"key": "dedicated", "operator": "Exists"}]
        body = template(app, draw(st.sampled_from(("100m", "300m", "900m"))), **spec)
        if draw(st.booleans()):
            port = {"containerPort": 80, "hostPort": 8080}
            body["spec"]["containers"][0]["ports"] = [port]
        places = [None] * draw(st.integers(1, 5))
        make = deployment if number == 0 else draw(st.sampled_from((deployment, stateful)))
        more = {"podManagementPolicy": "Parallel"} if make is stateful else {}
        found += make(app, places, body, **more)
    if draw(st.booleans()):
        found += daemon("agent", ())
    return found


commands = st.sampled_from(
    (
        "kubectl delete node node-1",
        "kubectl drain node-0 --ignore-daemonsets --force --delete-emptydir-data --timeout=30s",
        "kubectl cordon node-1",
        "kubectl taint node node-0 gone=now:NoExecute",
        "kubectl scale deployment app-0 -n shop --replicas=7",
        "kubectl delete pods -n shop --all --wait=false",
    )
)


def _nodes(objects: list[Object]) -> dict[str, Object]:
    return {one["metadata"]["name"]: one for one in objects if one["kind"] == "Node"}


def _templates(objects: list[Object]) -> dict[str, Object]:
    return {
        one["metadata"]["name"]: one["spec"]["template"]
        for one in objects
        if one["kind"] in ("Deployment", "StatefulSet", "DaemonSet")
    }


def _on(answer: Answer) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in answer.pods:
        if one.node is not None and one.owner is not None:
            found.setdefault(one.node, []).append(one.owner[1])
    return found


def _milli(text: str) -> int:
    return int(text[:-1]) if text.endswith("m") else int(text) * 1000


def _counts(answer: Answer) -> Counter[tuple[str, bool]]:
    return Counter(
        (one.owner[1] if one.owner else one.name, one.node is None) for one in answer.pods
    )


@given(clusters(), commands)
def test_nothing_is_bound_beyond_what_a_node_has(objects: list[Object], line: str) -> None:
    """The processors asked for on a node are never more than it has."""
    nodes, templates = _nodes(objects), _templates(objects)
    for name, owners in _on(run(objects, line)).items():
        if name not in nodes:
            continue
        asked = sum(
            _milli(templates[one]["spec"]["containers"][0]["resources"]["requests"]["cpu"])
            for one in owners
        )
        assert asked <= _milli(nodes[name]["status"]["allocatable"]["cpu"])


@given(clusters(), commands)
def test_no_required_rule_is_broken(objects: list[Object], line: str) -> None:
    """Selectors, taints, anti-affinity and ports of the node hold for all pods placed."""
    nodes, templates = _nodes(objects), _templates(objects)
    answer = run(objects, line)
    for name, owners in _on(answer).items():
        if name not in nodes:
            continue
        zone = nodes[name]["metadata"]["labels"][_ZONE]
        ported = 0
        for one in owners:
            spec = templates[one]["spec"]
            assert spec.get("nodeSelector", {}).get(_ZONE, zone) == zone
            if nodes[name]["spec"].get("taints"):
                assert spec.get("tolerations")
            ported += bool(spec["containers"][0].get("ports"))
            if spec.get("affinity") == _apart(one, _HOST):
                assert owners.count(one) == 1
        assert ported <= 1
    for app, body in templates.items():
        if body["spec"].get("affinity") == _apart(app, _ZONE):
            zones = [
                nodes[one.node]["metadata"]["labels"][_ZONE]
                for one in answer.pods
                if one.owner is not None and one.owner[1] == app and one.node in nodes
            ]
            assert len(zones) == len(set(zones))


@given(clusters(), commands)
def test_pods_are_conserved(objects: list[Object], line: str) -> None:
    """In the end every workload has as many pods as it asks for, placed or pending."""
    answer = run(objects, line)
    wanted = {
        (one["kind"], one["metadata"]["name"]): one["spec"]["replicas"]
        for one in objects
        if one["kind"] in ("Deployment", "StatefulSet")
    }
    if "scale" in line and ("Deployment", "app-0") in wanted:
        wanted["Deployment", "app-0"] = 7
    found = Counter(one.owner for one in answer.pods)
    assert {key: found[key] for key in wanted} == wanted


@given(clusters())
def test_a_command_that_changes_nothing_changes_nothing(objects: list[Object]) -> None:
    """A second cordon, or a scale to what is there, leaves everything as one leaves it."""
    once = run(objects, "kubectl cordon node-0")
    twice = run(objects, "kubectl cordon node-0", "kubectl cordon node-0")
    assert [one[:5] for one in once.pods] == [one[:5] for one in twice.pods]


@given(clusters(), commands, st.integers(0, 3))
def test_the_same_seed_is_the_same_answer(objects: list[Object], line: str, seed: int) -> None:
    """Two runs with one seed agree in everything."""
    assert simulation(run(objects, line, seed=seed)) == simulation(run(objects, line, seed=seed))


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_names_and_order_of_nodes_do_not_matter(seed: int, replicas: int) -> None:
    """Where no two nodes are alike, renaming and shuffling them moves no pod to another size."""
    sizes = ["1", "2", "3", "5", "7"]
    body = template("app", "300m")
    draw = random.Random(seed)
    names = [f"n{draw.randrange(10**6)}" for _ in sizes]
    one = [node(f"node-{cpu}", cpu) for cpu in sizes]
    other = [node(name, cpu) for name, cpu in zip(names, sizes, strict=True)]
    draw.shuffle(other)
    bare = [pod("lonely", template("lonely", "700m"), None)]
    workload = deployment("app", [None] * replicas, body)
    first = run([*one, *workload, *bare], "kubectl cordon node-1")
    cordoned = next(name for name, cpu in zip(names, sizes, strict=True) if cpu == "1")
    second = run([*other, *workload, *bare], f"kubectl cordon {cordoned}")
    size = {f"node-{cpu}": cpu for cpu in sizes} | dict(zip(names, sizes, strict=True))
    ties = any(item.tied for item in (*first.pods, *second.pods))
    if not ties:
        assert Counter(size.get(item.node or "") for item in first.pods) == Counter(
            size.get(item.node or "") for item in second.pods
        )
    assert _counts(first) == _counts(second)


def _ranked(objects: list[Object], ranks: list[int]) -> list[Object]:
    """The same, with a priority for the pods of each app."""
    for one in objects:
        body = one if one["kind"] == "Pod" else one["spec"].get("template")
        if body is not None:
            number = sum(map(ord, body["metadata"]["labels"]["app"]))
            body["spec"] = {**body["spec"], "priority": ranks[number % len(ranks)]}
    return objects


@given(clusters(), st.lists(st.integers(0, 2), min_size=1, max_size=4), commands)
def test_what_is_said_of_a_pod_holds_for_its_like(
    objects: list[Object], ranks: list[int], line: str
) -> None:
    """Trying every pod that is like one turned down just before changes nothing of the answer."""
    objects = _ranked(objects, ranks)
    spared = simulation(run(objects, line))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scheduler, "attempt", Scheduler._decide)
        assert simulation(run(objects, line)) == spared


@given(
    st.lists(
        st.tuples(
            st.sampled_from((0, 900, 4_000, 4_001)), st.integers(0, 9_000), st.integers(0, 5)
        ),
        min_size=1,
        max_size=9,
    ),
    st.sampled_from(("0", "1m", "333m", "2")),
    st.sampled_from(("0", "1", "77Mi", "5Gi")),
)
def test_a_node_by_itself_scores_as_among_many(
    nodes: list[tuple[int, int, int]], cpu: str, memory: str
) -> None:
    """What is free on one node, and its scores, do not depend on how many are looked at."""
    body = template("app")
    body["spec"]["containers"][0]["resources"]["requests"] = {"cpu": cpu, "memory": memory}
    cluster = load([pod("one", body, None)])
    board = Board({})
    profile = board.profile(cluster.pods["shop", "one"].shape)
    for place, (size, used, pods) in enumerate(nodes):
        board.add_node(node(f"node-{place}"), ())
        board.allocatable[0, place] = size
        board.used[:2, place] = used, used * 1_000_003
        board.scored[:, place] = used + pods, used * 2_000_003
        board.count[place] = 109 if pods else 110
    slots = np.arange(len(nodes))
    scores = node_resources_fit.WEIGHT * node_resources_fit.score(board, profile, slots)
    balance = balanced_allocation.score(board, profile, slots)
    if balance is not None:
        scores = scores + balanced_allocation.WEIGHT * balance
    short = node_resources_fit.fails(board, profile, slots)
    assert [of_one(board, profile, slot) for slot in slots.tolist()] == list(
        zip(short.tolist(), scores.tolist(), strict=True)
    )
