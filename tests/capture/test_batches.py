"""A log file in batches: what they say of it, how they travel, and who makes them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from audit_events import audit_event
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.capture.aside import read_aside
from kubectl_smart.capture.batches import Batch, batches, read_batch, write_batch
from kubectl_smart.capture.bookmarks import Bookmark, Bookmarks
from kubectl_smart.capture.preparing import Prepared
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.errors import BadInput, SmartError
from kubectl_smart.memory.store.keys import load_or_create_key


class Log:
    """A log file, a key and a folder for bookmarks."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "audit.log"
        self.key = folder / "key"
        self.marks = folder / "imports"
        self.redactor = Redactor(load_or_create_key(self.key))

    def write(self, *lines: Any) -> None:
        """One JSON value a line; bytes stand as they are."""
        texts = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in lines]
        self.path.write_bytes(b"\n".join(texts) + b"\n")

    def read(self) -> list[Batch]:
        """All its batches, made here."""
        return list(batches(str(self.path), self.redactor, Bookmarks(self.marks)))

    def mark(self, batch: Batch) -> None:
        """Remember that everything up to the end of a batch was taken in."""
        mark = Bookmark(batch.session, batch.line, batch.digest, 7, 0, 0)
        Bookmarks(self.marks).put(mark)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """An empty log."""
    return Log(tmp_path)


def _events(count: int) -> list[dict[str, Any]]:
    return [audit_event("get", "pods", f"api-{n}", at=n) for n in range(count)]


def _ids(found: list[Batch]) -> list[str]:
    return [event.audit_id for batch in found for event in batch.events]


def test_every_event_once_and_bad_lines_with_their_reason(log: Log) -> None:
    """More than a batch holds, with something in between that is no event."""
    events = _events(2_500)
    log.write(*events[:1_200], b"{no JSON", *events[1_200:])
    found = log.read()

    assert _ids(found) == [event["auditID"] for event in events]
    assert [(batch.line, batch.read, batch.rejected) for batch in found] == [
        (1_000, 1_000, 0),
        (2_000, 1_000, 1),
        (2_501, 501, 0),
    ]
    assert [reason[:20] for reason in found[1].reasons] == ["line 1201: not JSON:"]
    assert len({batch.session for batch in found}) == 1
    assert found[-1].progress == log.path.stat().st_size


def test_an_empty_file_is_one_empty_batch(log: Log) -> None:
    """So that whoever imports it hears that there was nothing."""
    log.path.write_bytes(b"")

    assert log.read() == [Batch("", 0, 0, 0, log.read()[0].digest, 0, 0, 0, [], [])]


def test_what_was_taken_in_is_passed_over(log: Log) -> None:
    """From the bookmark on, in a file that has grown since."""
    events = _events(2_500)
    log.write(*events[:1_500])
    first = log.read()[0]
    log.mark(first)
    log.write(*events)
    found = log.read()

    assert _ids(found) == [event["auditID"] for event in events[1_000:]]
    assert {(batch.after, batch.skipped) for batch in found} == {(1_000, 1_000)}

    log.mark(found[-1])
    (nothing,) = log.read()
    assert (nothing.read, nothing.after, nothing.line) == (0, 2_500, 2_500)
    assert nothing.digest == found[-1].digest


def test_a_file_that_only_begins_alike_is_read_from_its_beginning(log: Log) -> None:
    """And so is one that was cut."""
    events = _events(1_500)
    log.write(*events)
    log.mark(log.read()[0])
    other = _events(1_600)
    log.write(events[0], *other[1:])
    assert _ids(log.read()) == [events[0]["auditID"], *(event["auditID"] for event in other[1:])]

    log.write(*events[:500])
    assert _ids(log.read()) == [event["auditID"] for event in events[:500]]


def test_a_bookmark_never_stands_inside_a_line(log: Log) -> None:
    """A line that holds a list of events is taken in whole or not at all."""
    events = _events(2_600)
    listed = {"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": events[100:2_500]}
    log.write(*events[:100], listed, *events[2_500:])
    found = log.read()

    assert _ids(found) == [event["auditID"] for event in events]
    assert [batch.line for batch in found] == [100, 100, 201]

    log.mark(found[0])
    assert _ids(log.read()) == [event["auditID"] for event in events[100:]]


_PREPARED = st.builds(
    Prepared,
    st.text(st.characters(codec="utf-8"), max_size=9),
    st.integers(0, 2**50),
    st.binary(max_size=40),
    st.booleans(),
)
_BATCHES = st.builds(
    Batch,
    st.text(st.characters(codec="utf-8"), max_size=9), st.integers(0, 2**40),
    st.integers(0, 2**40), st.integers(0, 2**40), st.just("ab12"), st.integers(0, 2**40),
    st.integers(0, 2**40), st.integers(0, 9), st.lists(st.text(st.characters(codec="utf-8"))),
    st.lists(_PREPARED, max_size=4),
)  # fmt: skip


@given(st.lists(_BATCHES, max_size=3), st.data())
def test_batches_travel_unchanged_and_never_in_part(sent: list[Batch], data: st.DataObject) -> None:
    """Whatever they hold, and wherever the pipe breaks."""
    stream = io.BytesIO()
    for batch in sent:
        write_batch(stream, batch)
    stream.seek(0)
    assert list(iter(lambda: read_batch(stream), None)) == sent

    cut = io.BytesIO(stream.getvalue()[: data.draw(st.integers(0, len(stream.getvalue())))])
    arrived = list(iter(lambda: read_batch(cut), None))
    assert arrived == sent[: len(arrived)]


def test_another_process_makes_the_same_batches(log: Log) -> None:
    """Down to the redacted bodies."""
    log.write(*_events(1_200), audit_event("create", "secrets", "x", request={"data": {"a": "b"}}))

    assert list(read_aside(str(log.path), log.key, log.marks)) == log.read()


def test_a_pipe_is_read_too(log: Log, tmp_path: Path) -> None:
    """What a shell makes of `<(zcat audit.log.gz)`."""
    events = _events(1_200)
    log.write(*events)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(log.path.read_bytes()))
    writer.start()
    found = list(read_aside(str(pipe), log.key, log.marks))
    writer.join()

    assert _ids(found) == [event["auditID"] for event in events]


def test_a_file_that_cannot_be_read_is_named(log: Log, tmp_path: Path) -> None:
    """Whether it is a file or not."""
    with pytest.raises(BadInput, match="no-such-file"):
        list(read_aside(str(tmp_path / "no-such-file"), log.key, log.marks))


def test_a_reader_that_dies_is_no_end_of_the_file(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had not handed over must be read again: the import ends with an error."""
    log.write(*_events(30_000))
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    reading = read_aside(str(log.path), log.key, log.marks)
    next(reading)
    started[0].kill()
    with pytest.raises(SmartError, match="cut short"):
        list(reading)


def test_whoever_stops_listening_ends_the_reader(log: Log) -> None:
    """No process is left behind."""
    log.write(*_events(30_000))
    reading = read_aside(str(log.path), log.key, log.marks)
    next(reading)
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    assert children.read_text().split()
    reading.close()

    assert not [
        pid
        for pid in children.read_text().split()
        if "kubectl_smart.capture.aside" in Path(f"/proc/{pid}/cmdline").read_text()
    ]
