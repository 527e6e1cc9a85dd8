"""Answers are a function of the set of records, not of the order or the batches they come in."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from indexed_memory import Indexed, answers
from plain_index import PlainIndex
from random_records import SECOND, START, Chance
from simple_fold import item, workload

from kubectl_smart.memory.index.opening import open_index
from kubectl_smart.memory.records.changes import Change, FieldEdit
from kubectl_smart.memory.records.objects import ObjectRef


def told(index: Any, chance: Chance) -> dict[str, str]:
    """What an index answers to everything worth asking about these records."""
    return answers(index, chance.committed)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(1, 40),
    shuffle=st.randoms(use_true_random=False),
    cuts=st.lists(st.integers(0, 40), max_size=5),
)
def test_any_order_and_any_batches(seed: int, count: int, shuffle: Random, cuts: list[int]) -> None:
    """Shuffled, batched at will, reopened in between and half of it repeated: all the same."""
    chance = Chance(seed, count)
    records = chance.committed[:]
    if shuffle.random() < 0.8:
        shuffle.shuffle(records)
    edges = [0, *sorted(min(cut, count) for cut in cuts), count]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "index.sqlite"
        index = open_index(place, create=True, read_only=False)
        for start, end in pairwise(edges):
            index.apply(records[start:end], {}, chance.read_states)
            if shuffle.random() < 0.3:
                index.close()
                index = open_index(place, read_only=False)
        index.apply(records[: count // 2], chance.tips, chance.read_states)
        plain = PlainIndex(chance.committed, chance.tips, chance.read_states)
        assert told(index, chance) == told(plain, chance)
        index.close()


def late_stream(seed: int) -> list[Any]:
    """A workload in which every so often an older version of an object arrives."""
    die = Random(seed)
    items = workload(160, seed=seed)
    found = []
    for position, one in enumerate(items):
        found.append(one)
        event = orjson.loads(one.body)
        if event["op"] == "set" and event["rv"] > 1 and die.random() < 0.25:
            at = event["at"] - die.randrange(60) * SECOND
            spec = {"replicas": die.randrange(9), "late": position}
            more = {name: event[name] for name in ("kind", "derived") if name in event}
            rv = die.randrange(1, event["rv"])
            late = item(f"late-{position}", at, "set", name=event["name"], rv=rv, spec=spec, **more)
            found.append(late)
        elif event["op"] == "set" and not event.get("derived") and die.random() < 0.1:
            gone = {"name": event["name"], "rv": event["rv"] + 1}
            found.append(item(f"gone-{position}", event["at"] + 5, "gone", **gone))
        elif event["op"] == "set" and event.get("derived") and die.random() < 0.3:
            status = {"kind": "Pod", "facet": "status", "name": event["name"], "rv": event["rv"]}
            found.append(item(f"status-{position}", event["at"] + 7, "set", **status))
    return found


@settings(max_examples=8)
@given(seed=st.integers(0, 2**32), every=st.sampled_from((1, 7, 50, 1_000)))
def test_rebuilt_from_git_it_answers_as_it_did_live(seed: int, every: int) -> None:
    """Late changes between others, deletions, statuses, folded steps: to the byte."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Indexed.open(Path(folder) / "memory", Path(folder) / "index.sqlite") as memory,
    ):
        stream = late_stream(seed)
        half = len(stream) // 2
        memory.record(stream[:half], every=every, final=False)
        memory.record(stream[half:], every=every)
        assert any(isinstance(one.record, Change) and one.record.late for one in memory.live)
        before = answers(memory.index, memory.live)
        tips = memory.store.tips()
        plain = PlainIndex(memory.live, tips, memory.store.read_states)
        assert answers(plain, memory.live) == before

        assert memory.index.catch_up(memory.store) == 0
        assert memory.index.rebuild(memory.store) == len(memory.live)
        assert answers(memory.index, memory.live) == before


def test_a_late_change_settles_itself_and_what_follows(tmp_path: Path) -> None:
    """Put between two others, it is compared with the one and the other with it."""
    with Indexed.open(tmp_path / "memory", tmp_path / "index.sqlite") as memory:
        first = item("a", START, "set", name="api", rv=1, spec={"replicas": 1})
        third = item("c", START + 9 * SECOND, "set", name="api", rv=9, spec={"replicas": 3})
        second = item("b", START + 3 * SECOND, "set", name="api", rv=5, spec={"replicas": 2})
        memory.record([first, third])
        memory.record([second])

        ref = ObjectRef("apps", "Deployment", "payments", "api")
        told = [one.record for one in memory.index.changes_of(ref)]
        assert [one.edits for one in told if isinstance(one, Change)] == [
            (),
            (FieldEdit("spec.replicas", 1, 2), FieldEdit("spec.rv", 1, 5)),
            (FieldEdit("spec.replicas", 2, 3), FieldEdit("spec.rv", 5, 9)),
        ]
        assert [replace(one, edits=()) for one in told if isinstance(one, Change)] == [
            replace(one.record, edits=(), state=None)
            for one in sorted(memory.live, key=lambda one: getattr(one.record, "happened_at", 0))
            if isinstance(one.record, Change)
        ]
