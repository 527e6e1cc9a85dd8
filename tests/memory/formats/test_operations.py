"""What a change does to a cluster, in one word."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_smart.memory.formats.diffs import diff
from kubectl_smart.memory.formats.operations import operation

TAINT = [{"key": "maintenance", "effect": "NoSchedule"}]


def template(image: str, **annotations: str) -> dict[str, Any]:
    """Of a workload."""
    return {
        "metadata": {"annotations": annotations},
        "spec": {"containers": [{"name": "main", "image": image}]},
    }


@pytest.mark.parametrize(
    ("kind", "before", "after", "word"),
    [
        ("Node", {}, {"unschedulable": True}, "cordon"),
        ("Node", {"podCIDR": "10.0.0.0/24"}, {"podCIDR": "10.0.0.0/24", "unschedulable": True},
         "cordon"),
        ("Node", {"unschedulable": True}, {}, "uncordon"),
        ("Node", {}, {"taints": TAINT}, "taint"),
        ("Node", {"taints": TAINT}, {"taints": []}, "taint"),
        ("Node", {}, {"podCIDR": "10.0.0.0/24"}, None),
        ("Deployment", {"replicas": 3}, {"replicas": 5}, "scale"),
        ("Deployment", {"template": template("api:1")}, {"template": template("api:2")},
         "rollout"),
        ("Deployment", {"replicas": 3, "template": template("api:1")},
         {"replicas": 5, "template": template("api:2")}, "rollout"),
        ("StatefulSet", {"template": template("db:1", restartedAt="1")},
         {"template": template("db:1", restartedAt="2")}, "restart"),
        ("Deployment", {"paused": False}, {"paused": True}, None),
        ("ConfigMap", {"replicas": 3}, {"replicas": 5}, None),
    ],
)  # fmt: skip
def test_the_word_for_a_change(
    kind: str, before: dict[str, Any], after: dict[str, Any], word: str | None
) -> None:
    """Whatever the spec held before: a field that was not there makes its parent the edit."""
    edits = diff({"spec": before} if before else {"spec": {}}, {"spec": after})
    assert operation(kind, edits, gone=False) == word


def test_what_is_gone_was_deleted() -> None:
    """Whatever it was."""
    assert operation("ConfigMap", (), gone=True) == "delete"
