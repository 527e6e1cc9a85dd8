"""Whether a role and a binding grant a request, rule by rule."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_smart.memory.formats.refusal_words import Denied
from kubectl_smart.memory.graph.rights import allows, binds, role_of
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef

REQUEST = Denied("system:serviceaccount:ops:bot", "create", "pods", "", "prod")
BINDING = ObjectRef("rbac.authorization.k8s.io", "RoleBinding", "prod", "b")


def role(**rule: list[str]) -> dict[str, Any]:
    """A role of one rule."""
    given = {"verbs": ["create"], "apiGroups": [""], "resources": ["pods"], **rule}
    return {"rules": [{"verbs": ["get"], "apiGroups": ["apps"], "resources": ["*"]}, given]}


@pytest.mark.parametrize(
    ("found", "granted"),
    [
        (role(), True),
        (role(verbs=["*"], resources=["*"], apiGroups=["*"]), True),
        (role(verbs=["get", "list"]), False),
        (role(resources=["pods/exec"]), False),
        (role(apiGroups=["apps"]), False),
        (role(resourceNames=["one"]), False),
        ({}, False),
        (None, False),
    ],
)
def test_rules_allow_what_they_name(found: dict[str, Any] | None, *, granted: bool) -> None:
    """A verb, a group and a resource of one and the same rule, and no name that restricts it."""
    assert allows(found, REQUEST) is granted


@pytest.mark.parametrize(
    ("subject", "bound"),
    [
        ({"kind": "ServiceAccount", "name": "bot", "namespace": "ops"}, True),
        ({"kind": "ServiceAccount", "name": "bot"}, False),  # of the binding's own namespace
        ({"kind": "Group", "name": "system:serviceaccounts:ops"}, True),
        ({"kind": "Group", "name": "system:serviceaccounts:prod"}, False),
        ({"kind": "Group", "name": "system:authenticated"}, True),
        ({"kind": "User", "name": REQUEST.user}, True),
        ({"kind": "User", "name": "bot"}, False),
    ],
)
def test_subjects_are_users_accounts_and_groups(subject: dict[str, str], *, bound: bool) -> None:
    """An account by its namespace, and by the groups that all accounts are in."""
    binding = {"metadata": {"namespace": "prod"}, "subjects": [subject]}
    assert binds(binding, REQUEST.user) is bound


def test_a_binding_names_a_role_of_its_namespace_or_of_the_cluster() -> None:
    """By the kind that it says."""
    for kind, place in (("Role", "prod"), ("ClusterRole", CLUSTER)):
        found = role_of(BINDING, {"roleRef": {"kind": kind, "name": "r"}})
        assert found == ObjectRef(BINDING.group, kind, place, "r")
    assert role_of(BINDING, None) is None
