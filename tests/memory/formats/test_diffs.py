"""Differences are the edits a person would name, with paths a person can read."""

from __future__ import annotations

import copy
import time
from typing import Any

import pytest

from kubectl_smart.memory.formats.diffs import apply_edits, diff, field_values, matches, narrow
from kubectl_smart.memory.records.changes import ABSENT, UNKNOWN, FieldEdit

POD = "spec.template.spec"
MAIN = f"{POD}.containers[main]"


def deployment(**pod: Any) -> dict[str, Any]:
    """A Deployment whose pod template has these fields."""
    spec = {"containers": [{"name": "main", "image": "api:1"}], **pod}
    return {"kind": "Deployment", "spec": {"replicas": 3, "template": {"spec": spec}}}


def edits_of(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """The edits between two pod templates, as plain tuples."""
    return [tuple(edit) for edit in diff(deployment(**before), deployment(**after))]


@pytest.mark.parametrize(
    ("field", "before", "after", "expected"),
    [
        (
            "tolerations",
            [],
            [{"key": "a", "operator": "Exists", "effect": "NoSchedule"}],
            ("tolerations[a:Exists:NoSchedule]", ABSENT),
        ),
        (
            "volumes",
            [{"name": "v", "emptyDir": {}}],
            [{"name": "v", "emptyDir": {"medium": "Memory"}}],
            ("volumes[v].emptyDir.medium", ABSENT),
        ),
        (
            "imagePullSecrets",
            [{"name": "a"}],
            [{"name": "a"}, {"name": "b"}],
            ("imagePullSecrets[b]", ABSENT),
        ),
        (
            "hostAliases",
            [{"ip": "1.2.3.4", "hostnames": ["a"]}],
            [{"ip": "1.2.3.4", "hostnames": ["a", "b"]}],
            ("hostAliases[1.2.3.4].hostnames[b]", ABSENT),
        ),
        (
            "topologySpreadConstraints",
            [{"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1}],
            [{"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 2}],
            ("topologySpreadConstraints[zone:DoNotSchedule].maxSkew", 1),
        ),
        ("nodeSelector", {}, {"disk": "ssd"}, ("nodeSelector.disk", ABSENT)),
    ],
)
def test_items_are_matched_by_merge_key(
    field: str, before: Any, after: Any, expected: tuple[str, Any]
) -> None:
    """One edit, at the item's key, for each list Kubernetes knows."""
    (edit,) = edits_of({field: before}, {field: after})

    assert (f"{POD}.{expected[0]}", expected[1]) == edit[:2]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([80], [80, 8080], [("ports[8080]", ABSENT, {"containerPort": 8080})]),
        ([8080, 80], [80, 8080], []),
    ],
)
def test_ports_are_known_by_number(before: Any, after: Any, expected: Any) -> None:
    """A port is its number, and its protocol where that is not TCP."""

    def with_ports(ports: list[int]) -> dict[str, Any]:
        return {"containers": [{"name": "main", "ports": [{"containerPort": p} for p in ports]}]}

    found = edits_of(with_ports(before), with_ports(after))

    assert found == [(f"{MAIN}.{path}", old, new) for path, old, new in expected]


def test_a_plain_variable_is_one_edit_of_its_value() -> None:
    """So `--CACHE_SIZE` finds it, whether it is added, changed or removed."""

    def with_env(*env: dict[str, Any]) -> dict[str, Any]:
        return {"containers": [{"name": "main", "env": list(env)}]}

    one = {"name": "CACHE_SIZE", "value": "512"}
    two = {"name": "CACHE_SIZE", "value": "unlimited"}
    path = f"{MAIN}.env[CACHE_SIZE].value"

    assert edits_of(with_env(), with_env(one)) == [(path, ABSENT, "512")]
    assert edits_of(with_env(one), with_env(two)) == [(path, "512", "unlimited")]
    assert edits_of(with_env(one), {"containers": [{"name": "main"}]}) == [
        (f"{MAIN}.env[CACHE_SIZE].value", "512", ABSENT)
    ]


def test_a_container_is_one_edit() -> None:
    """An added or removed container is the container, not its fields."""
    side = {"name": "side", "image": "proxy:2", "env": [{"name": "A", "value": "1"}]}
    before, after = deployment(), deployment()
    after["spec"]["template"]["spec"]["containers"].append(side)

    added = diff(before, after)

    assert added == (FieldEdit(f"{POD}.containers[side]", ABSENT, side),)
    assert diff(after, before) == (FieldEdit(f"{POD}.containers[side]", side, ABSENT),)
    assert narrow(added, "image") == (
        FieldEdit(f"{POD}.containers[side].image", ABSENT, "proxy:2"),
    )
    assert narrow(added, "A") == (FieldEdit(f"{POD}.containers[side].env[A].value", ABSENT, "1"),)


def test_arguments_count_by_position() -> None:
    """The order of a command line is its meaning."""
    before = {"containers": [{"name": "main", "args": ["a", "b"]}]}
    after = {"containers": [{"name": "main", "args": ["b", "a", "c"]}]}

    assert edits_of(before, after) == [
        (f"{MAIN}.args[0]", "a", "b"),
        (f"{MAIN}.args[1]", "b", "a"),
        (f"{MAIN}.args[2]", ABSENT, "c"),
    ]


def test_odd_keys_are_quoted() -> None:
    """A key with dots or brackets cannot be taken for a path."""
    before: dict[str, Any] = {"metadata": {"annotations": {"a.b/c": "1"}}, "data": {}}
    after = {"metadata": {"annotations": {"a.b/c": "2", "x]y": "3"}}, "data": {"n.conf": "x"}}

    assert [edit.path for edit in diff(before, after)] == [
        'data["n.conf"]',
        'metadata.annotations["a.b/c"]',
        'metadata.annotations["x]y"]',
    ]


@pytest.mark.parametrize(
    ("kind", "before", "after", "path"),
    [
        ("finalizers", ["a", "b"], ["b"], "finalizers[a]"),
        (
            "conditions",
            [{"type": "Ready", "status": "True"}],
            [{"type": "Ready", "status": "False"}],
            "conditions[Ready].status",
        ),
        ("taints", [], [{"key": "k", "effect": "NoExecute"}], "taints[k:NoExecute]"),
        (
            "ownerReferences",
            [],
            [{"kind": "ReplicaSet", "name": "a", "uid": "1"}],
            "ownerReferences[ReplicaSet/a]",
        ),
        (
            "subjects",
            [],
            [{"kind": "User", "name": "sarah"}],
            "subjects[User/sarah]",
        ),
        (
            "metrics",
            [{"type": "Resource", "resource": {"name": "cpu", "target": {"value": 1}}}],
            [{"type": "Resource", "resource": {"name": "cpu", "target": {"value": 2}}}],
            "metrics[Resource/cpu].resource.target.value",
        ),
        ("ports", [{"port": 53, "protocol": "UDP"}], [], "ports"),
        ("ports", [], [{"port": 53, "protocol": "UDP"}], "ports[53/UDP]"),
        ("envFrom", [], [{"configMapRef": {"name": "c"}}], "envFrom[configMap/c]"),
    ],
)
def test_other_lists_are_matched_too(kind: str, before: Any, after: Any, path: str) -> None:
    """Each by what identifies its items."""
    (edit,) = diff({kind: before}, {kind: after})

    assert path == edit.path


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("spec.replicas", "replicas", True),
        ("spec.minReplicas", "replicas", False),
        (f"{MAIN}.image", "image", True),
        (f"{MAIN}.image", "main", False),
        (f"{MAIN}.env[CACHE_SIZE].value", "CACHE_SIZE", True),
        (f"{MAIN}.env[CACHE_SIZE]", "CACHE_SIZE", True),
        ("data.CACHE_SIZE", "CACHE_SIZE", True),
        ('data["nginx.conf"]', "nginx.conf", True),
        ("spec.replicas", "spec.replicas", True),
        ("spec.replicas", "spec", True),
        ("spec.replicas", "spec.rep", False),
        (f"{MAIN}.image", MAIN, True),
        (f"{MAIN}.image", f"{POD}.containers.image", True),
        (f"{MAIN}.resources.limits.cpu", "limits.cpu", True),
        (f"{MAIN}.resources.limits.cpu", "resources", True),
        ("spec.template.metadata.labels.app", "metadata.labels.app", False),
        ("", "replicas", False),
        ("spec.replicas", "", False),
    ],
)
def test_a_query_means_a_field(path: str, query: str, expected: bool) -> None:
    """A word, a path or a part of one, with or without labels of items."""
    assert expected == matches(path, query)


def test_values_of_fields_are_found() -> None:
    """In every container; a variable by its value or by where it comes from."""
    obj = deployment()
    reference = {"configMapKeyRef": {"name": "c", "key": "k"}}
    obj["spec"]["template"]["spec"]["containers"][0]["env"] = [
        {"name": "A", "value": "1"},
        {"name": "B", "valueFrom": reference},
    ]

    assert field_values(obj, "replicas") == [("spec.replicas", 3)]
    assert field_values(obj, "image") == [(f"{MAIN}.image", "api:1")]
    assert field_values(obj, "A") == [(f"{MAIN}.env[A].value", "1")]
    assert field_values(obj, "B") == [(f"{MAIN}.env[B].valueFrom", reference)]
    assert field_values(obj, "nothing") == []


def test_partial_changes_are_composed() -> None:
    """A scale or a binding, of which only one field is known, is put into a whole state."""
    before = deployment()
    copied = copy.deepcopy(before)
    scaled = apply_edits(before, [FieldEdit("spec.replicas", UNKNOWN, 9)])
    bound = apply_edits({"kind": "Pod"}, [FieldEdit("spec.nodeName", ABSENT, "worker-5")])

    assert scaled["spec"]["replicas"] == 9
    assert bound == {"kind": "Pod", "spec": {"nodeName": "worker-5"}}
    assert before == copied
    assert apply_edits(before, [FieldEdit("spec.replicas", 3, UNKNOWN)]) == before


@pytest.mark.parametrize("path", ["spec.replicas.x", "spec[a]", "spec..x", "x]", "spec.x[]"])
def test_a_path_that_leads_nowhere_is_a_value_error(path: str) -> None:
    """Neither through a scalar, nor an item of a map, nor nonsense."""
    with pytest.raises(ValueError, match=r".+"):
        apply_edits(deployment(), [FieldEdit(path, ABSENT, 1)])


def test_one_changed_field_is_found_quickly() -> None:
    """Equal branches are not walked: a one-field change takes microseconds."""
    before = deployment(volumes=[{"name": f"v{n}", "emptyDir": {}} for n in range(20)])
    after = copy.deepcopy(before)
    after["spec"]["replicas"] = 5

    start = time.process_time()
    for _ in range(1_000):
        diff(before, after)

    assert time.process_time() - start < 0.4
