"""What was done to an object before, and what overwrote it: against going through all of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.memory.graph.object_past import Later, Past, done
from kubectl_smart.memory.graph.precedents import overwritten
from kubectl_smart.memory.graph.symptoms import Onset
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import Change, Facet, FieldEdit, Knowledge
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef

REF = ObjectRef("", "ConfigMap", "prod", "settings")
SET_TO = st.sampled_from([1, 2, [1], [2]])
EDITS = st.lists(
    st.builds(FieldEdit, st.sampled_from(["data.a", "data.b"]), st.just(0), SET_TO),
    max_size=2, unique_by=lambda one: one.path,
)  # fmt: skip


@st.composite
def pasts(draw: st.DrawFn) -> list[Change]:
    """Changes of one object, in order; some at the same instant, some deletions."""
    times = sorted(draw(st.lists(st.integers(1, 9), min_size=1, max_size=8)))
    return [
        Change(
            id=f"{number:032x}", object=REF, uid="", facet=Facet.OBJECT, derived=False,
            verb="update", actor=Actor("ada", ActorKind.HUMAN), via="", happened_at=at,
            audit_id="", resource_version=str(number), knowledge=Knowledge.FULL,
            edits=tuple(draw(EDITS)), state=None, gone=draw(st.integers(0, 5)) == 0,
        )
        for number, at in enumerate(times)
    ]  # fmt: skip


def past_of(changes: list[Change]) -> Past:
    """As they come from the index."""
    return Past(Committed(one, at, 0, "main", "", None) for at, one in enumerate(changes))


@given(pasts(), st.integers(0, 10))
def test_the_same_is_found_as_by_going_through_all(changes: list[Change], before: int) -> None:
    """Every earlier change that set all the same fields to the same."""
    for change in changes:
        what = done(change.edits)
        expected = [
            one.happened_at
            for one in changes
            if what and one.happened_at < before and what <= done(one.edits)
        ]
        assert past_of(changes).same_before(what, before) == expected


@given(pasts(), st.sampled_from([0, 1, 2, [1], True]))
def test_who_takes_a_field_back_is_the_first_that_sets_it_so(
    changes: list[Change], value: object
) -> None:
    """Values are compared as values, whatever they are."""
    wanted = {"data.a": value, "data.b": 2}
    expected = [
        one
        for one in changes
        if any(edit.path in wanted and edit.after == wanted[edit.path] for edit in one.edits)
    ]
    later = Later(Committed(one, at, 0, "main", "", None) for at, one in enumerate(changes))
    assert later.first_to_set(wanted) == (expected[0] if expected else None)


@given(pasts(), st.integers(0, 10))
def test_a_change_is_overwritten_by_the_one_that_sets_the_last_of_its_fields(
    changes: list[Change], onset: int
) -> None:
    """Or by a deletion; not by what came after the trouble began."""
    for change in changes:
        paths = {edit.path for edit in change.edits}
        left, expected = set(paths), None
        for one in changes:
            if left and change.happened_at < one.happened_at < onset:
                left -= left if one.gone else {edit.path for edit in one.edits}
                expected = one
        expected = expected if paths and not left else None
        assert overwritten(change, past_of(changes), paths, Onset(onset, onset)) == expected
