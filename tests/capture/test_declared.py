"""What manifest files declare, and what two versions of them change."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.audit_events import REDACTOR

from kubectl_smart.capture.decoding.declared import (
    Author,
    added_to,
    change_of,
    changes_between,
    declared,
    item,
    taken_from,
)
from kubectl_smart.memory.formats.diffs import apply_edits
from kubectl_smart.memory.formats.manifest_files import NoManifest, documents
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.store.protocols import SpoolEntry

SARAH = Author("Sarah Lee", "sarah@example.com", 7_000_000, "Five replicas\n\nSee INC-12.", "git")
API = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec: {replicas: 3}
"""


def objects(text: str, namespace: str = "") -> dict[ObjectRef, dict[str, Any]]:
    """Of a file."""
    return declared(documents(text.encode()), namespace, {}, REDACTOR)


def test_documents_lists_and_json() -> None:
    """Several in a file, a List taken apart, JSON; kustomizations are no objects."""
    text = (
        f"{API}---\n"
        + '{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1",'
        + (
            '"kind":"ConfigMap","metadata":{"name":"c","namespace":"other"}}]}\n---\n'
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        )
    )
    assert set(objects(text, "payments")) == {
        ObjectRef("apps", "Deployment", "payments", "api"),
        ObjectRef("", "ConfigMap", "other", "c"),
    }


def test_scopes() -> None:
    """Nodes are in no namespace whatever a file says; custom kinds as their definition says."""
    text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: n, namespace: x}\n"
    assert set(objects(text)) == {ObjectRef("", "Namespace", CLUSTER, "n")}
    custom = [{"apiVersion": "example.com/v1", "kind": "Zone", "metadata": {"name": "z"}}]
    (ref,) = declared(custom, "p", {("example.com", "Zone"): False}, REDACTOR)
    assert ref.namespace == CLUSTER


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a: [1\n", "broken YAML"),
        (b"kind: {{ .Values.kind }}\n", "a Helm template"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"replicas: 3\n", "no Kubernetes object in it"),
        (b"a: &a [x,x,x,x,x,x,x,x,x,x]\n" + b"".join(
            b"%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n" % (at, at, *[at - 1] * 10)
            for at in b"bcdefgh"), "far too many values"),
    ],
)  # fmt: skip
def test_what_is_no_manifest_says_why(content: bytes, why: str) -> None:
    """In words that are the same for all such files."""
    with pytest.raises(NoManifest, match=why):
        documents(content)


def test_secrets_are_never_kept() -> None:
    """Nor what looks like a credential elsewhere."""
    text = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}\n---\n"
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
        "data: {KEY: AKIAIOSFODNN7EXAMPLE}\n"
    )
    assert "hunter2" not in str(objects(text))
    assert "AKIAIOSFODNN7EXAMPLE" not in str(objects(text))


def test_yaml_as_kubectl_reads_it() -> None:
    """YAML 1.1: yes is a boolean, 0644 is octal, a day is a text."""
    text = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
        "data: {a: yes, b: 0644, c: 2024-01-02}\n"
    )
    (form,) = objects(text).values()
    assert form["data"] == {"a": True, "b": 420, "c": "2024-01-02"}


def test_a_move_is_no_change_and_an_edit_is_one() -> None:
    """Objects are known by name, whichever file they stand in."""
    before, after = objects(API), objects(API.replace("3", "5"))
    assert changes_between(before, dict(before), SARAH) == []
    (change,) = changes_between(before, after, SARAH)
    assert [(one.path, one.before, one.after) for one in change.edits] == [("spec.replicas", 3, 5)]
    assert (change.actor.name, change.actor.kind) == ("sarah@example.com", ActorKind.HUMAN)
    assert change.reason == "Five replicas\n\nSee INC-12."
    (gone,) = changes_between(before, {}, SARAH)
    assert (gone.verb, gone.gone) == ("delete", True)


@pytest.mark.parametrize(
    ("name", "email"),
    [("renovate[bot]", "1+renovate[bot]@users.example.com"), ("Flux", "flux@example.com"),
     ("dependabot", "support@example.com")],
)  # fmt: skip
def test_robots_are_told_from_people(name: str, email: str) -> None:
    """By their names and addresses."""
    robot = SARAH._replace(name=name, email=email)
    (change,) = changes_between({}, objects(API), robot)
    assert change.actor.kind is ActorKind.AUTOMATION


def test_a_rebased_commit_is_the_same_change() -> None:
    """Author, time, words and outcome make its id; another outcome is another change."""
    (one,) = changes_between({}, objects(API), SARAH)
    (again,) = changes_between({}, objects(API), SARAH._replace(via="git commit 2 in r"))
    (other,) = changes_between({}, objects(API.replace("3", "4")), SARAH)
    assert one.id == again.id != other.id


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(string.ascii_letters, max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(string.ascii_letters, min_size=1, max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
_specs = st.dictionaries(st.text(string.ascii_letters, min_size=1, max_size=4), _values, max_size=4)


@given(_specs, _specs)
def test_what_is_spooled_is_read_back(old: dict[str, Any], new: dict[str, Any]) -> None:
    """And the edits lead from one version to the other."""
    ref = ObjectRef("example.com", "Thing", "p", "t")
    before, after = {ref: {"spec": old}}, {ref: {"spec": new}}
    for change in changes_between(before, after, SARAH):
        entry = SpoolEntry(*item(change, 9), 1)
        assert change_of(entry) == change
        assert apply_edits(before[ref], change.edits) == after[ref]


def _stored(spec: dict[str, Any]) -> dict[str, Any]:
    """Without what says nothing, as objects are stored; none is empty."""
    return {"kind": "Thing", **{key: one for key, one in spec.items() if one is not None}}


@given(_specs.map(_stored), _specs.map(_stored))
def test_two_files_of_one_object(one: dict[str, Any], other: dict[str, Any]) -> None:
    """The same twice changes nothing; what is added is said after, what is taken is not."""
    assert taken_from(one, one) == one == added_to(one, one)
    assert set(added_to(one, other)) == one.keys() | other.keys()
    assert set(taken_from(one, other)) == one.keys() & other.keys()
