"""Whatever happens to an index file: it is noticed, said in a sentence, and healed from git."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from indexed_memory import Indexed, answers
from simple_fold import item, workload

from kubectl_smart.memory.index import engines
from kubectl_smart.memory.index.opening import open_index
from kubectl_smart.memory.index.rows import IndexUnusable
from kubectl_smart.memory.records.errors import BadInput, Busy, MemoryDamaged
from kubectl_smart.memory.store.git_store import GitStore

NOV = 1_763_855_000_000_000


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[tuple[Indexed, dict[str, str]]]:
    """A memory whose index is closed, and what that index answered."""
    with Indexed.open(tmp_path / "memory", tmp_path / "index.sqlite") as memory:
        memory.record(workload(150))
        told = answers(memory.index, memory.live)
        memory.index.close()
        yield memory, told


def truncated(place: Path) -> None:
    """The second half is lost."""
    os.truncate(place, place.stat().st_size // 2)


def emptied(place: Path) -> None:
    """Nothing is left of it."""
    os.truncate(place, 0)


def garbage(place: Path) -> None:
    """It is something else altogether."""
    place.write_bytes(b"This was never a database.\n" * 400)


def garbled(place: Path, since: int = 4_096) -> None:
    """Its pages are overwritten, all but the first."""
    size = place.stat().st_size
    with place.open("r+b") as file:
        file.seek(since)
        file.write(b"\xa5" * (size - since))


def half_built(place: Path) -> None:
    """It was being built when the program was stopped."""
    with sqlite3.connect(place) as connection:
        connection.execute("UPDATE meta SET value = '0' WHERE key = 'complete'")
        connection.execute("DELETE FROM tips")
    connection.close()


def of_another_version(place: Path) -> None:
    """An older program made it."""
    with sqlite3.connect(place) as connection:
        connection.execute("UPDATE meta SET value = '0' WHERE key = 'version'")
        connection.execute("DROP TABLE spans")
    connection.close()


def of_something_else(place: Path) -> None:
    """A database, but no index."""
    place.unlink()
    with sqlite3.connect(place) as connection:
        connection.execute("CREATE TABLE words (word TEXT)")
    connection.close()


def removed(place: Path) -> None:
    """There is none."""
    place.unlink()


DAMAGES = [truncated, emptied, garbage, garbled, half_built, of_another_version,
           of_something_else, removed]  # fmt: skip


def read_all(place: Path, memory: Indexed) -> None:
    """Ask everything."""
    reader = open_index(place)
    try:
        answers(reader, memory.live)
    finally:
        reader.close()


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damage_is_noticed_and_healed(
    damage: Callable[[Path], None], kept: tuple[Indexed, dict[str, str]], tmp_path: Path
) -> None:
    """A reader is told in one sentence what to do; a writer builds it anew from git."""
    memory, told = kept
    place = tmp_path / "index.sqlite"
    damage(place)

    with pytest.raises(IndexUnusable) as caught:
        read_all(place, memory)
    assert "index" in caught.value.message
    assert "\n" not in caught.value.message
    assert "reindex" in caught.value.remedy

    healed = open_index(place, create=True, read_only=False)
    healed.catch_up(memory.store)
    if damage in (truncated, garbled):
        healed.rebuild(memory.store)
    assert answers(healed, memory.live) == told
    healed.close()
    again = open_index(place)
    assert answers(again, memory.live) == told
    again.close()


def test_damage_met_while_writing_is_healed(
    kept: tuple[Indexed, dict[str, str]], tmp_path: Path
) -> None:
    """Pages that are garbled under a writer: `apply` says so, `catch_up` rebuilds."""
    memory, _ = kept
    place = tmp_path / "index.sqlite"
    index = open_index(place, read_only=False)
    garbled(place, place.stat().st_size // 3)
    memory.index = index
    with pytest.raises(MemoryDamaged):
        memory.record([item("x", NOV, "set", name="new", rv=1)])
    assert index.catch_up(memory.store) == len(memory.live)
    assert index.lag(memory.store.tips()) == ()
    other = open_index(tmp_path / "other.sqlite", create=True, read_only=False)
    other.catch_up(memory.store)
    assert answers(index, memory.live) == answers(other, memory.live)
    other.close()


def test_an_index_behind_git_catches_up(tmp_path: Path) -> None:
    """What was committed and never applied is applied from git, once."""
    with Indexed.open(tmp_path / "memory", tmp_path / "index.sqlite") as memory:
        memory.record(workload(80))
        behind = tmp_path / "behind.sqlite"
        memory.index.close()
        shutil.copy(tmp_path / "index.sqlite", behind)
        memory.index = open_index(tmp_path / "index.sqlite", read_only=False)
        done = len(memory.live)
        memory.record(workload(80, seed=2, start=NOV + 60_000_000))

        index = open_index(behind, read_only=False)
        assert index.lag(memory.store.tips()) == ("journal/2025-11", "main")
        assert index.catch_up(memory.store) == len(memory.live) - done
        assert index.lag(memory.store.tips()) == ()
        assert index.catch_up(memory.store) == 0
        assert answers(index, memory.live) == answers(memory.index, memory.live)
        index.close()


WRITER = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from indexed_memory import Indexed
from simple_fold import workload
from kubectl_smart.memory.index import inserting
after, flush = int(sys.argv[4]), inserting.Pen.flush
calls = 0
def flushed(self):
    global calls
    calls += 1
    flush(self)
    if calls == after:
        os.kill(os.getpid(), signal.SIGKILL)
inserting.Pen.flush = flushed
with Indexed.open(Path(sys.argv[2]), Path(sys.argv[3])) as memory:
    memory.record(workload(200), every=20)
"""


