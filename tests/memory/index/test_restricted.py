"""What somebody sees who may not see everything: what is left if the rest had never been."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indexed_memory import answers
from plain_index import PlainIndex
from random_records import Chance

from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.index.opening import open_index
from kubectl_smart.memory.index.restricted import RestrictedIndex
from kubectl_smart.memory.index.rows import Counts
from kubectl_smart.memory.records.changes import Change, Facet
from kubectl_smart.memory.records.dependencies import Dependency
from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step

_NO_SECRET = ("counts(", "kinds(", "has_audit_ids(", "coverage(", "similar(")
"""Look-ups that are refused, or that tell nothing of what is hidden: see the module. A name that
is visible may be known only from a record that is not."""


class _Asked(RestrictedIndex):
    """One that can be asked everything at once."""

    def counts(self) -> Counts:
        return Counts(0, 0, 0, 0, 0, 0)


def _visible(chance: Chance, places: set[str], allowed: set[tuple[str, str]]) -> list[Committed]:
    """The records that somebody may see, by a rule written down once more.

    allowed  (kind, namespace) of what they may see where not everything there is; empty: all
    """

    def sees(ref: ObjectRef) -> bool:
        return ref.namespace in places and (not allowed or (ref.kind, ref.namespace) in allowed)

    last: dict[str, Committed] = {}
    for each in chance.committed:
        if isinstance(each.record, Observation | Step | Dependency):
            rank = (each.sequence, getattr(each.record, "last_at", 0))
            held = last.get(each.record.id)
            if held is None or rank > (held.sequence, getattr(held.record, "last_at", 0)):
                last[each.record.id] = each
    seen = {
        each.record.id
        for each in chance.committed
        if isinstance(each.record, Change) and sees(each.record.object)
    }

    def may(each: Committed) -> bool:
        one = each.record
        if isinstance(one, Change):
            return one.id in seen
        if isinstance(one, Observation):
            valid = last[one.id].record
            return isinstance(valid, Observation) and sees(valid.about)
        if isinstance(one, Dependency):
            valid = last[one.id].record
            return isinstance(valid, Dependency) and sees(valid.caller) and sees(valid.callee)
        if isinstance(one, Step):
            valid = last[one.id].record
            return (
                isinstance(valid, Step)
                and valid.namespace in places
                and (not allowed if valid.target is None else sees(valid.target))
            )
        if isinstance(one, Note):
            return sees(one.about) if one.about is not None else one.explains in seen
        return False

    return [each for each in chance.committed if may(each)]


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(1, 60),
    places=st.sets(st.sampled_from(["a", "b", "", "nowhere"])),
    allowed=st.sets(
        st.tuples(st.sampled_from(["Pod", "Deployment"]), st.sampled_from(["a", "b", ""]))
    ),
)
def test_it_answers_as_if_the_rest_had_never_been(
    seed: int, count: int, places: set[str], allowed: set[tuple[str, str]]
) -> None:
    """Every look-up, for every set of namespaces, and of kinds in them."""
    chance = Chance(seed, count)

    def may(_: str, kind: str, namespace: str) -> bool:
        return (kind, namespace) in allowed

    def sees(ref: ObjectRef) -> bool:
        return ref.namespace in places and (not allowed or (ref.kind, ref.namespace) in allowed)

    def as_seen(index: Index) -> _Asked:
        return _Asked(index, places, may=may if allowed else None)

    with tempfile.TemporaryDirectory() as folder:
        index = open_index(Path(folder) / "index.sqlite", create=True, read_only=False)
        index.apply(chance.committed, chance.tips, chance.read_states)
        records = _visible(chance, places, allowed)
        plain = PlainIndex(records, chance.tips, chance.read_states, sees)
        told = answers(as_seen(index), chance.committed)
        expected = answers(plain, chance.committed)
        changes = [one.record for one in chance.committed if isinstance(one.record, Change)]
        refs = sorted({one.object for one in changes})
        numbers = [one.number for ref in refs for one in index.outlines_of(ref)]
        listed = as_seen(index).listed(numbers).values()
        similar = as_seen(index).similar("apix", limit=40)
        index.close()

    for question, answer in expected.items():
        if not question.startswith(_NO_SECRET):
            assert told[question] == answer, question
    assert {ref.namespace for ref in similar} <= places
    assert not allowed or {(ref.kind, ref.namespace) for ref in similar} <= allowed
    assert {one.record.id for one in listed if isinstance(one.record, Change)} == {
        one.id
        for ref in refs
        if ref.namespace in places and (not allowed or (ref.kind, ref.namespace) in allowed)
        for each in chance.committed
        if isinstance(one := each.record, Change) and (one.object, one.facet) == (ref, Facet.OBJECT)
    }


def test_how_much_there_is_is_not_told(tmp_path: Path) -> None:
    """A number tells too."""
    index: Index = open_index(tmp_path / "index.sqlite", create=True, read_only=False)
    with pytest.raises(BadInput, match="only told to those"):
        RestrictedIndex(index, {"a"}).counts()
    index.close()
