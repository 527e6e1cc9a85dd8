"""Hypothesis strategies for records, states and the texts that break formats.

For every property test. `text()` mixes ordinary text with NASTY_STRINGS; `unicode_text()`
also holds lone surrogates, which no JSON holds but a command line may. Instants are whole
microseconds between 1970 and 9999.
"""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import (
    ABSENT,
    UNKNOWN,
    Change,
    Facet,
    FieldEdit,
    Knowledge,
)
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.dependencies import Dependency
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step

_TRAPS = (
    "yes No on OFF y N true False null Null ~ 1e3 1E3 0x1f 0o17 017 0b11 1_000 12:30 190:20:30 "
    "2024-01-01 2024-01-01T00:00:00Z .5 5. +1 -0 .inf -.INF .nan = << - -- --- ... ? : # & * ! | > "
    "% @ ` , [ ] { } [] {} !!str &a *a -1 -c --flag=x 100m 5Gi 1.36 1.2.3 0f3e-11 12e4 a:b a: :a "
    "a#b $(X) http://x:80/ 1h30m 0 00 08 1e 0x e1 0.0 1.0e+5 NaN inf None"
)
YAML_TRAPS = _TRAPS.split()
NASTY_STRINGS = (
    *YAML_TRAPS,
    "",
    " ",
    "a b",
    " a",
    "a ",
    "a #b",
    "a: b",
    "- a",
    "? a",
    "\t",
    "a\tb",
    "\tx\n",
    "\n",
    "\n\n",
    "a\n",
    "a\nb",
    "a\n\n",
    "\na",
    " a\nb",
    "a\n b\n\n\tc \n",
    "a\r\nb\r\n",
    "a\rb",
    "a\x85b",
    "a\u2028b\u2029",
    "\ufeffa",
    "a\ufeff",
    "\x00",
    "\x01\x1b[31m\x7f\x9f",
    "é 😀 \U0010ffff \uffff",
    "\"'\\",
    "a\n---\nb\n",
    "# no comment\nx\n",
    "key: |\n  block\n",
    "x" * 300,
    "long words " * 120,
    "1" * 50,
)
FORGERIES = (
    "Change-Id: 0123",
    "  Sequence: 7",
    "Actor : somebody",
    "---",
    "--- a",
    "(cherry picked from commit 1)",
    "Signed-off-by: a <a@b>",
    "why\n\nChange-Id: 1\nSequence: 2",
    "\n\nCursor: 3\n",
    "Object: Pod a/b\n",
    "https://example.com",
    "50% off %0A%",
    " \n \n",
    "Text-Encoding: percent",
)
MAX_INSTANT = 253_402_300_799_999_999

_unicode = st.characters(exclude_categories=("Cs",))


def text(max_size: int = 40) -> SearchStrategy[str]:
    """Any text that JSON can hold."""
    return st.one_of(
        st.sampled_from(NASTY_STRINGS),
        st.sampled_from(FORGERIES),
        st.text(_unicode, max_size=max_size),
        st.text(st.sampled_from("ab1 :#-'\"\\\n\t%.[]{}"), max_size=max_size),
        st.lists(st.sampled_from(NASTY_STRINGS + FORGERIES), max_size=3).map("\n".join),
    )


def unicode_text(max_size: int = 40) -> SearchStrategy[str]:
    """Any Python text, lone surrogates included."""
    return st.one_of(text(max_size), st.text(st.characters(), max_size=max_size))


def names() -> SearchStrategy[str]:
    """Names of things: mostly as Kubernetes allows them, sometimes anything, sometimes long."""
    return st.one_of(
        st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?", fullmatch=True),
        st.sampled_from(
            ["system:node", ".git", "..", ".", "_cluster", "a/b", "a%2Fb", "%", "ä", "n" * 253]
        ),
        st.text(st.characters(), min_size=1, max_size=12),
    )


def refs() -> SearchStrategy[ObjectRef]:
    """Objects, of any group and kind, with or without a namespace."""
    return st.builds(
        ObjectRef,
        st.one_of(st.sampled_from(["", "apps", "rbac.authorization.k8s.io"]), names()),
        st.one_of(st.sampled_from(["Pod", "Deployment", "Node", "ConfigMap"]), names()),
        st.one_of(st.just(""), names()),
        names(),
    )


def instants() -> SearchStrategy[int]:
    """Microseconds since 1970-01-01 UTC."""
    return st.integers(0, MAX_INSTANT)


