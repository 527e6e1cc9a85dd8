"""The links of the recorded hour: what controllers did is led back to who decided it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networkx
import pytest
from recordings import smart

from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.graph.windows import window
from kubectl_smart.memory.index.opening import open_index
from kubectl_smart.memory.opening import Memory, open_memory
from kubectl_smart.memory.questions.trouble_links import trouble_links
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.links import Link, LinkRule
from kubectl_smart.memory.records.objects import ObjectRef


@pytest.fixture(scope="module")
def memory(story_memory: Path) -> Iterator[Memory]:
    """The memory of the hour."""
    with open_memory(story_memory) as found:
        yield found


def changes(memory: Memory) -> dict[str, Change]:
    """Every change by id."""
    return {
        each.record.id: each.record
        for each in memory.index.changes_between(None, None, derived=True)
        if isinstance(each.record, Change)
    }


def test_what_controllers_made_and_took_away_has_a_cause(memory: Memory) -> None:
    """Every Pod and ReplicaSet that a controller made, every Pod that one took away."""
    caused = {one.effect for one in memory.index.links_between()}
    left = [
        change.object.name
        for change in changes(memory).values()
        if change.object.kind in ("Pod", "ReplicaSet")
        and change.verb in ("create", "delete")
        and change.actor.kind is ActorKind.CONTROLLER
        and change.id not in caused
    ]
    assert left == []


def test_every_rollout_leads_back_to_a_person_or_to_automation(memory: Memory) -> None:
    """From a Pod through its ReplicaSet to an edit of the Deployment, along the graph."""
    graph = window(memory.index, None, None)
    known = changes(memory)
    for one in memory.index.links_between():
        if one.rule is not LinkRule.REPLICAS or one.cause_of.kind != "ReplicaSet":
            continue
        roots = {known[each] for each in networkx.ancestors(graph, one.effect) if each in known}
        assert any(
            each.object.kind == "Deployment" and each.actor.kind is not ActorKind.NODE
            for each in roots
        )


def test_the_deleted_node_leads_to_what_was_made_in_the_place_of_its_pods(memory: Memory) -> None:
    """And to what was seen of it, by another rule."""
    (node,) = [
        one for one in changes(memory).values() if one.object.kind == "Node" and one.gone
        and one.facet.value == "object"
    ]  # fmt: skip
    at = node.happened_at
    trouble = trouble_links(memory.store, memory.index, ties_of(memory.index), at, at + 60_000_000)
    graph = window(memory.index, at, at + 60_000_000, trouble)
    reached = networkx.descendants(graph, node.id)
    rules = {rule for _, _, rule in graph.subgraph({node.id, *reached}).edges(keys=True)}
    assert {"node", "replaced", "ended", "temporal"} <= rules
    assert {graph.nodes[one]["object"].namespace for one in reached} >= {"payments", "data", "prod"}


def test_the_first_pods_to_read_an_edited_configmap_are_linked_to_the_edit(memory: Memory) -> None:
    """Those of the api, by the field that reads it."""
    found = [one for one in memory.index.links_between() if one.rule is LinkRule.STARTED]
    assert found
    assert {one.cause_of.name for one in found} == {"api-config"}
    assert all("configMapRef" in one.evidence and one.lag > 0 for one in found)


def test_links_of_an_object_and_of_changes_are_those_of_the_window(memory: Memory) -> None:
    """Three ways to ask."""
    index = memory.index
    every = index.links_between()
    api = ObjectRef("apps", "Deployment", "prod", "api")
    assert index.links_of(api) == [one for one in every if api in (one.effect_of, one.cause_of)]
    some = [one.cause for one in every[::40]] + [one.effect for one in every[7::40]]
    assert index.links_with(some) == [
        one for one in every if one.effect in some or one.cause in some
    ]
    middle = every[len(every) // 2].effect_at
    assert index.links_between(middle) == [one for one in every if one.effect_at >= middle]
    assert index.links_between(None, middle) == [one for one in every if one.effect_at < middle]


def test_a_rebuilt_index_has_the_same_links(memory: Memory, tmp_path: Path) -> None:
    """In the same order, to the last word."""
    anew = open_index(tmp_path / "index.sqlite", create=True, read_only=False)
    anew.catch_up(memory.store)
    found: list[Link] = anew.links_between()
    anew.close()
    assert found == memory.index.links_between()


def test_trouble_is_linked_the_same_whatever_the_window(memory: Memory) -> None:
    """Two halves say what the whole says."""
    index, ties = memory.index, ties_of(memory.index)
    heard = index.coverage()
    low, high = min(one.from_at for one in heard), max(one.to_at for one in heard) + 1
    middle = (low + high) // 2

    def asked(since: int, until: int) -> list[Link]:
        return trouble_links(memory.store, index, ties, since, until)

    assert asked(low, middle) + asked(middle, high) == asked(low, high)


def test_the_command_line_draws_them(story_memory: Path) -> None:
    """As a tree, as a document, as graphs; of one object only what has to do with it."""
    words = ("links", "deployment/payment-api", "-n", "payments")
    document: dict[str, Any] = json.loads(smart(*words, "-o", "json", memory=story_memory).stdout)
    assert document["kind"] == "LinksAnswer"
    ends = {one["id"] for one in document["happened"]}
    assert {one["cause"] for one in document["links"]} <= ends
    assert {one["effect"] for one in document["links"]} <= ends
    assert {one["object"]["name"] for one in document["happened"]} >= {"payment-api"}
    dot = smart(*words, "-o", "dot", memory=story_memory).stdout
    assert dot.count(" -> ") == len(document["links"])
    mermaid = smart(*words, "-o", "mermaid", memory=story_memory).stdout
    assert mermaid.count(" -->|") == len(document["links"])
    tree = smart(*words, memory=story_memory).stdout
    assert "[rollout, " in tree
