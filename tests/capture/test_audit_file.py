"""Reading an audit log: what is usable is kept, what is not is named with its line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.capture.sources.audit_file import MAX_EVENT_BYTES, Accepted, Rejected, read
from kubectl_smart.memory.records.errors import BadInput


def event(**members: Any) -> dict[str, Any]:
    """A whole audit event, with `members` put over it."""
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "auditID": "0b1e",
        "stage": "ResponseComplete",
        "verb": "create",
        "stageTimestamp": "2026-11-23T02:48:18.679071Z",
    } | members


def write(path: Path, *lines: bytes) -> str:
    """Write the lines to a file and return its name."""
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return str(path)


GOOD = json.dumps(event()).encode()


def test_lines_that_are_no_events_are_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    """Text, JSON of another kind, a truncated event and a hole do not stop the import."""
    path = write(
        tmp_path / "audit.log",
        GOOD,
        b"not json",
        b'{"kind":"Pod","apiVersion":"v1"}',
        GOOD[: len(GOOD) // 2],
        b"",
        b"[1, 2]",
        json.dumps(event(auditID="")).encode(),
        json.dumps(event(user="sarah")).encode(),
        b"\xff\xfe",
        GOOD,
    )
    found = list(read(path))

    assert [item.line for item in found if isinstance(item, Accepted)] == [1, 10]
    assert [item.line for item in found if isinstance(item, Rejected)] == [2, 3, 4, 6, 7, 8, 9]
    assert all(item.reason for item in found if isinstance(item, Rejected))


def test_a_line_of_two_megabytes_is_skipped(tmp_path: Path) -> None:
    """A line longer than an event can be is skipped whole, and the next one is read."""
    long = json.dumps(event(requestURI="x" * MAX_EVENT_BYTES)).encode()
    found = list(read(write(tmp_path / "audit.log", GOOD, long, GOOD)))

    assert [type(item) for item in found] == [Accepted, Rejected, Accepted]
    assert found[1].line == 2
    assert f"{len(long) + 1:,} bytes" in found[1].reason  # type: ignore[union-attr]


def test_gzip_is_told_by_its_content(tmp_path: Path) -> None:
    """A compressed log is read whatever its name."""
    path = tmp_path / "audit.log"
    path.write_bytes(gzip.compress(GOOD + b"\n" + GOOD + b"\n"))

    assert [item.line for item in read(str(path))] == [1, 2]


def test_truncated_gzip_keeps_what_came_before(tmp_path: Path) -> None:
    """Where the compressed data ends early, the events before it are kept and the place named."""
    lines = b"".join(json.dumps(event(auditID=str(n))).encode() + b"\n" for n in range(5_000))
    path = tmp_path / "audit.log.gz"
    whole = gzip.compress(lines)
    path.write_bytes(whole[: len(whole) // 2])
    found = list(read(str(path)))

    assert isinstance(found[-1], Rejected)
    assert len(found) > 1_000
    assert all(isinstance(item, Accepted) for item in found[:-2])


@pytest.mark.parametrize("indent", [None, 2])
def test_an_event_list_is_read_item_by_item(tmp_path: Path, indent: int | None) -> None:
    """What the webhook would have sent can be imported as well, pretty-printed or not."""
    document = {
        "kind": "EventList",
        "apiVersion": "audit.k8s.io/v1",
        "items": [event(), {"kind": "Nonsense"}, event()],
    }
    path = write(tmp_path / "list.json", json.dumps(document, indent=indent).encode())

    assert [type(item) for item in read(path)] == [Accepted, Rejected, Accepted]


def test_progress_ends_at_the_size_of_the_file(tmp_path: Path) -> None:
    """The progress told is of the file as it lies on disk."""
    path = tmp_path / "audit.log.gz"
    path.write_bytes(gzip.compress((GOOD + b"\n") * 1_000))
    told: list[int] = []
    list(read(str(path), on_progress=told.append))

    assert told[-1] == path.stat().st_size


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    """A file that is not there is bad input, named."""
    with pytest.raises(BadInput, match=r"absent\.log"):
        list(read(str(tmp_path / "absent.log")))


@given(st.lists(st.binary(max_size=200)))
def test_any_bytes_are_read_to_the_end(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    """Whatever the file holds, reading it ends, and a good last line is found."""
    path = tmp_path_factory.mktemp("any") / "audit.log"
    path.write_bytes(b"x" + b"\n".join(lines) + b"\n" + GOOD + b"\n")
    found = list(read(str(path)))

    assert isinstance(found[-1], Accepted)
