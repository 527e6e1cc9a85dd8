"""Answers are a function of the set of records, not of the order or the batches they come in."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from indexed_memory import Indexed, answers
from plain_index import PlainIndex
from simple_fold import item, workload

from kubectl_smart.memory.formats.diffs import diff
from kubectl_smart.memory.index.opening import open_index
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import UNKNOWN, Change, Facet, FieldEdit, Knowledge
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.facts import Committed, Record, StatePlace
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step

START = 1_763_888_400_000_000
SECOND = 1_000_000
ACTORS = (
    Actor("sarah@example.com", ActorKind.HUMAN),
    Actor("system:node:worker-5", ActorKind.NODE),
    Actor("", ActorKind.UNKNOWN, "somebody"),
)


def digits(*parts: object) -> str:
    """A record's id."""
    return sha256(repr(parts).encode()).hexdigest()[:32]


class Chance:
    """Records of a few objects, out of order, by a seeded die."""

    def __init__(self, seed: int, count: int) -> None:
        self._die = Random(seed)
        self._states: dict[StatePlace, bytes] = {}
        self._last: dict[tuple[ObjectRef, Facet], Change | None] = {}
        self.committed: list[Committed] = []
        for number in range(1, count + 1):
            self._add(number)
        self.tips = {one.branch: one.commit for one in self.committed}

    def read_states(self, places: Sequence[StatePlace]) -> list[bytes | None]:
        """As a store does."""
        return [self._states.get(place) for place in places]

    def _at(self) -> int:
        return START + self._die.randrange(12) * SECOND

    def _ref(self) -> ObjectRef:
        kind = self._die.choice((("apps", "Deployment"), ("", "Pod")))
        return ObjectRef(*kind, self._die.choice(("a", "b", "")), self._die.choice(("api", "web")))

    def _add(self, number: int) -> None:
        roll = self._die.random()
        record: Record
        if roll < 0.7:
            record = self._change(number)
        elif roll < 0.9:
            record = self._entry(number)
        else:
            since = self._at()
            session = self._die.choice(("one", "two"))
            to_at = since + self._die.randrange(4) * SECOND
            record = Heard(source="audit", session=session, from_at=since, to_at=to_at)
        bulk = isinstance(record, Heard | Observation)
        if isinstance(record, Change):
            bulk = record.derived or record.facet is Facet.STATUS
        branch = "journal/2025-11" if bulk else "main"
        commit = digits("commit", number) + "0" * 8
        place = None
        if isinstance(record, Change) and record.state is not None:
            place = StatePlace(digits("blob", record.state) + "0" * 8, number if bulk else -1)
            self._states[place] = record.state
        self.committed.append(Committed(record, number, START + number, branch, commit, place))

    def _change(self, number: int) -> Change:
        die, ref = self._die, self._ref()
        facet = Facet.STATUS if ref.kind == "Pod" and die.random() < 0.4 else Facet.OBJECT
        before = self._last.get((ref, facet))
        gone = facet is Facet.OBJECT and die.random() < 0.2
        late = die.random() < 0.2
        knowledge = Knowledge.FULL if gone else die.choice((*[Knowledge.FULL] * 6, *Knowledge))
        full = knowledge is Knowledge.FULL
        spec = {"replicas": die.randrange(4), "image": die.randrange(3)}
        state = orjson.dumps({"spec": spec, "kind": ref.kind}, option=orjson.OPT_SORT_KEYS)
        edits: tuple[FieldEdit, ...] = ()
        if knowledge is Knowledge.FIELDS:
            edits = (FieldEdit("spec.replicas", UNKNOWN, number),)
        elif full and not gone and not late and before is not None and before.state is not None:
            edits = diff(orjson.loads(before.state), {"spec": spec, "kind": ref.kind})
        audit_id = die.choice((digits("audit", number), str(number), ""))
        found = Change(
            id=digits("change", number),
            object=ref,
            uid=die.choice(("", "uid-api", "uid-api", "uid-other")),
            facet=facet,
            derived=ref.kind == "Pod" and die.random() < 0.5,
            verb=die.choice(("update", "create", "patch")),
            actor=die.choice(ACTORS),
            via=die.choice(("kubectl edit", "kubelet", "")),
            happened_at=self._at(),
            audit_id=audit_id,
            resource_version=die.choice((str(die.randrange(30)), "", "v1", "007")),
            knowledge=knowledge,
            edits=edits,
            state=state if full and not gone else None,
            gone=gone,
            owner=die.choice((None, ObjectRef("apps", "Deployment", ref.namespace, "top"))),
            reason=die.choice(("", "because\x00")),
            late=late,
        )
        if not late:
            self._last[ref, facet] = found
        return found

    def _entry(self, number: int) -> Record:
        die, since = self._die, self._at()
        until = since + die.randrange(5) * SECOND
        roll = die.randrange(4)
        if roll == 0:
            return Observation(
                id=digits("observation", die.randrange(3)),
                kind="BackOff",
                about=self._ref(),
                owner=die.choice((None, self._ref())),
                first_at=since,
                last_at=until,
                count=number,
                message=f"message {number}",
                warning=die.random() < 0.5,
                source="event",
                audit_id=digits("audit", number),
            )
        if roll == 1:
            return Step(
                id=digits("step", die.randrange(3)),
                actor=ACTORS[0],
                action="get",
                target=die.choice((None, self._ref())),
                namespace=die.choice(("a", "")),
                command="kubectl get pods",
                happened_at=since,
                until=until,
                count=number,
                status=200,
                outcome="",
                audit_ids=(digits("audit", number), str(number)),
            )
        text = die.choice(("be careful", "an outage of the cache", "Note 12", "BEES"))
        if roll == 2:
            return Note(
                id=digits("note", number),
                author=ACTORS[0],
                text=text,
                about=die.choice((None, self._ref())),
                field="",
                explains=die.choice(("", digits("change", die.randrange(20)))),
                incident="",
                happened_at=since,
            )
        return Incident(
            id=die.choice(("2025-11-outage", "2025-11-flood")),
            title="An outage",
            status=IncidentStatus.OPEN,
            opened_at=START,
            closed_at=0,
            actor=ACTORS[0],
            happened_at=since,
            text=text,
        )


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
