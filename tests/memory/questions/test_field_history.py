"""The history of a field agrees with the states it is read off, however little was known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from built_memory import START, TOM, deployment
from hypothesis import given
from hypothesis import strategies as st
from plain_index import outlined

from kubectl_smart.memory.formats.diffs import diff, field_values
from kubectl_smart.memory.questions.field_history import History, by_path, history, overlap
from kubectl_smart.memory.questions.nearest_fields import nearest_fields
from kubectl_smart.memory.records.changes import (
    ABSENT,
    UNKNOWN,
    Change,
    Facet,
    FieldEdit,
    Knowledge,
)
from kubectl_smart.memory.records.facts import Committed, StatePlace

API = deployment("api")
QUERIES = ("replicas", "image", "CACHE_SIZE", "spec.template", "env", "strategy", "spec")
LEAVES = ("replicas", "image", "CACHE_SIZE")
State = dict[str, Any]


def _container(name: str, image: int, size: int | None) -> State:
    found: State = {"name": name, "image": f"api:{image}"}
    if size is not None:
        found["env"] = [{"name": "CACHE_SIZE", "value": str(size)}, {"name": "LOG", "value": "i"}]
    return found


def _state(replicas: int | None, containers: list[State], surge: int | None) -> State:
    spec: State = {"template": {"spec": {"containers": containers}}}
    if replicas is not None:
        spec["replicas"] = replicas
    if surge is not None:
        spec["strategy"] = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge}}
    return {"metadata": {"name": "api"}, "spec": spec}


_few = st.integers(1, 3)
_containers = st.lists(st.sampled_from(["main", "proxy"]), min_size=1, max_size=2, unique=True)
states = st.builds(
    _state,
    st.none() | _few,
    _containers.flatmap(
        lambda names: st.tuples(
            *(st.builds(_container, st.just(name), _few, st.none() | _few) for name in names)
        ).map(list)
    ),
    st.none() | _few,
)
writes = st.lists(
    st.tuples(st.none() | states, st.sampled_from(["full", "fields", "name"])), max_size=10
)
"""(the state after a write, None for a deletion; how much is known of the write)."""


class Told:
    """Changes as the index tells them, and their states as the store reads them."""

    def __init__(self, past: Sequence[tuple[State | None, str]], *, partly: bool) -> None:
        self.committed: list[Committed] = []
        self.states: list[State | None] = []
        self._blobs: dict[StatePlace, bytes] = {}
        alive: State | None = None
        full: State | None = None
        for number, (state, known) in enumerate(past):
            if state is None and alive is None:
                continue
            how = known if partly and alive is not None and state is not None else "full"
            self._add(number, alive, full, state, how)
            if how == "full":
                full = state
            alive = state
            self.states.append(state)

    def _add(
        self, number: int, alive: State | None, full: State | None, state: State | None, how: str
    ) -> None:
        place = None
        edits: tuple[FieldEdit, ...] = ()
        if how == "full" and state is not None:
            place = StatePlace(f"{number:040x}", -1)
            self._blobs[place] = orjson.dumps(state)
            edits = () if full is None else diff(full, state)
        elif how == "fields":
            edits = tuple(FieldEdit(path, UNKNOWN, new) for path, _, new in diff(alive, state))
        change = Change(
            id=f"{number:032x}",
            object=API,
            uid="",
            facet=Facet.OBJECT,
            derived=False,
            verb="delete" if state is None else "create" if alive is None else "update",
            actor=TOM,
            via="",
            happened_at=START + number,
            audit_id="",
            resource_version=str(number),
            knowledge=Knowledge.NAME if how == "fields" and not edits else Knowledge(how),
            edits=edits,
            state=None,
            gone=state is None,
        )
        self.committed.append(Committed(change, number, START, "main", f"{number:040x}", place))

    def read(self, places: Sequence[StatePlace]) -> list[bytes | None]:
        """As `Store.read_states`."""
        return [self._blobs[place] for place in places]

    def history(self, query: str, upto: int | None = None) -> History:
        """Of the first so many changes."""
        return history(map(outlined, self.committed[:upto]), query, self.read)


def _sorted(found: list[tuple[str, Any]]) -> list[tuple[str, bytes]]:
    return sorted((path, orjson.dumps(value, option=orjson.OPT_SORT_KEYS)) for path, value in found)


@given(query=st.sampled_from(QUERIES), past=writes)
def test_what_is_in_force_is_what_the_state_says(
    query: str, past: list[tuple[State | None, str]]
) -> None:
    """After every change the current values are the field's values in the state."""
    told = Told(past, partly=False)
    for upto, state in enumerate(told.states, start=1):
        expected = [] if state is None else field_values(state, query)

        assert _sorted(told.history(query, upto).current) == _sorted(expected)


