"""Links to trouble that are kept in the index are those that would be worked out when asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import cast

import pytest
from built_memory import SARAH, TOM, Past, config, container, minutes, pod
from hypothesis import given, settings
from hypothesis import strategies as st
from troubled_records import Told, Troubles, workload

from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.index.opening import open_index
from kubectl_smart.memory.index.reading import BEGINNING, END
from kubectl_smart.memory.index.restricted import RestrictedIndex
from kubectl_smart.memory.questions import trouble_links as asked
from kubectl_smart.memory.records.links import SETTLE, Link
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.store.git_store import GitStore


def store_of(shop: Told) -> GitStore:
    """Of a store, links only ask for the states of objects."""
    return cast("GitStore", shop)


def links(shop: Told, index: Index, since: int = BEGINNING, until: int = END) -> list[Link]:
    """What led to the trouble of a window."""
    return asked.trouble_links(store_of(shop), index, ties_of(index), since, until)


def worked_out(shop: Told) -> list[Link]:
    """The same, of an index that is told all at once and keeps nothing."""
    with tempfile.TemporaryDirectory() as folder:
        index = open_index(Path(folder) / "index.sqlite", create=True, read_only=False)
        index.apply(shop.committed, shop.tips, shop.read_states)
        found = links(shop, index)
        index.close()
    return found


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An empty one."""
    found = open_index(tmp_path / "index.sqlite", create=True, read_only=False)
    yield found
    found.close()


def broken() -> Told:
    """Some days in which an edit breaks a workload, and another one a day later."""
    past = Past()
    past.heard(minutes(0), minutes(6_880))
    for at, image in ((0, "1"), (4_600, "2"), (4_700, "1"), (6_000, "3")):
        main = container("main", f"api:{image}")
        template = {"metadata": {"labels": {"app": "api"}}, "spec": {"containers": [main]}}
        past.write(workload("api"), minutes(at), by=TOM, template=template)
    for at in (4_602, 6_002):
        about = pod(f"api-{at}", "shop")
        past.seen(about, minutes(at), "BackOff", owner=workload("api"), lasts=10 * 60_000_000)
    return Told(past)


def tell(index: Index, shop: Told) -> None:
    """The index is told what is new."""
    told = shop.more() or shop.committed
    index.apply(told, shop.tips, shop.read_states)


def link(index: Index, shop: Told) -> int:
    """All is linked that can be, in small pieces; until when."""
    while not (linked := asked.link_trouble(store_of(shop), index, 1)).whole:
        assert linked.pieces <= 1
    assert linked.until is not None
    return linked.until


def kept(index: Index) -> list[Link]:
    """What the index keeps and gives."""
    until = index.trouble_linked(asked._RULED_BY)
    return [] if until is None else index.trouble_links_between(None, until, "causes")


def test_what_is_kept_is_taken(index: Index) -> None:
    """As it would be worked out; by window, and by namespace."""
    shop = broken()
    tell(index, shop)
    expected = links(shop, index)
    assert [one.cause_at for one in expected] == [minutes(4_600), minutes(6_000)]
    assert kept(index) == []
    assert link(index, shop) == minutes(6_880) - SETTLE
    assert len(kept(index)) == 2
    assert links(shop, index) == expected
    assert links(shop, index, minutes(4_602), minutes(4_603)) == expected[:1]
    assert links(shop, index, minutes(4_603)) == expected[1:]
    ties = ties_of(index)
    store = store_of(shop)
    assert asked.trouble_links(store, index, ties, BEGINNING, END, "shop") == expected
    assert asked.trouble_links(store, index, ties, BEGINNING, END, "other") == []


def test_what_comes_late_takes_back_what_it_can_change(index: Index) -> None:
    """And no more than that: what began seven hours before it stays."""
    shop = broken()
    tell(index, shop)
    link(index, shop)
    shop.past.write(workload("api"), minutes(4_601), by=SARAH, late=True, replicas=0)
    tell(index, shop)
    assert index.trouble_linked(asked._RULED_BY) == minutes(4_601) - SETTLE
    assert kept(index) == []
    assert links(shop, index) == worked_out(shop)
    link(index, shop)
    assert links(shop, index) == worked_out(shop)
    shop.past.write(config("other", "shop"), minutes(6_100), late=True, data={"A": "1"})
    tell(index, shop)
    assert index.trouble_linked(asked._RULED_BY) == minutes(6_100) - SETTLE
    assert {one.effect_at for one in kept(index)} == {minutes(4_602) + 999_999}
    assert links(shop, index) == worked_out(shop)


