"""Paths a person finds by hand, and nothing outside of the tree."""

from __future__ import annotations

import pytest

from kubectl_smart.memory.formats import identity, paths
from kubectl_smart.memory.formats.object_names import object_text, parse_object_text
from kubectl_smart.memory.records.changes import Facet
from kubectl_smart.memory.records.objects import ObjectRef

API = ObjectRef("apps", "Deployment", "payments", "payment-api")
NODE = ObjectRef("", "Node", "", "worker-5")
ROLE = ObjectRef("rbac.authorization.k8s.io", "ClusterRole", "", "system:node")


def test_ordinary_objects_have_readable_paths() -> None:
    """Namespace, kind with group, name."""
    assert paths.state_path(API) == "state/payments/Deployment.apps/payment-api.yaml"
    assert paths.state_path(NODE) == "state/_cluster/Node/worker-5.yaml"
    assert paths.state_path(ROLE) == (
        "state/_cluster/ClusterRole.rbac.authorization.k8s.io/system%3Anode.yaml"
    )
    assert paths.status_path(NODE) == "status/_cluster/Node/worker-5.yaml"
    assert paths.knowledge_path(API) == "knowledge/payments/Deployment.apps/payment-api.md"
    assert paths.late_path(API, "c0") == "late/payments/Deployment.apps/payment-api/c0.yaml"
    assert paths.incident_path("2026-11-23-cache") == "incidents/2026-11-23-cache.md"
    assert paths.records_path(1_795_402_106_076_999, 7) == "records/23/02/000000000007.jsonl"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("README.md", ("readme", "")),
        ("state/payments/Deployment.apps/payment-api.yaml", ("state", API)),
        ("incidents/2026-11-23-cache.md", ("incidents", "2026-11-23-cache")),
        ("records/23/02/000000000007.jsonl", ("records", 7)),
    ],
)
def test_a_path_is_read(path: str, expected: object) -> None:
    """What `verify` finds in the tree has a name."""
    assert expected == paths.parse_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "state",
        "state/a/Pod/b",
        "state/a/Pod/b.yml",
        "state/../Pod/b.yaml",
        "state//Pod/b.yaml",
        "state/a/Pod/c/b.yaml",
        "state/a/Pod/%62.yaml",
        "state/a/Pod/%zz.yaml",
        "state/a/Pod/%ff.yaml",
        "state/a/Pod/b%.yaml",
        "/state/a/Pod/b.yaml",
        "other/a/Pod/b.yaml",
        "records/1/2/x.jsonl",
    ],
)
def test_what_is_not_ours_is_refused(path: str) -> None:
    """A path is accepted only in the one way it is written."""
    with pytest.raises(ValueError, match=r".+"):
        paths.parse_path(path)


def test_a_namespace_called_like_the_cluster_folder_is_another_folder() -> None:
    """No namespace can pass for objects without one."""
    ref = ObjectRef("", "Pod", "_cluster", "a")

    assert paths.state_path(ref) == "state/%5Fcluster/Pod/a.yaml"
    assert paths.parse_path(paths.state_path(ref)) == ("state", ref)


def test_a_long_name_goes_on_in_a_folder() -> None:
    """No file system refuses a piece of 200 bytes."""
    ref = ObjectRef("", "Pod", "a", "n" * 253)

    assert paths.state_path(ref) == f"state/a/Pod/{'n' * 199}%/{'n' * 54}.yaml"


def test_objects_have_one_text() -> None:
    """The text in trailers and journal lines leads back to the object, or is refused."""
    assert object_text(API) == "Deployment.apps payments/payment-api"
    assert object_text(NODE) == "Node worker-5"
    for wrong in ("", "Pod", "Pod /a", "Pod a/", "Pod a b", "Pod a/b/c"):
        with pytest.raises(ValueError, match=r".+"):
            parse_object_text(wrong)


def test_ids_are_functions_of_what_they_are_about() -> None:
    """Equal parts give equal ids; where one part ends matters."""
    first = identity.change_id("audit", API, Facet.OBJECT)

    assert first == identity.change_id("audit", API, Facet.OBJECT)
    others = {
        identity.change_id("audit", API, Facet.STATUS),
        identity.change_id("audit", NODE, Facet.OBJECT),
        identity.change_id("other", API, Facet.OBJECT),
        identity.step_id("audit"),
        identity.note_id("audit"),
        identity.observation_id("ab", "c"),
        identity.observation_id("a", "bc"),
    }
    assert len(others | {first}) == 8
    assert all(len(one) == 32 and int(one, 16) >= 0 for one in others)