@pytest.mark.parametrize("after", [1, 3, 10, 11, 12])
def test_a_writer_killed_in_the_middle(after: int, tmp_path: Path) -> None:
    """The index then lags behind git, never leads, and catches up with all of it."""
    support = Path(__file__).parent.parent.parent / "support"
    place = tmp_path / "index.sqlite"
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            WRITER,
            str(support),
            str(tmp_path / "memory"),
            str(place),
            str(after),
        ],
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    with GitStore.open(tmp_path / "memory") as store:
        live = [each for branch in store.tips() for each in store.history(branch)]
        index = open_index(place, create=True, read_only=False)
        for branch, commit in index.tips().items():
            assert commit in {each.commit for each in live if each.branch == branch}
        index.catch_up(store)
        other = open_index(tmp_path / "other.sqlite", create=True, read_only=False)
        other.catch_up(store)
        assert index.lag(store.tips()) == ()
        assert answers(index, live) == answers(other, live)
        index.close()
        other.close()


def test_a_failed_apply_leaves_no_trace(tmp_path: Path) -> None:
    """States that cannot be read for a moment: nothing is applied, and then all of it is."""
    with Indexed.open(tmp_path / "memory", tmp_path / "index.sqlite") as memory:
        spec = {"replicas": 3}
        memory.record([item("n", NOV + 9, "set", name="api", rv=9, spec=spec)])
        memory.record([item("e", NOV, "set", name="api", rv=1)])
        before = answers(memory.index, memory.live)
        late = item("l", NOV + 5, "set", name="api", rv=2, spec={"replicas": 2})
        other = item("o", NOV + 6, "set", name="other", rv=1)
        applied = memory.index

        class Deaf:
            """Takes nothing in."""

            previous_state = applied.previous_state

            def apply(self, *_: object) -> None:
                """Not now."""

        memory.index = Deaf()  # type: ignore[assignment]
        memory.record([late, other])

        def unreadable(_: object) -> list[bytes | None]:
            raise MemoryDamaged("git cannot be read")

        (batch, tips), *_ = memory.batches[-1:]
        with pytest.raises(MemoryDamaged, match="git cannot be read"):
            applied.apply(batch, tips, unreadable)
        assert answers(applied, memory.live[:2]) == before
        with pytest.raises(IndexUnusable, match="behind git"):
            applied.apply(batch[1:], tips, memory.store.read_states)
        assert answers(applied, memory.live[:2]) == before
        applied.apply(batch, tips, memory.store.read_states)
        kept = answers(applied, memory.live)
        applied.rebuild(memory.store)
        assert answers(applied, memory.live) == kept
        applied.close()


