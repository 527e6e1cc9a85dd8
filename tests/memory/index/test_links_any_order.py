"""Links are a function of the set of records, whatever the order and the batches they come in."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from linked_records import Work
from plain_index import PlainIndex
from plain_links import found, plain_links

from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.index.opening import open_index
from kubectl_smart.memory.index.restricted import RestrictedIndex
from kubectl_smart.memory.records.objects import ObjectRef


def expected(work: Work) -> set[object]:
    """The links that there must be, worked out plainly."""
    plain = PlainIndex(work.committed, work.tips, work.read_states)
    return set(plain_links(work.committed, plain.wired_of, plain.edits(), plain.compared))


def told(index: Index) -> set[object]:
    """The links that an index has; each once."""
    links = index.links_between()
    assert len({found(one) for one in links}) == len(links)
    return {found(one) for one in links}


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(1, 80),
    shuffle=st.randoms(use_true_random=False),
    cuts=st.lists(st.integers(0, 60), max_size=6),
)
def test_any_order_and_any_batches(seed: int, count: int, shuffle: Random, cuts: list[int]) -> None:
    """In order, nearly in order or shuffled; reopened in between, half of it repeated: the same."""
    work = Work(seed, count)
    records = work.committed[:]
    roll = shuffle.random()
    if roll < 0.4:
        shuffle.shuffle(records)
    elif roll < 0.7:
        places = {one: at + shuffle.randrange(6) for at, one in enumerate(records)}
        records.sort(key=places.__getitem__)
    edges = [0, *sorted(min(cut, count) for cut in cuts), count]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "index.sqlite"
        index = open_index(place, create=True, read_only=False)
        for start, end in pairwise(edges):
            index.apply(records[start:end], {}, work.read_states)
            if shuffle.random() < 0.3:
                index.close()
                index = open_index(place, read_only=False)
        index.apply(records[: count // 2], work.tips, work.read_states)
        assert told(index) == expected(work)
        index.close()


@settings(max_examples=20)
@given(
    seed=st.integers(0, 2**32),
    kinds=st.sets(st.sampled_from(["Pod", "ReplicaSet", "Deployment", "ConfigMap", "Node"])),
    places=st.sets(st.sampled_from(["shop", ""])),
)
def test_a_link_is_hidden_if_either_end_is(seed: int, kinds: set[str], places: set[str]) -> None:
    """By window, by change and by object."""
    work = Work(seed, 60)

    def sees(ref: ObjectRef) -> bool:
        return ref.namespace in places and ref.kind in kinds

    with tempfile.TemporaryDirectory() as folder:
        index = open_index(Path(folder) / "index.sqlite", create=True, read_only=False)
        index.apply(work.committed, work.tips, work.read_states)
        as_seen = RestrictedIndex(index, places, may=lambda _, kind, __: kind in kinds)
        every = index.links_between()
        visible = [one for one in every if sees(one.effect_of) and sees(one.cause_of)]
        assert as_seen.links_between() == visible
        assert as_seen.links_with([one.cause for one in every]) == [
            one for one in index.links_with([one.cause for one in every]) if one in visible
        ]
        for ref in {one.effect_of for one in every}:
            assert as_seen.links_of(ref) == [one for one in index.links_of(ref) if one in visible]
        index.close()