def test_what_comes_in_order_takes_nothing_back(index: Index) -> None:
    """Nor does what nothing is judged by, however late: words, steps, what is no trouble."""
    shop = broken()
    tell(index, shop)
    until = link(index, shop)
    shop.past.write(config("other", "shop"), minutes(6_881), data={"A": "1"})
    shop.past.note(minutes(4_500), "be careful", about=workload("api"))
    shop.past.looked(minutes(4_500), "kubectl get pods", workload("api"))
    shop.past.seen(pod("api-1", "shop"), minutes(4_500), "Pulled", warning=False)
    tell(index, shop)
    assert index.trouble_linked(asked._RULED_BY) == until


@pytest.mark.parametrize(("message", "since"), [("", 6_012), ("something else", 6_002)])
def test_trouble_that_goes_on(index: Index, message: str, since: int) -> None:
    """It is new from where it had left off; from its beginning if other words are said of it."""
    shop = broken()
    tell(index, shop)
    link(index, shop)
    before = next(
        one
        for one in shop.past.records
        if isinstance(one, Observation) and one.first_at == minutes(6_002)
    )
    shop.past.records.append(
        replace(before, last_at=minutes(6_900), count=9, message=message or before.message)
    )
    tell(index, shop)
    assert index.trouble_linked(asked._RULED_BY) == minutes(since) - SETTLE
    assert links(shop, index) == worked_out(shop)


def test_of_other_rules_nothing_is_taken(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is linked by them yet; what they link takes the place of what the others did."""
    shop = broken()
    tell(index, shop)
    link(index, shop)
    expected = links(shop, index)
    monkeypatch.setattr(asked, "_RULED_BY", "causes/99 links/1")
    assert index.trouble_linked("causes/99 links/1") is None
    assert links(shop, index) == expected
    asked.link_trouble(store_of(shop), index, 1)
    assert len(kept(index)) == 1
    assert links(shop, index) == expected


def test_who_may_not_see_everything_gets_nothing_that_is_kept(index: Index) -> None:
    """It was worked out over what is hidden; nor who lays observations beside."""
    shop = broken()
    tell(index, shop)
    link(index, shop)
    restricted = RestrictedIndex(index, {"shop"})
    assert index.trouble_linked(asked._RULED_BY) is not None
    assert restricted.trouble_linked(asked._RULED_BY) is None
    assert links(shop, restricted) == worked_out(shop)
    with index.with_beside([], (0, 1)):
        assert index.trouble_linked(asked._RULED_BY) is None
    assert links(shop, RestrictedIndex(index, {"other"})) == []


@pytest.mark.parametrize("seed", range(12))
def test_restricted_answers_are_those_of_an_index_that_keeps_nothing(
    index: Index, seed: int, tmp_path: Path
) -> None:
    """Of whoever sees one of the namespaces, and not the other."""
    shop = Troubles(seed, 50)
    plain = open_index(tmp_path / "plain.sqlite", create=True, read_only=False)
    for one in (index, plain):
        one.apply(shop.committed, shop.tips, shop.read_states)
    link(index, shop)
    for visible in ({"shop"}, {"later"}, {"shop", "later"}):
        assert links(shop, RestrictedIndex(index, visible)) == links(
            shop, RestrictedIndex(plain, visible)
        )
    plain.close()


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(10, 90),
    shuffle=st.randoms(use_true_random=False),
    cuts=st.lists(st.integers(0, 100), max_size=6),
)
def test_any_order_of_arrival(seed: int, count: int, shuffle: Random, cuts: list[int]) -> None:
    """Linked in between, as far as that went, and reopened: what is kept is what holds."""
    shop = Troubles(seed, count)
    records = shop.committed[:]
    roll = shuffle.random()
    if roll < 0.2:
        shuffle.shuffle(records)
    elif roll < 0.6:
        places = {id(one): at + shuffle.randrange(30) for at, one in enumerate(records)}
        records.sort(key=lambda one: places[id(one)])
    edges = [0, *sorted(min(cut, len(records)) for cut in cuts), len(records)]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "index.sqlite"
        index = open_index(place, create=True, read_only=False)
        for start, end in pairwise(edges):
            index.apply(records[start:end], {}, shop.read_states)
            for _ in range(shuffle.randrange(4)):
                asked.link_trouble(store_of(shop), index, shuffle.choice((1, 3, 100)))
            if shuffle.random() < 0.3:
                index.close()
                index = open_index(place, read_only=False)
        assert links(shop, index) == worked_out(shop)
        index.close()
