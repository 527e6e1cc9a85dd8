"""What every spool promises, on the file system and on the twin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_smart.memory.store.in_memory import InMemorySpool
from kubectl_smart.memory.store.protocols import Progress, Spool, SpoolEntry, SpoolItem
from kubectl_smart.memory.store.spool import FileSpool


@pytest.fixture(params=["files", "in memory"])
def spool(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Spool]:
    """An empty spool of each kind; segments are small, so that there are several."""
    if request.param == "in memory":
        yield InMemorySpool()
        return
    kept = FileSpool(tmp_path / "spool", segment_size=500)
    yield kept
    kept.close()


def items(count: int, prefix: str = "e") -> list[SpoolItem]:
    """Distinct items."""
    return [
        SpoolItem(f"{prefix}{at}/Stage", "test", 1_000 + at, b"\0\xff\n" * at)
        for at in range(count)
    ]


def test_entries_come_back_in_order(spool: Spool) -> None:
    """What was appended is read with rising sequences, byte for byte."""
    given = items(40)
    assert spool.append(given[:1]) == 1
    assert spool.append(given[1:]) == 40

    assert list(spool.read(0)) == [SpoolEntry(*one, at + 1) for at, one in enumerate(given)]
    assert [entry.sequence for entry in spool.read(38)] == [39, 40]
    assert spool.last_sequence == 40


def test_nothing_is_nothing(spool: Spool) -> None:
    """Appending no items changes nothing."""
    assert spool.append([]) == 0
    assert not list(spool.read(0))
    assert spool.discarded == 0
    assert spool.progress == Progress(0, ())


def test_discarded_entries_are_not_read_again(spool: Spool) -> None:
    """Discarding only moves forward, and sequences are never given twice."""
    for at in range(10):
        spool.append(items(5, f"{at}-"))
    spool.discard(30, Progress(35, (31, 33)))
    spool.discard(20, Progress(35, (31, 33)))

    assert spool.discarded == 30
    assert spool.progress == Progress(35, (31, 33))
    assert [entry.sequence for entry in spool.read(0)] == list(range(31, 51))
    spool.discard(50)
    assert not list(spool.read(0))
    assert spool.append(items(1)) == 51


def test_reading_while_appending(spool: Spool) -> None:
    """A reader sees at least what was there when it began, and is not disturbed."""
    spool.append(items(10))
    reader = spool.read(0)
    first = next(reader)
    spool.append(items(10, "later"))

    assert [first.sequence, *(entry.sequence for entry in reader)][:10] == list(range(1, 11))
