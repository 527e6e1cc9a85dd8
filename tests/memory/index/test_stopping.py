"""Work that nobody waits for any more ends between two batches, and nothing else ever does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from indexed_memory import Indexed
from simple_fold import workload

from kubectl_smart.memory.index import reading
from kubectl_smart.memory.index.opening import open_index
from kubectl_smart.memory.records.errors import Stopped
from kubectl_smart.memory.records.stopping import (
    BATCH,
    in_batches,
    look,
    stop_wanted,
    stoppable,
)
from kubectl_smart.memory.store.git_store import GitStore

LONG = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)"
    " SELECT i FROM n WHERE i < 0"
)


def after(looks: int) -> Callable[[], bool]:
    """Says after so many looks that it is enough."""
    left = iter(range(looks))
    return lambda: next(left, None) is None


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A memory of a few hundred records, its index beside it."""
    with Indexed.open(tmp_path / "memory", tmp_path / "index.sqlite") as found:
        found.record(workload(150))
        found.index.close()
        yield tmp_path


def test_a_statement_is_stopped_in_its_midst(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that would take minutes, after a hundred looks; another index still answers."""
    with (
        stoppable(after(100)),
        closing(open_index(memory / "index.sqlite")) as index,
        monkeypatch.context() as patched,
    ):
        patched.setattr(reading, "TEXTS", {**reading.TEXTS, "changes_between": LONG})
        with index.snapshot(), pytest.raises(Stopped):
            index.changes_between(None, None)
    with closing(open_index(memory / "index.sqlite")) as index:
        assert index.changes_between(None, None)


def test_a_question_is_stopped_between_statements_and_rows(memory: Path) -> None:
    """After however few looks: Stopped or the whole answer, never part of it."""
    with closing(open_index(memory / "index.sqlite")) as index:
        whole = index.changes_between(None, None, derived=True)
        ends = set()
        for looks in range(12):
            with stoppable(after(looks)):
                try:
                    assert index.changes_between(None, None, derived=True) == whole
                except Stopped:
                    ends.add("stopped")
                else:
                    ends.add("answered")
    assert ends == {"stopped", "answered"}


def test_reading_from_git_is_stopped_and_goes_on_for_others(memory: Path) -> None:
    """Between two bunches of objects; the same pipe then answers the next who asks."""
    with closing(open_index(memory / "index.sqlite")) as index:
        commits = [one.commit for one in index.changes_between(None, None)]
    with GitStore.open(memory / "memory", read_only=True) as store:
        names = [f"{commit}:README.md" for commit in commits] * 40
        with stoppable(after(2)), pytest.raises(Stopped):
            list(store._cat_file.read_many(names))
        assert store._cat_file.read(names[0]) is not None


def test_there_is_a_look_before_each_batch() -> None:
    """All items come, in order, with as many looks as batches."""
    items = list(range(2 * BATCH + 1))
    with stoppable(after(3)):
        assert list(in_batches(items)) == items
    with stoppable(after(2)), pytest.raises(Stopped):
        list(in_batches(items))


def test_it_holds_within_its_block_only() -> None:
    """Blocks lie within each other; outside nothing ever stops."""
    assert stop_wanted() is None
    with stoppable(lambda: True):
        with stoppable(lambda: False):
            look()
        with pytest.raises(Stopped):
            look()
    look()
    assert stop_wanted() is None
