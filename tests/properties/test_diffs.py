"""Differences of states: nothing for what is equal, and applied they give the other state."""

from __future__ import annotations

import random
from typing import Any

import orjson
import strategies as my
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_smart.memory.formats.diffs import apply_edits, diff, field_values, matches, narrow
from kubectl_smart.memory.formats.field_paths import parse_path
from kubectl_smart.memory.records.changes import ABSENT

STATES = st.one_of(my.workloads(), my.json_objects())


@given(STATES)
def test_nothing_differs_from_itself(state: Any) -> None:
    """A state has no edits to itself."""
    assert diff(state, orjson.loads(orjson.dumps(state))) == ()


@settings(max_examples=300)
@given(st.one_of(st.tuples(my.workloads(), my.workloads()), st.tuples(STATES, STATES)))
def test_edits_applied_to_before_give_after(states: tuple[Any, Any]) -> None:
    """Applying the edits gives the other state, up to the order of matched lists."""
    before, after = states

    edits = diff(before, after)

    assert diff(apply_edits(before, edits), after) == ()
    if before == after:
        assert not edits


@settings(max_examples=200)
@given(my.workloads(), my.workloads())
def test_edits_are_told_apart_by_their_path(before: Any, after: Any) -> None:
    """Each field is edited at most once, and each path can be read."""
    edits = diff(before, after)

    assert len({edit.path for edit in edits}) == len(edits)
    for edit in edits:
        assert parse_path(edit.path)
        assert edit.before is ABSENT or edit.after is ABSENT or edit.before != edit.after


@given(my.workloads(), st.randoms(use_true_random=False))
def test_the_order_of_matched_lists_is_no_difference(state: Any, chance: random.Random) -> None:
    """Reordered containers, variables and tolerations are not edits."""
    containers = state.get("spec", {}).get("template", {}).get("spec", {}).get("containers", [])
    names = [container["name"] for container in containers]
    if len(set(names)) < len(names):
        return
    shuffled = orjson.loads(orjson.dumps(state))
    if containers:
        chance.shuffle(shuffled["spec"]["template"]["spec"]["containers"])

    assert diff(state, shuffled) == ()


@given(my.workloads(), st.sampled_from(["replicas", "image", "CACHE_SIZE", "spec.template", "env"]))
def test_fields_found_in_an_object_match_the_query(state: Any, query: str) -> None:
    """What `field_values` finds, `matches` agrees to; both sides of a creation are found."""
    found = field_values(state, query)

    assert all(matches(path, query) for path, _ in found)
    created = narrow(diff({}, state), query)
    assert {path for path, _ in found} or not created


@given(my.workloads(), my.workloads())
def test_composed_differences_do_not_change_their_arguments(before: Any, after: Any) -> None:
    """`apply_edits` leaves state and edits as they were."""
    copy = orjson.dumps(before), orjson.dumps(after)

    apply_edits(before, diff(before, after))

    assert (orjson.dumps(before), orjson.dumps(after)) == copy