@given(query=st.sampled_from(LEAVES), past=writes)
def test_replaying_the_edits_gives_the_values_of_the_state(
    query: str, past: list[tuple[State | None, str]]
) -> None:
    """The edits of a history, applied one after the other, lead through the states' values."""
    told = Told(past, partly=False)
    values: dict[str, Any] = {}
    edits = {each.change.happened_at: each.edits for each in told.history(query).moves}
    for each, state in zip(told.committed, told.states, strict=True):
        for path, before, after in edits.get(outlined(each).happened_at, ()):
            assert values.pop(path, ABSENT) == before
            if after is not ABSENT:
                values[path] = after

        assert values == dict([] if state is None else field_values(state, query))


@given(query=st.sampled_from(LEAVES), past=writes)
def test_a_full_state_settles_what_was_known_in_part(
    query: str, past: list[tuple[State | None, str]]
) -> None:
    """Wherever the whole state is known, the values are its values, whatever went before."""
    told = Told(past, partly=True)
    for upto, (each, state) in enumerate(zip(told.committed, told.states, strict=True), start=1):
        if each.place is not None and state is not None:
            current = told.history(query, upto).current

            assert _sorted(current) == _sorted(field_values(state, query))


@given(query=st.sampled_from(LEAVES), past=writes)
def test_a_value_is_never_said_to_be_set_twice(
    query: str, past: list[tuple[State | None, str]]
) -> None:
    """No entry claims to set what was in force already, however little was known in between."""
    told = Told(past, partly=True)
    in_force: dict[str, Any] = {}
    for moved in told.history(query).moves:
        for path, before, after in moved.edits:
            if before is not UNKNOWN:
                assert before != after
                assert in_force.get(path, before) == before
            in_force[path] = after


@given(values=st.lists(st.integers(1, 4) | st.none(), min_size=1, max_size=12))
def test_a_rollback_is_a_value_that_comes_back(values: list[int | None]) -> None:
    """Back to the nearest earlier equal value, undoing the one that first replaced it."""
    past = [(_state(value, [_container("main", 1, None)], None), "full") for value in values]
    told = Told(past, partly=False)
    sets = by_path(told.history("replicas").moves).get("spec.replicas", [])
    seen = [one.after for one in sets]
    for at, one in enumerate(sets):
        earlier = [i for i in range(at - 1) if seen[i] == one.after]
        expected = (earlier[-1], earlier[-1] + 1) if earlier and one.after is not ABSENT else None

        assert (one.back_to, one.undoes) == (expected or (-1, -1))
        assert one.until == (sets[at + 1].moved if at + 1 < len(sets) else -1)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("spec.a", "spec.a", True),
        ("spec", "spec.a", True),
        ("spec.a[x].b", "spec.a", True),
        ("spec.a", "spec.ab", False),
        ("spec.a", "spec.b", False),
    ],
)
def test_paths_overlap_where_one_leads_into_the_other(
    one: str, other: str, *, expected: bool
) -> None:
    """A path is within another only at a dot or a bracket."""
    assert overlap(one, other) is expected


def test_the_nearest_fields_can_be_asked_for() -> None:
    """A misspelt field finds its like; one like nothing gets the topmost fields."""
    state = _state(3, [_container("main", 1, 64)], 1)

    assert nearest_fields(state, (), "CACHE_SIZ")[0] == "CACHE_SIZE"
    assert nearest_fields(state, (), "images")[0] == "spec.template.spec.containers.image"
    assert nearest_fields(None, ["spec.replicas"], "replica") == ["spec.replicas"]
    assert nearest_fields(state, (), "xyzzy") == ["spec.replicas", "spec.strategy", "spec.template"]
    assert nearest_fields(None, (), "x") == []
