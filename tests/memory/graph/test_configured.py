"""Edges from configuration: when they begin and end, what proves them, and what is none."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_index import PlainIndex
from wired_objects import Wired, config, deployment, minute, service, workload

from kubectl_smart.memory.graph.configured import Configured, edges_between
from kubectl_smart.memory.graph.edges import Edge
from kubectl_smart.memory.graph.intervals import both, union
from kubectl_smart.memory.index.spans import FOREVER
from kubectl_smart.memory.records.objects import ObjectRef

API, DB, CONF = deployment("api"), service("db"), config("conf")
POSTGRES = {"spec": {"ports": [{"port": 5432}], "selector": {"app": "db"}}}
CALLING = workload(env={"DB_HOST": "db"})


def told(edges: list[Edge]) -> list[tuple[Any, ...]]:
    """(kind, caller, callee, minutes from, minutes to or None) of each."""
    return [
        (one.kind, one.caller.name, one.callee.name, _minutes(one.from_at), _minutes(one.to_at))
        for one in edges
    ]


def _minutes(at: int) -> float | None:
    return None if at == FOREVER else (at - minute(0)) / 60_000_000


def needs(story: Wired, folder: Path, ref: ObjectRef = API) -> list[tuple[Any, ...]]:
    """What an object needs."""
    with story.index(folder) as index:
        return told(Configured(index).needs(ref))


def test_an_edge_begins_when_both_ends_are_there(tmp_path: Path) -> None:
    """A Service that is created later begins it, and one made anew begins it anew."""
    story = Wired()
    story.write(1, API, CALLING)
    story.write(5, DB, POSTGRES)
    story.gone(8, DB)
    story.write(9, DB, POSTGRES)
    assert needs(story, tmp_path) == [("calls", "api", "db", 5, 8), ("calls", "api", "db", 9, None)]


def test_an_edit_or_the_end_of_either_ends_it(tmp_path: Path) -> None:
    """What the field says now counts; other edits leave the edge as old as it is."""
    story = Wired()
    story.write(0, DB, POSTGRES)
    story.write(1, API, CALLING)
    story.write(2, API, workload(env={"DB_HOST": "db", "MORE": "x"}))
    story.touched(3, API)
    story.write(4, API, workload(env={"DB_HOST": "other"}))
    story.write(5, API, CALLING)
    story.gone(7, API)
    assert needs(story, tmp_path) == [("calls", "api", "db", 1, 4), ("calls", "api", "db", 5, 7)]


def test_the_proof_is_the_field_and_the_change_that_brought_it(tmp_path: Path) -> None:
    """Its path, its value, since when; not the last write of the object."""
    story = Wired()
    story.write(0, DB, POSTGRES)
    brought = story.write(1, API, CALLING)
    story.write(2, API, workload(env={"DB_HOST": "db", "URL": "http://db"}))
    with story.index(tmp_path) as index:
        edges = Configured(index).needs(API)
        (proof,) = edges[0].proofs
        assert proof[:4] == (
            API, "spec.template.spec.containers[main].env[DB_HOST].value", "db", minute(1),
        )  # fmt: skip
        assert index.listed([proof.change])[proof.change].record.id == brought.id
        assert len(edges) == 2


def test_host_and_port_need_a_service_of_that_port(tmp_path: Path) -> None:
    """`db:16` is an image, `db:5432` the database; a port that is added later begins the edge."""
    story = Wired()
    story.write(0, DB, POSTGRES)
    story.write(1, API, workload(env={"IMAGE": "db:16", "PEER": "db:5432", "NAME": "db"}))
    both_ports = {"spec": {"ports": [{"port": 5432}, {"port": 16}]}}
    story.write(4, DB, both_ports)
    assert needs(story, tmp_path) == [
        ("calls", "api", "db", 4, None),
        ("calls", "api", "db", 1, None),
    ]


def test_a_qualified_name_needs_no_service_to_be_known(tmp_path: Path) -> None:
    """Until one is: then it is an edge while that one lives."""
    story = Wired()
    story.write(
        1, API, workload(env={"A": "http://far.away.svc:80", "B": "far.away", "C": "http://x"})
    )
    assert needs(story, tmp_path) == [("calls", "api", "far", 1, None)]
    (tmp_path / "again").mkdir()
    story.write(3, service("far", "away"), {"spec": {}})
    story.gone(6, service("far", "away"))
    assert needs(story, tmp_path / "again") == [("calls", "api", "far", 3, 6)] * 2


def test_through_a_config_map_both_fields_prove_it(tmp_path: Path) -> None:
    """Whole, or of the one key that is taken; it lasts while both fields stand."""
    story = Wired()
    story.write(0, DB, POSTGRES)
    story.write(0, service("redis"), {"spec": {}})
    story.write(1, CONF, {"data": {"DB_URL": "http://db", "CACHE_HOST": "redis"}})
    story.write(2, API, workload(envFrom=[{"configMapRef": {"name": "conf"}}]))
    one_key = [{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "conf", "key": "DB_URL"}}}]
    story.write(3, deployment("web"), workload(envFrom=[], args=[], env={}) | _env(one_key))
    story.write(6, CONF, {"data": {"DB_URL": "http://db", "CACHE_HOST": "none"}})
    main = "spec.template.spec.containers[main]"
    with story.index(tmp_path) as index:
        configured = Configured(index)
        calls = [one for one in configured.needs(API) if one.kind == "calls"]
        assert told(calls) == [("calls", "api", "db", 2, None), ("calls", "api", "redis", 2, 6)]
        assert [(str(one.object), one.path, one.value) for one in calls[0].proofs] == [
            (str(API), f"{main}.envFrom[configMap/conf].configMapRef.name", "conf"),
            (str(CONF), "data.DB_URL", "http://db"),
        ]  # fmt: skip
        web = [one for one in configured.needs(deployment("web")) if one.kind == "calls"]
        assert told(web) == [("calls", "web", "db", 3, None)]
        assert told(configured.needed_by(DB)) == [
            ("names", "conf", "db", 1, None),
            ("calls", "api", "db", 2, None),
            ("calls", "web", "db", 3, None),
        ]


def _env(variables: list[dict[str, Any]]) -> dict[str, Any]:
    containers = [{"name": "main", "env": variables}]
    return {"spec": {"template": {"metadata": {}, "spec": {"containers": containers}}}}


def test_selectors_choose_workloads_of_their_namespace(tmp_path: Path) -> None:
    """By the labels of the template; one that matches nothing, or nothing more, is no edge."""
    story = Wired()
    budget = ObjectRef("policy", "PodDisruptionBudget", "shop", "pdb")
    wall = ObjectRef("networking.k8s.io", "NetworkPolicy", "shop", "wall")
    story.write(0, DB, POSTGRES)
    story.write(1, deployment("db"), workload({"app": "db", "tier": "a"}))
    story.write(1, deployment("db", "other"), workload({"app": "db"}))
    story.write(2, budget, {"spec": {"selector": {"matchLabels": {"tier": "a"}}}})
    story.write(2, wall, {"spec": {"podSelector": {}}})
    story.write(3, service("lost"), {"spec": {"selector": {"app": "nobody"}}})
    story.write(5, deployment("db"), workload({"app": "renamed", "tier": "a"}))
    with story.index(tmp_path) as index:
        configured = Configured(index)
        assert told(configured.needs(DB)) == [("selects", "db", "db", 1, 5)]
        assert configured.needs(service("lost")) == []
        assert told(configured.needed_by(deployment("db"))) == [
            ("selects", "db", "db", 1, 5),
            ("selects", "wall", "db", 2, None),
            ("selects", "pdb", "db", 2, None),
        ]


def test_what_controllers_repeat_makes_no_edges_of_its_own(tmp_path: Path) -> None:
    """A Pod of a Deployment says what the Deployment says."""
    story = Wired()
    story.write(0, DB, POSTGRES)
    pod = {
        "spec": {"containers": [{"name": "main", "env": [{"name": "URL", "value": "http://db"}]}]}
    }
    story.write(1, ObjectRef("", "Pod", "shop", "api-1"), pod, derived=True, owner=API)
    with story.index(tmp_path) as index:
        assert Configured(index).needed_by(DB) == []


def test_a_window_has_the_edges_that_held_in_it(tmp_path: Path) -> None:
    """Those that ended before or began after are not among them."""
    story = Wired()
    story.write(0, DB, POSTGRES)
    story.write(1, API, CALLING)
    story.gone(3, API)
    story.write(6, deployment("web"), CALLING)
    with story.index(tmp_path) as index:
        assert told(edges_between(index, minute(2), minute(4))) == [("calls", "api", "db", 1, 3)]
        assert edges_between(index, minute(3), minute(6)) == []
        assert told(edges_between(index, minute(7), None)) == [("calls", "web", "db", 6, None)]


_OBJECTS: tuple[ObjectRef, ...] = (
    API, deployment("db"), DB, service("db", "far"), CONF,
    ObjectRef("networking.k8s.io", "NetworkPolicy", "shop", "wall"),
)  # fmt: skip


def _any_state(ref: ObjectRef, die: Random) -> dict[str, Any]:
    host = die.choice(["db", "db.far", "db.far.svc", "db:5432", "http://db", ""])
    if ref.kind == "Deployment":
        reads = die.choice([[], [{"configMapRef": {"name": "conf"}}]])
        labels = {"app": die.choice(["db", "api"]), "tier": die.choice(["a", "b"])}
        return workload(labels, env={die.choice(["DB_HOST", "NAME"]): host}, envFrom=reads)
    if ref.kind == "Service":
        return die.choice([POSTGRES, {"spec": {"ports": [{"port": 1}], "selector": {"tier": "a"}}}])
    if ref.kind == "ConfigMap":
        return {"data": {"DB_HOST": host}}
    return {"spec": {"podSelector": die.choice([{}, {"matchLabels": {"app": "db"}}])}}


def _story(seed: int, count: int) -> Wired:
    die, story = Random(seed), Wired()
    for _ in range(count):
        ref, at = die.choice(_OBJECTS), die.randrange(12)
        roll = die.random()
        if roll < 0.15:
            story.gone(at, ref)
        elif roll < 0.2:
            story.touched(at, ref)
        else:
            story.write(at, ref, _any_state(ref, die))
    return story


def _plainly(edges: list[Edge]) -> list[Edge]:
    """Without the numbers of changes, which differ from index to index."""
    return [
        one._replace(proofs=tuple(proof._replace(change=0) for proof in one.proofs))
        for one in edges
    ]


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 30), st.integers(1, 30), st.randoms())
def test_neither_order_nor_batches_change_edges(
    seed: int, count: int, every: int, shuffle: Random
) -> None:
    """Late or in order, asked from either end or for all: the same edges, as a plain list has."""
    story = _story(seed, count)
    order = list(range(count))
    shuffle.shuffle(order)
    plain = PlainIndex(story.committed, {}, story.read_states)
    expected = _plainly(edges_between(plain, None, None))
    with tempfile.TemporaryDirectory() as folder, story.index(Path(folder), order, every) as index:
        assert _plainly(edges_between(index, None, None)) == expected
        configured = Configured(index)
        ends = [*_OBJECTS, *{one.callee for one in expected}]
        from_callers = {one for ref in _OBJECTS for one in _plainly(configured.needs(ref))}
        from_callees = {one for ref in ends for one in _plainly(configured.needed_by(ref))}
        assert from_callers == from_callees == set(expected)


@pytest.mark.parametrize("seed", range(3))
def test_the_random_stories_hold_edges_of_every_kind(seed: int) -> None:
    """Or the property above would say little."""
    plain = PlainIndex((story := _story(seed, 60)).committed, {}, story.read_states)
    assert {one.kind for one in edges_between(plain, None, None)} >= {
        "calls",
        "selects",
        "names",
        "reads",
    }


_INTERVALS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=5)


@given(_INTERVALS, _INTERVALS)
def test_intervals_are_sets_of_instants(
    some: list[tuple[int, int]], others: list[tuple[int, int]]
) -> None:
    """The union is all instants of any, `both` those of each; none touch."""

    def instants(found: list[tuple[int, int]]) -> set[int]:
        return {at for from_at, to_at in found for at in range(from_at, to_at)}

    one, other = union(some), union(others)
    assert instants(one) == instants(some)
    assert instants(both(one, other)) == instants(some) & instants(others)
    assert all(left[1] < right[0] for left, right in pairwise(one))