def ids() -> SearchStrategy[str]:
    """32 hex digits."""
    return st.text("0123456789abcdef", min_size=32, max_size=32)


def actors(words: SearchStrategy[str] | None = None) -> SearchStrategy[Actor]:
    """Actors with nasty names."""
    words = unicode_text() if words is None else words
    return st.builds(Actor, words, st.sampled_from(ActorKind), words)


def json_values(max_leaves: int = 12) -> SearchStrategy[Any]:
    """Any JSON value; numbers within what the API server keeps exactly."""
    leaves = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        text(),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(text(12), inner, max_size=4)
        ),
        max_leaves=max_leaves,
    )


def json_objects() -> SearchStrategy[dict[str, Any]]:
    """Any JSON object."""
    return st.dictionaries(text(12), json_values(), max_size=5)


def _optional(**fields: SearchStrategy[Any]) -> SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def _labels() -> SearchStrategy[dict[str, str]]:
    keys = st.sampled_from(["app", "example.com/tier", "a.b", "odd key"])
    return st.dictionaries(keys, st.sampled_from(["a", "b", "c"]), max_size=3)


def _env() -> SearchStrategy[list[dict[str, Any]]]:
    name = st.sampled_from(["CACHE_SIZE", "A", "1", "B.C", ""])
    plain = st.fixed_dictionaries({"name": name, "value": st.sampled_from(["", "1", "512"])})
    reference = st.fixed_dictionaries(
        {"name": name, "valueFrom": st.just({"configMapKeyRef": {"name": "c", "key": "k"}})}
    )
    bare = st.fixed_dictionaries({"name": name})
    both = st.fixed_dictionaries({"name": name, "value": st.just("1"), "valueFrom": st.just({})})
    return st.lists(st.one_of(plain, reference, bare, both), max_size=4)


def _containers() -> SearchStrategy[list[dict[str, Any]]]:
    port = st.fixed_dictionaries(
        {"containerPort": st.sampled_from([80, 8080, 53])},
        optional={"protocol": st.sampled_from(["TCP", "UDP"]), "name": st.just("web")},
    )
    resources = st.fixed_dictionaries({"limits": _labels()})
    words = st.sampled_from(["-c", "x", "--y=1"])
    fields = {
        "image": st.sampled_from(["api:1", "api:2", "r.io/x@sha256:" + "a" * 64]),
        "env": _env(),
        "ports": st.lists(port, max_size=3),
        "args": st.lists(words, max_size=3),
        "resources": resources,
        "volumeMounts": st.lists(
            st.fixed_dictionaries({"mountPath": st.sampled_from(["/a", "/b.c"])}), max_size=2
        ),
    }
    container = st.fixed_dictionaries(
        {"name": st.sampled_from(["main", "sidecar", "x.y", "8080"])}, optional=fields
    )
    return st.lists(container, max_size=3)


def workloads() -> SearchStrategy[dict[str, Any]]:
    """Deployments with everything that differences have to match up; duplicates included."""
    toleration = _optional(
        key=st.sampled_from(["a", "node.kubernetes.io/not-ready"]),
        operator=st.sampled_from(["Exists", "Equal"]),
        effect=st.sampled_from(["NoSchedule", "NoExecute"]),
        tolerationSeconds=st.integers(0, 3),
    )
    pod = _optional(
        containers=_containers(),
        initContainers=_containers(),
        tolerations=st.lists(toleration, max_size=3),
        nodeSelector=_labels(),
        affinity=st.just({"nodeAffinity": {"x": [1, {"y": 2}]}}),
        hostAliases=st.lists(st.just({"ip": "1.2.3.4", "hostnames": ["b", "a"]}), max_size=1),
    )
    metadata = _optional(
        labels=_labels(),
        annotations=_labels(),
        finalizers=st.lists(st.sampled_from(["a/b", "1", "odd one", ""]), max_size=3),
        ownerReferences=st.lists(
            st.fixed_dictionaries({"kind": st.just("X"), "name": st.sampled_from("ab")}), max_size=2
        ),
    )
    spec = _optional(
        replicas=st.integers(0, 3),
        template=st.fixed_dictionaries({"spec": pod}, optional={"metadata": metadata}),
        custom=st.lists(
            st.one_of(
                st.fixed_dictionaries(
                    {"name": st.sampled_from(["a", "1"]), "x": st.integers(0, 1)}
                ),
                st.sampled_from(["s", "1"]),
                st.integers(0, 2),
                st.lists(st.integers(0, 1), max_size=2),
            ),
            max_size=3,
        ),
    )
    return st.fixed_dictionaries(
        {"apiVersion": st.just("apps/v1"), "kind": st.just("Deployment")},
        optional={"metadata": metadata, "spec": spec, "data": _labels()},
    )


