"""Links in a SQLite file and in PostgreSQL: the same, whatever came late."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import cast

import pytest
from linked_records import Work
from plain_index import PlainIndex
from plain_links import found, plain_links
from postgresql import running_server, schema_of
from troubled_records import Troubles

from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.index.opening import open_index
from kubectl_smart.memory.index.reading import BEGINNING, END
from kubectl_smart.memory.questions.trouble_links import link_trouble, trouble_links
from kubectl_smart.memory.records.links import Link
from kubectl_smart.memory.store.git_store import GitStore


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL server for these tests."""
    with running_server() as url:
        yield url


def linked(place: str | Path, work: Work, seed: int) -> list[Link]:
    """What an index says that was told all of it out of order, in batches, some of it twice."""
    die = Random(seed)
    records = work.committed[:]
    places = {one: at + die.randrange(12) for at, one in enumerate(records)}
    records.sort(key=places.__getitem__)
    index = open_index(place, create=True, read_only=False)
    for start in range(0, len(records), 17):
        index.apply(records[max(0, start - 3) : start + 17], {}, work.read_states)
        if die.random() < 0.2:
            index.close()
            index = open_index(place, read_only=False)
    links = index.links_between()
    some = [one.cause for one in links[::5]]
    assert index.links_with(some) == [
        one for one in links if one.cause in some or one.effect in some
    ]
    index.close()
    return links


@pytest.mark.parametrize("seed", [3, 8])
def test_both_databases_have_the_same_links(server: str, tmp_path: Path, seed: int) -> None:
    """Those that a plain search finds, in the same order and the same words."""
    work = Work(seed, 160)
    links = linked(tmp_path / "index.sqlite", work, seed)
    with schema_of(server) as url:
        assert linked(url, work, seed) == links
    plain = PlainIndex(work.committed, work.tips, work.read_states)
    assert {found(one) for one in links} == plain_links(
        work.committed, plain.wired_of, plain.edits(), plain.compared
    )
    assert len({one.rule for one in links}) > 5


def of_trouble(place: str | Path, shop: Troubles) -> list[Link]:
    """What led to trouble, of an index that keeps it between batches, and takes some of it back."""
    store = cast("GitStore", shop)
    index = open_index(place, create=True, read_only=False)
    for start in range(0, len(shop.committed), 40):
        index.apply(shop.committed[start : start + 40], {}, shop.read_states)
        link_trouble(store, index, 5)
    while not link_trouble(store, index, 5).whole:
        pass
    index.close()
    index = open_index(place)
    links = trouble_links(store, index, ties_of(index), BEGINNING, END)
    index.close()
    return links


def test_both_databases_keep_the_same_links_to_trouble(server: str, tmp_path: Path) -> None:
    """Those that an index works out which is told all at once, and keeps nothing."""
    shop = Troubles(5, 120)
    plain = open_index(tmp_path / "plain.sqlite", create=True, read_only=False)
    plain.apply(shop.committed, shop.tips, shop.read_states)
    expected = trouble_links(cast("GitStore", shop), plain, ties_of(plain), BEGINNING, END)
    plain.close()
    assert len(expected) > 3
    assert of_trouble(tmp_path / "index.sqlite", shop) == expected
    with schema_of(server) as url:
        assert of_trouble(url, shop) == expected
