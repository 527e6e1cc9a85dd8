"""Snapshots that no API server wrote: which field of which object is wrong is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from made_snapshots import budget, deployment, node

from kubectl_smart.bot.simulating import from_file, simulated, swept
from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.commands import parse


def _set(found: dict[str, Any], place: str, value: Any) -> None:
    *above, last = place.split(".")
    for key in above:
        found = found[key]
    found[last] = value


@pytest.mark.parametrize(
    ("at", "place", "value", "said"),
    [
        (0, "status.allocatable.cpu", "many", "Node one: status.allocatable is no mapping of amou"),
        (0, "spec.taints", ["gone"], "Node one: spec.taints is no list of mappings"),
        (0, "status.conditions", [None], "Node one: status.conditions is no list of mappings"),
        (1, "spec.replicas", "two", "Deployment shop/web: spec.replicas is no whole number from 0"),
        (3, "metadata.labels", {"app": ["web"]}, "Pod shop/web-1-0: metadata.labels is no mapping"),
        (3, "metadata.ownerReferences", 1, "Pod shop/web-1-0: metadata.ownerReferences is no list"),
        (3, "spec.volumes", [{"name": 1}], "Pod shop/web-1-0: spec.volumes is no list of volumes"),
        (3, "spec.priority", "high", "Pod shop/web-1-0: spec.priority is no whole number: 'high'"),
        (3, "spec.containers", [1], "Pod shop/web-1-0: spec.containers is no list of mappings"),
        (4, "spec.minAvailable", "most", "spec.minAvailable is no whole number from 0 on and no"),
    ],
)
def test_the_field_that_is_wrong_is_named(
    tmp_path: Path, at: int, place: str, value: Any, said: str
) -> None:
    """With the object it is in; a sweep says the same."""
    objects = [node("one"), *deployment("web", ["one"]), budget("web", minAvailable=1)]
    _set(objects[at], place, value)
    path = tmp_path / "cluster.json"
    path.write_text(json.dumps({"kind": "List", "items": objects}), encoding="utf-8")
    with pytest.raises(BadInput, match="cannot be simulated") as told:
        simulated(from_file(path), [parse("kubectl drain one")])
    assert said in told.value.message
    with pytest.raises(BadInput) as told:
        swept(from_file(path), "nodes", processes=1, told=lambda *_: None)
    assert said in told.value.message


@pytest.mark.parametrize("place", ["spec", "status", "metadata.labels", "status.conditions"])
def test_what_is_null_is_taken_for_nothing(tmp_path: Path, place: str) -> None:
    """A node without a spec can be cordoned; one without labels is one."""
    objects = [node("one"), *deployment("web", ["one"])]
    _set(objects[0], place, None)
    path = tmp_path / "cluster.json"
    path.write_text(json.dumps({"kind": "List", "items": objects}), encoding="utf-8")
    assert simulated(from_file(path), [parse("kubectl cordon one")]).nodes == (1, 1)


def test_other_kinds_may_call_anything_as_they_like(tmp_path: Path) -> None:
    """A custom resource whose replicas are a text is none of the model's business."""
    other = {"apiVersion": "x.example/v1", "kind": "Deployment", "metadata": {"name": "x"}}
    objects = [node("one"), {**other, "spec": {"replicas": "some", "volumes": 3}}]
    path = tmp_path / "cluster.json"
    path.write_text(json.dumps({"kind": "List", "items": objects}), encoding="utf-8")
    assert simulated(from_file(path), [parse("kubectl cordon one")]).nodes == (1, 1)
