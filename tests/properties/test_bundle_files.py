"""A bundle that is written is read back whole, whatever stands in it, and always the same bytes."""

from __future__ import annotations

import gzip
import math
import re
import tempfile
from array import array
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.memory.formats.bundle_writing import bundle_bytes, bundle_document
from kubectl_smart.memory.formats.bundles import parse_bundle, read_bundle
from kubectl_smart.memory.questions.bundle_names import without_names
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.evidence import (
    EDGE_KINDS,
    Alert,
    Edge,
    Edit,
    Effect,
    Entity,
    Event,
    Evidence,
    SeriesOf,
    Symptom,
)

TEXT = st.text(max_size=12)
ID = st.text(min_size=1, max_size=6)
PEOPLE = (ActorKind.HUMAN, ActorKind.AUTOMATION, ActorKind.UNKNOWN)
AT = st.integers(0, 4_102_444_800_000_000)
"""Until the year 2100."""


@st.composite
def spans(draw: st.DrawFn) -> tuple[int, int]:
    """(from, to), not empty."""
    low = draw(AT)
    return low, low + draw(st.integers(1, 10**9))


@st.composite
def measured(draw: st.DrawFn) -> tuple[SeriesOf, ...]:
    """Series on one axis or two, some values missing."""
    found = []
    for _ in range(draw(st.integers(0, 2))):
        times = array("q", sorted(draw(st.sets(AT, max_size=5))))
        for _ in range(draw(st.integers(1, 2))):
            number = st.none() | st.floats(-1e9, 1e9)
            values = [draw(number) for _ in times]
            numbers = array("d", [math.nan if one is None else one for one in values])
            found.append(SeriesOf(draw(ID), draw(TEXT), draw(TEXT), times, numbers))
    return tuple(found)


AMOUNT = st.floats(0, 1e9)
EVIDENCE = st.builds(
    Evidence,
    name=ID,
    symptom=st.builds(Symptom, entity=TEXT, metric=TEXT, stat=TEXT, at=AT, metric_kind=st.just("")),
    ordinary=st.lists(spans(), min_size=1, max_size=3).map(lambda found: tuple(sorted(found))),
    incident=spans(),
    candidates=st.lists(ID, max_size=4, unique=True).map(tuple),
    entities=st.lists(st.builds(Entity, ID, TEXT, TEXT, TEXT, TEXT), max_size=3).map(tuple),
    edges=st.lists(st.builds(Edge, ID, ID, st.sampled_from(EDGE_KINDS)), max_size=3).map(tuple),
    series=measured(),
    events=st.lists(
        st.builds(Event, AT, ID, TEXT, TEXT, TEXT, TEXT, st.integers(0, 10**6)), max_size=3
    ).map(tuple),
    edits=st.lists(
        st.builds(
            Edit,
            ID,
            AT,
            TEXT,
            ID,
            TEXT,
            TEXT,
            TEXT,
            TEXT,
            TEXT,
            st.lists(st.builds(Effect, ID, AMOUNT, AMOUNT), max_size=2).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    alerts=st.lists(st.builds(Alert, AT, ID, TEXT, TEXT), max_size=3).map(tuple),
    weighed=TEXT,
    notes=st.just(()) | st.just((("dataset", "shop"), ("licence", "MIT"))),
)


@given(
    st.lists(
        st.builds(Actor, st.text(min_size=1, max_size=12), st.sampled_from(PEOPLE)), min_size=1
    ),
    TEXT,
    EVIDENCE,
)
def test_whoever_acted_has_a_pseudonym(actors: list[Actor], words: str, some: Evidence) -> None:
    """Whatever they are called; and whose name is long enough to be found is found in texts."""
    edits = tuple(
        Edit(f"{at}", at, one.name, "api", "", "", "", "", f"{words} <{one.name}> {words}")
        for at, one in enumerate(actors)
    )
    found = without_names(replace(some, edits=edits), actors)
    said: dict[str, str] = {}
    for actor, edit in zip(actors, found.edits, strict=True):
        assert re.fullmatch(r"(human|automation|unknown)-\d+", edit.actor)
        assert said.setdefault(actor.name, edit.actor) == edit.actor
        if actor.name.isalpha() and len(actor.name) > 2 and not words.strip():
            assert f"<{actor.name}>" not in edit.text
    assert len(set(said.values())) == len(said)


def _series(found: Evidence) -> list[tuple[object, ...]]:
    return [
        (*one[:3], list(one.times), [None if math.isnan(value) else value for value in one.values])
        for one in found.series
    ]


def _rest(found: Evidence) -> dict[str, object]:
    return {key: getattr(found, key) for key in Evidence.__slots__ if key != "series"}


@given(EVIDENCE)
def test_what_is_written_is_read_back(evidence: Evidence) -> None:
    """Through the document and through both forms of the file."""
    found = parse_bundle(bundle_document(evidence))
    assert (_rest(found), _series(found)) == (_rest(evidence), _series(evidence))
    plain, packed = bundle_bytes(evidence), bundle_bytes(evidence, packed=True)
    assert gzip.decompress(packed) == plain
    with tempfile.TemporaryDirectory() as folder:
        for name, data in (("a.json", plain), ("a.json.gz", packed)):
            (Path(folder) / name).write_bytes(data)
            again = read_bundle(Path(folder) / name)
            assert (_rest(again), _series(again)) == (_rest(evidence), _series(evidence))


@given(EVIDENCE)
def test_the_same_evidence_makes_the_same_bytes(evidence: Evidence) -> None:
    """Written, read and written again: no clock, no order of members."""
    for packed in (False, True):
        data = bundle_bytes(evidence, packed=packed)
        read = parse_bundle(bundle_document(evidence))
        assert bundle_bytes(read, packed=packed) == data
        assert data[4:8] == bytes(4) or not packed
