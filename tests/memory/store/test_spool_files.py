"""The spool's files: what survives, what is cut off, what is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_smart.memory.records.errors import MemoryDamaged, StorageFull
from kubectl_smart.memory.store.protocols import Progress, SpoolItem
from kubectl_smart.memory.store.spool import FileSpool
from kubectl_smart.memory.store.spool_ends import SpoolHead, SpoolTail


def filled(folder: Path, *, appends: int = 4, segment_size: int = 1 << 20) -> FileSpool:
    """A spool with appends of five items each."""
    spool = FileSpool(folder, segment_size=segment_size)
    for at in range(appends):
        spool.append([SpoolItem(f"{at}-{one}/S", "test", at, b"body" * 20) for one in range(5)])
    return spool


def segments(folder: Path) -> list[Path]:
    """The segment files, oldest first."""
    return sorted(folder.glob("*.spool"))


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """A spool opened again holds the same entries and goes on counting."""
    filled(tmp_path, segment_size=300).close()
    again = FileSpool(tmp_path, segment_size=300)

    assert [entry.sequence for entry in again.read(0)] == list(range(1, 21))
    assert again.append([SpoolItem("n/S", "test", 1, b"")]) == 21
    again.close()


def test_the_order_outlives_the_entries(tmp_path: Path) -> None:
    """Sequences are not reused when everything was discarded, nor when the spool was lost."""
    spool = filled(tmp_path / "a", segment_size=300)
    spool.discard(20, Progress(20, ()))
    assert len(segments(tmp_path / "a")) == 1
    spool.close()

    again = FileSpool(tmp_path / "a")
    assert (again.last_sequence, again.discarded, again.progress) == (20, 20, Progress(20, ()))
    again.close()
    lost = FileSpool(tmp_path / "b", floor=20)
    assert lost.append([SpoolItem("n/S", "test", 1, b"")]) == 21
    lost.close()


@pytest.mark.parametrize("cut", [1, 30, 90, 130, 500])
def test_a_torn_tail_is_cut_off(tmp_path: Path, cut: int) -> None:
    """An append that was interrupted leaves its whole entries, and nothing of the torn one."""
    spool = filled(tmp_path)
    spool.close()
    (segment,) = segments(tmp_path)
    data = segment.read_bytes()
    segment.write_bytes(data[:-cut])

    again = FileSpool(tmp_path)
    kept = [entry.sequence for entry in again.read(0)]
    assert kept == list(range(1, len(kept) + 1))
    assert 15 <= len(kept) < 20
    assert again.append([SpoolItem("n/S", "test", 1, b"new")]) == len(kept) + 1
    again.close()
    once_more = FileSpool(tmp_path)
    assert [entry.body for entry in once_more.read(len(kept))] == [b"new"]
    once_more.close()


def test_a_hole_inside_the_last_append_is_a_torn_tail(tmp_path: Path) -> None:
    """Pages reach the disk in any order: a sound frame behind a bad one of the same append."""
    filled(tmp_path).close()
    (segment,) = segments(tmp_path)
    data = bytearray(segment.read_bytes())
    at = data.index(b"3-2/S")
    data[at : at + 20] = bytes(20)
    segment.write_bytes(data)

    again = FileSpool(tmp_path)
    assert [entry.sequence for entry in again.read(0)] == list(range(1, 18))
    again.close()


def test_zeros_behind_the_end_are_cut_off(tmp_path: Path) -> None:
    """A file that grew before its data arrived ends in zeros."""
    filled(tmp_path).close()
    (segment,) = segments(tmp_path)
    segment.write_bytes(segment.read_bytes() + bytes(5_000))

    again = FileSpool(tmp_path)
    assert again.last_sequence == 20
    again.close()


def test_damage_to_what_was_acknowledged_is_reported(tmp_path: Path) -> None:
    """A bad frame with later appends behind it is never skipped."""
    filled(tmp_path).close()
    (segment,) = segments(tmp_path)
    data = bytearray(segment.read_bytes())
    data[data.index(b"1-2/S")] ^= 1
    segment.write_bytes(data)

    with pytest.raises(MemoryDamaged, match="damaged at byte"):
        FileSpool(tmp_path)


def test_damage_in_an_older_segment_is_reported(tmp_path: Path) -> None:
    """Segments that are complete have no tail to forgive."""
    filled(tmp_path, segment_size=300).close()
    first = segments(tmp_path)[0]
    first.write_bytes(first.read_bytes()[:-10])
    again = FileSpool(tmp_path, segment_size=300)

    with pytest.raises(MemoryDamaged):
        list(again.read(0))
    again.close()


def test_a_torn_note_of_progress_is_forgotten(tmp_path: Path) -> None:
    """Then entries are folded again and found committed."""
    filled(tmp_path).close()
    (tmp_path / "done").write_text("[12, 1")
    again = FileSpool(tmp_path)

    assert again.discarded == 0
    assert len(list(again.read(0))) == 20
    again.close()


def test_the_ends_may_be_apart(tmp_path: Path) -> None:
    """The head reads what it is told is durable, and no further; the tail goes on meanwhile."""
    tail = SpoolTail(tmp_path, segment_size=300)
    head = SpoolHead(tmp_path, limit=tail.last_sequence)
    assert list(head.read(0)) == []
    for number in range(20):
        tail.append([SpoolItem(f"k{number}", "s", number, b"x" * 50)])
        assert list(head.read(number)) == []
        head.limit = number
        assert [entry.sequence for entry in head.read(number - 1)] == [number][: number > 0]
    head.limit = 20
    assert [entry.key for entry in head.read(0)] == [f"k{number}" for number in range(20)]
    head.discard(18)
    assert [entry.sequence for entry in head.read(0)] == [19, 20]
    tail.append([SpoolItem("more", "s", 0, b"")])
    head.limit = 21
    assert [entry.key for entry in head.read(20)] == ["more"]
    tail.close()
    assert [entry.sequence for entry in FileSpool(tmp_path).read(0)] == [19, 20, 21]


def test_the_head_does_not_take_what_is_being_written_for_damage(tmp_path: Path) -> None:
    """A torn frame behind all that is durable is no damage; one before is."""
    tail = SpoolTail(tmp_path)
    tail.append([SpoolItem("a", "s", 0, b"aaaa")])
    (segment,) = tmp_path.glob("*.spool")
    whole = segment.read_bytes()
    segment.write_bytes(whole + whole[:20])
    head = SpoolHead(tmp_path, limit=1)
    assert [entry.key for entry in head.read(0)] == ["a"]
    assert list(head.read(1)) == []
    head.limit = 2
    with pytest.raises(MemoryDamaged, match="damaged at byte"):
        list(head.read(1))


def test_without_room_to_say_so_nothing_is_forgotten(tmp_path: Path) -> None:
    """The file that says how far the recorder came cannot be written: the entries stay."""
    spool = filled(tmp_path, segment_size=300)
    before = segments(tmp_path)
    (tmp_path / "done.new").symlink_to("/dev/full")
    with pytest.raises(StorageFull, match="no room left"):
        spool.discard(20, Progress(20, ()))

    assert (spool.discarded, segments(tmp_path)) == (0, before)
    (tmp_path / "done.new").unlink()
    spool.discard(20, Progress(20, ()))
    assert spool.discarded == 20
    spool.close()