def test_another_history_is_built_anew(tmp_path: Path) -> None:
    """An index of another memory, or of branches that went back, is not trusted."""
    with Indexed.open(tmp_path / "one", tmp_path / "index.sqlite") as one:
        one.record(workload(60))
    with Indexed.open(tmp_path / "two", tmp_path / "two.sqlite") as two:
        two.record(workload(60, seed=5))
        index = open_index(tmp_path / "index.sqlite", read_only=False)
        assert index.catch_up(two.store) == len(two.live)
        assert answers(index, two.live) == answers(two.index, two.live)
        index.close()


def test_readers_never_wait_for_the_writer(tmp_path: Path) -> None:
    """Inside the writer's transaction a reader answers at once, from before it."""
    with Indexed.open(tmp_path / "memory", tmp_path / "index.sqlite") as memory:
        first = item("n", NOV + 9, "set", name="api", rv=9, spec={"replicas": 9})
        memory.record([first])
        known = memory.index.counts()
        reader = open_index(tmp_path / "index.sqlite")
        seen: list[object] = []

        def reading(places: object) -> list[bytes | None]:
            """Called within the transaction, when states are needed."""
            fresh = open_index(tmp_path / "index.sqlite")
            seen.extend((reader.counts(), fresh.counts()))
            fresh.close()
            return memory.store.read_states(places)  # type: ignore[arg-type]

        applied = memory.index.apply
        memory.index.apply = lambda c, t, _: applied(c, t, reading)  # type: ignore[method-assign, assignment]
        memory.record([item("l", NOV, "set", name="api", rv=2, spec={"replicas": 2})])
        assert seen == [known, known]
        assert reader.counts().changes == 2
        reader.close()


def test_a_snapshot_stays_as_it_was(tmp_path: Path) -> None:
    """Several look-ups see one instant, while another process writes on."""
    with Indexed.open(tmp_path / "memory", tmp_path / "index.sqlite") as memory:
        memory.record(workload(40))
        reader = open_index(tmp_path / "index.sqlite")
        with reader.snapshot():
            before = reader.counts()
            memory.record(workload(40, seed=3))
            assert reader.counts() == before
        assert reader.counts() == memory.index.counts() != before
        reader.close()


def test_two_writers_do_not_mix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is told that it is busy, within its patience."""
    impatient = (*engines._SQLITE_SETTINGS, "PRAGMA busy_timeout = 50")
    monkeypatch.setattr(engines, "_SQLITE_SETTINGS", impatient)
    with Indexed.open(tmp_path / "memory", tmp_path / "index.sqlite") as memory:
        memory.record(workload(20))
        other = sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy):
            memory.record([item("x", NOV, "set", name="new", rv=1)])
        other.execute("ROLLBACK")
        other.close()
        memory.index.catch_up(memory.store)
        assert memory.index.lag(memory.store.tips()) == ()


def test_who_only_reads_cannot_write(kept: tuple[Indexed, dict[str, str]], tmp_path: Path) -> None:
    """Taking in, catching up and rebuilding are refused."""
    memory, told = kept
    index = open_index(tmp_path / "index.sqlite")
    for attempt in (
        lambda: index.apply(memory.live, {}, memory.store.read_states),
        lambda: index.catch_up(memory.store),
        lambda: index.rebuild(memory.store),
    ):
        with pytest.raises(BadInput):
            attempt()
    assert answers(index, memory.live) == told
    index.close()


def test_a_folder_that_cannot_be_written_is_read(
    kept: tuple[Indexed, dict[str, str]], tmp_path: Path
) -> None:
    """As from a read-only mount."""
    memory, told = kept
    place = tmp_path / "fixed" / "index.sqlite"
    place.parent.mkdir()
    shutil.copy(tmp_path / "index.sqlite", place)
    place.chmod(0o444)
    place.parent.chmod(0o555)
    try:
        index = open_index(place)
        assert answers(index, memory.live) == told
        index.close()
    finally:
        place.parent.chmod(0o755)