def edits() -> SearchStrategy[FieldEdit]:
    """Edits with values, ABSENT and UNKNOWN on either side."""
    side = st.one_of(json_values(4), st.sampled_from([ABSENT, UNKNOWN]))
    paths = st.sampled_from(
        [
            "spec.replicas",
            "spec.template.spec.containers[main].env[CACHE_SIZE].value",
            'metadata.annotations["ops.example.com/never-below"]',
            "metadata.finalizers['odd one'#2]",
            'data["nginx.conf"]',
            "",
        ]
    )
    return st.builds(FieldEdit, paths, side, side)


def changes(words: SearchStrategy[str] | None = None) -> SearchStrategy[Change]:
    """Changes of every shape. `words`: what their texts are made of (default: unicode_text)."""
    words = unicode_text() if words is None else words
    return st.builds(
        Change,
        id=ids(),
        object=refs(),
        uid=words,
        facet=st.sampled_from(Facet),
        derived=st.booleans(),
        verb=st.sampled_from(["create", "update", "patch", "delete", "scale", "bind", "evict"]),
        actor=actors(words),
        via=words,
        happened_at=instants(),
        audit_id=words,
        resource_version=st.one_of(st.just(""), st.integers(0).map(str)),
        knowledge=st.sampled_from(Knowledge),
        edits=st.lists(edits(), max_size=3).map(tuple),
        state=st.one_of(
            st.none(), json_objects().map(lambda o: orjson.dumps(o, option=orjson.OPT_SORT_KEYS))
        ),
        gone=st.booleans(),
        owner=st.one_of(st.none(), refs()),
        reason=words,
        late=st.booleans(),
        not_before=st.one_of(st.just(0), instants()),
        attribution=words,
    )


def steps() -> SearchStrategy[Step]:
    """Steps, looked at something or at nothing in particular."""
    words = unicode_text()
    return st.builds(
        Step,
        id=ids(),
        actor=actors(),
        action=words,
        target=st.one_of(st.none(), refs()),
        namespace=words,
        command=words,
        happened_at=instants(),
        until=instants(),
        count=st.integers(1, 10**6),
        status=st.integers(0, 599),
        outcome=words,
        audit_ids=st.lists(words, max_size=3).map(tuple),
    )


def notes() -> SearchStrategy[Note]:
    """Notes, pinned or not."""
    words = unicode_text()
    return st.builds(
        Note,
        id=ids(),
        author=actors(),
        text=words,
        about=st.one_of(st.none(), refs()),
        field=words,
        explains=words,
        incident=words,
        happened_at=instants(),
        permalink=words,
        captured_by=words,
        surface=words,
        channel=words,
        thread=words,
        changed_at=instants(),
        retracted=st.booleans(),
    )


def incidents(words: SearchStrategy[str] | None = None) -> SearchStrategy[Incident]:
    """Versions of incident reports."""
    words = unicode_text() if words is None else words
    return st.builds(
        Incident,
        id=words,
        title=words,
        status=st.sampled_from(IncidentStatus),
        opened_at=instants(),
        closed_at=instants(),
        actor=actors(words),
        happened_at=instants(),
        text=words,
    )


def observations(words: SearchStrategy[str] | None = None) -> SearchStrategy[Observation]:
    """Observations; texts are JSON-safe, because they stand in journal lines."""
    words = text() if words is None else words
    return st.builds(
        Observation,
        id=ids(),
        kind=words,
        about=refs(),
        owner=st.one_of(st.none(), refs()),
        first_at=instants(),
        last_at=instants(),
        count=st.integers(1, 10**6),
        message=words,
        warning=st.booleans(),
        source=words,
        audit_id=words,
        detail=st.one_of(st.just({}), json_objects()),
    )


def dependencies() -> SearchStrategy[Dependency]:
    """Dependencies, of anything on anything."""
    return st.builds(
        Dependency,
        id=ids(),
        caller=refs(),
        callee=refs(),
        kind=text(),
        source=text(),
        evidence=text(),
        first_at=instants(),
        last_at=instants(),
    )


def heard() -> SearchStrategy[Heard]:
    """Intervals heard."""
    return st.builds(Heard, source=text(), session=text(), from_at=instants(), to_at=instants())
