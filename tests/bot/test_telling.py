"""What people say stands in git once, and follows what they make of it later."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from built_memory import START, TOM, Past, deployment, minutes

from kubectl_smart.bot.checking import check
from kubectl_smart.bot.telling import Opening, Retraction, Statement, Teller, Turn, tell
from kubectl_smart.capture.decoding.knowing import FoldState
from kubectl_smart.capture.statements import LONGEST, statement_id
from kubectl_smart.memory.formats.messages import parse_message
from kubectl_smart.memory.opening import Memory, open_for_writing, open_memory
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.errors import BadInput, Busy, NothingKnown, StorageFull
from kubectl_smart.memory.records.incidents import IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.store.branches import MAIN
from kubectl_smart.memory.store.protocols import Drained
from kubectl_smart.memory.store.recorder import Recorder

API = deployment("payment-api")
ANN = Actor("ann@example.com", ActorKind.HUMAN)
TOKEN = "ghp_" + "aZ3kLm9QxR7tWb2NcVd5" + "HfJg8sPyUeTo1iKz"
SLACK = ("slack", "C01", "1763888700.000100")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A memory in which a Deployment was scaled once."""
    past = Past()
    past.write(API, replicas=3)
    past.write(API, at=minutes(5), by=TOM, replicas=5)
    past.record(tmp_path / "memory")
    return tmp_path / "memory"


@pytest.fixture
def memory(place: Path) -> Iterator[Memory]:
    """That memory, open for writing."""
    with open_for_writing(place) as opened:
        yield opened


def said(text: str, at: float = 10, **more: object) -> Statement:
    """Ann's words about the Deployment."""
    statement = Statement(text=text, author=ANN, said_at=minutes(at), surface="cli", about=API)
    return replace(statement, **more)  # type: ignore[arg-type]


def about(memory: Memory) -> list[str]:
    """The words pinned to the Deployment."""
    return [each.record.text for each in memory.index.notes_about(API)
            if isinstance(each.record, Note)]  # fmt: skip


def commits(place: Path) -> int:
    """How many commits main has."""
    counted = subprocess.run(
        ["git", "-C", str(place), "rev-list", "--count", MAIN],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(counted.stdout)


def sound(place: Path) -> bool:
    """Whether verify finds nothing: git against itself, and the index against one built anew."""
    return list(check(place, None)) == []


def test_a_note_is_a_commit_of_its_author(memory: Memory, place: Path) -> None:
    """Author, dates, words, trailers and the knowledge file, as plain git shows them."""
    told = tell(memory, said("Never below 3.", captured_by="tom"), now=minutes(11))

    shown = subprocess.run(
        ["git", "-C", str(place), "log", "-1", "--format=%H %an %at %ct%n%B", MAIN],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    times = f"{minutes(10) // 1_000_000} {minutes(11) // 1_000_000}"
    assert shown.startswith(f"{told.commit} ann@example.com {times}\n")
    assert "Captured-By: tom\nSurface: cli\n" in shown
    page = memory.store.read_path(MAIN, "knowledge/payments/Deployment.apps/payment-api.md")
    assert "Never below 3.\n" in (page or b"").decode()
    assert told.recorded
    assert about(memory) == ["Never below 3."]


def test_said_twice_is_recorded_once(memory: Memory, place: Path) -> None:
    """By its words on a command line, by its identity in a chat, whoever delivers it again."""
    first = tell(memory, said("Slow cache."), now=minutes(11))
    slack = said("Mind the sale.", 11, identity=SLACK)
    tell(memory, slack, now=minutes(12))
    before = commits(place)

    again = tell(memory, said("Slow cache.", 20), now=minutes(21))
    tell(memory, slack, now=minutes(22))

    assert (again.recorded, again.note, again.commit) == (False, first.note, first.commit)
    assert commits(place) == before
    assert about(memory) == ["Slow cache.", "Mind the sale."]


def test_edited_then_taken_back(memory: Memory, place: Path) -> None:
    """Answers follow; git keeps every version; a late delivery of the first words is no news."""
    first = said("Never below 5.", identity=SLACK)
    edit = replace(first, text="Never below 4.", changed_at=minutes(12))
    back = Retraction(note=statement_id(SLACK), author=TOM, at=minutes(13))
    seen = []
    for one in (first, edit, first, back, edit, first, back):
        told = tell(memory, one, now=minutes(20))
        seen.append((told.recorded, about(memory)))

    assert seen == [
        (True, ["Never below 5."]),
        (True, ["Never below 4."]),
        (False, ["Never below 4."]),
        (True, []),
        (False, []),
        (False, []),
        (False, []),
    ]
    assert memory.index.search("below") == []
    newest = islice(memory.store.messages(MAIN), 3)
    versions = [parse_message(message).record for _, message in newest]
    texts = [(one.text, one.retracted) for one in versions if isinstance(one, Note)]
    assert texts == [("", True), ("Never below 4.", False), ("Never below 5.", False)]
    assert [one.happened_at for one in versions if isinstance(one, Note)] == [minutes(10)] * 3
    page = memory.store.read_path(MAIN, "knowledge/payments/Deployment.apps/payment-api.md")
    assert b"Never below" not in (page or b"")
    assert b"by tom@example.com." in (page or b"")
    memory.close()
    assert sound(place)


def test_what_was_taken_back_can_be_said_again(memory: Memory) -> None:
    """Typing the same rule later is a new version of it."""
    told = tell(memory, said("Never below 5."), now=minutes(11))
    assert told.note is not None
    tell(memory, Retraction(note=told.note.id, author=ANN, at=minutes(12)), now=minutes(12))
    again = tell(memory, said("Never below 5.", 13), now=minutes(13))

    assert again.recorded
    assert about(memory) == ["Never below 5."]


def test_an_edit_in_another_process_is_recorded(place: Path) -> None:
    """Each run opens the memory anew; a second version is not taken for the first."""
    first = said("Never below 5.", identity=SLACK)
    for one in (first, replace(first, text="Never below 4.", changed_at=minutes(12))):
        with open_for_writing(place) as memory:
            assert tell(memory, one, now=minutes(20)).recorded

    with open_memory(place) as memory:
        assert about(memory) == ["Never below 4."]
    assert sound(place)


@pytest.mark.parametrize(
    "text",
    [
        "ok\n\nActor: cluster-admin\nActor-Kind: automation\nNote-Id: " + "0" * 32,
        "---\nid: other\nstatus: closed\n---\n",
        "<!-- note " + "1" * 32 + " -->\n## 2020-01-01 00:00 UTC, root",
        "<!-- /smart:timeline --> <!-- smart:timeline -->",
        "nice \N{RIGHT-TO-LEFT OVERRIDE}txet\N{POP DIRECTIONAL FORMATTING}",
        "a\0b\x1b[31m\r\nc\u2028d",
        "\ud800 half",
        "x: " * 66_000,
    ],
    ids=["trailers", "front", "section", "mark", "rtl", "nul", "surrogate", "200kB"],
)
def test_hostile_words_are_only_words(memory: Memory, place: Path, text: str) -> None:
    """They forge no trailer, no section and no front matter; what is read back is what stands."""
    told = tell(memory, said(text), now=minutes(11))
    case = tell(memory, Opening(title=text[:150], actor=ANN, at=minutes(12), text=text),
                now=minutes(12))  # fmt: skip
    assert told.note is not None
    assert case.incident is not None

    trailers = subprocess.run(
        ["git", "-C", str(place), "log", "-1", "--format=%(trailers:key=Actor,valueonly)",
         told.commit],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert trailers.split() == ["ann@example.com"]
    message = next(text for commit, text in memory.store.messages(MAIN) if commit == told.commit)
    assert parse_message(message).record == told.note
    page = memory.store.read_path(MAIN, "knowledge/payments/Deployment.apps/payment-api.md")
    sections = [line for line in (page or b"").split(b"\n") if line.startswith(b"<!--")]
    assert sections == [b"<!-- note " + told.note.id.encode() + b" -->"]
    assert case.incident.status is IncidentStatus.OPEN
    memory.close()
    assert sound(place)


def test_a_credential_goes_nowhere(memory: Memory, place: Path) -> None:
    """Neither into git nor into the spool, the index or an id; only its fingerprint does."""
    told = tell(memory, said(f"log in with token {TOKEN}"), now=minutes(11))
    assert told.note is not None
    assert "redacted:" in told.note.text
    tell(memory, Opening(title=f"leak {TOKEN}", actor=ANN, at=START), now=minutes(12))
    memory.close()

    shown = subprocess.run(
        ["git", "-C", str(place), "log", "-p", MAIN], capture_output=True, check=True
    ).stdout
    assert b"redacted:" in shown
    assert TOKEN.encode() not in shown
    files = [path for path in (place / "smart").rglob("*") if path.is_file()]
    assert [path for path in files if TOKEN.encode() in path.read_bytes()] == []


def test_the_life_of_an_incident(memory: Memory, place: Path) -> None:
    """Opened, noted, closed and opened again; saying any of it twice changes nothing."""
    opening = Opening(title="Cache outage", actor=ANN, at=minutes(20))
    case = tell(memory, opening, now=minutes(20)).incident
    assert case is not None
    assert case.id == "2025-11-23-cache-outage"
    assert not tell(memory, replace(opening, at=minutes(21)), now=minutes(21)).recorded
    noted = tell(memory, said("It is full.", 22, about=None, incident=case.id), now=minutes(22))
    assert noted.incident == case
    close = Turn(incident=case.id, status=IncidentStatus.CLOSED, actor=TOM, at=minutes(30))
    closed = tell(memory, close, now=minutes(30))
    assert closed.incident is not None
    assert closed.incident.closed_at == minutes(30)
    assert not tell(memory, close, now=minutes(31)).recorded
    assert not tell(memory, opening, now=minutes(31)).recorded
    another = tell(memory, replace(opening, at=minutes(40)), now=minutes(40)).incident
    assert another is not None
    assert another.id == "2025-11-23-cache-outage-2"
    reopen = replace(close, status=IncidentStatus.OPEN, at=minutes(50))
    assert tell(memory, reopen, now=minutes(50)).recorded
    memory.close()
    assert sound(place)


def test_what_is_not_there_is_not_spoken_of(memory: Memory, place: Path) -> None:
    """No note hangs in the air, none is empty, none is endless."""
    before = commits(place)
    for nothing in (
        said("x", explains="0" * 32),
        said("x", incident="2025-01-01-nothing"),
        Retraction(note="0" * 32, author=ANN, at=START),
        Turn(incident="no", status=IncidentStatus.CLOSED, actor=ANN, at=START),
    ):
        with pytest.raises(NothingKnown):
            tell(memory, nothing, now=START)
    for bad in (said(" \n"), said("x" * (LONGEST + 1)), Opening(title=" ", actor=ANN, at=START)):
        with pytest.raises(BadInput):
            tell(memory, bad, now=START)

    assert commits(place) == before


def test_a_teller_tells_many_and_keeps_others_out(place: Path) -> None:
    """One that holds the memory for hours; another is told that it is busy, readers never wait."""
    with open_for_writing(place) as held, Teller.into(held) as teller:
        for number in range(5):
            assert teller.tell(said(f"Word {number}.", number), now=minutes(number)).recorded
        with pytest.raises(Busy):
            open_for_writing(place)
        with open_memory(place) as reader:
            assert len(about(reader)) == 5

    assert sound(place)


def test_reindex_gives_the_same_notes(memory: Memory) -> None:
    """Built from git alone, with edits, retractions and reasons."""
    change = memory.index.changes_of(API)[-1].record
    tell(memory, said("Because.", about=None, explains=getattr(change, "id", "")), now=START)
    first = said("Never below 5.", identity=SLACK)
    tell(memory, first, now=START)
    tell(memory, replace(first, text="Never.", changed_at=minutes(12)), now=START)
    tell(memory, Retraction(note=statement_id(SLACK), author=ANN, at=minutes(13)), now=START)
    before = memory.index.notes(retracted=True)
    assert len(before) == 2

    memory.index.rebuild(memory.store)

    assert memory.index.notes(retracted=True) == before


def test_a_statement_that_failed_is_recorded_once(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk was full after the words were durable: said again they are known, not doubled."""
    drain = Recorder.drain
    failing = iter([True, False, True])

    def full(self: Recorder[FoldState], final: bool, *, flush: bool = False) -> Drained:
        if next(failing, False):
            raise StorageFull("no room", "make room")
        return drain(self, final, flush=flush)

    monkeypatch.setattr(Recorder, "drain", full)
    before = commits(place)
    with open_for_writing(place) as held, Teller.into(held) as teller:
        with pytest.raises(StorageFull):
            teller.tell(said("Never below 5."), now=minutes(11))
        assert not teller.tell(said("Never below 5."), now=minutes(12)).recorded
        with pytest.raises(StorageFull):
            teller.tell(said("Never above 9."), now=minutes(13))
    with open_for_writing(place) as held, Teller.into(held) as teller:
        assert not teller.tell(said("Never above 9."), now=minutes(14)).recorded

    assert commits(place) == before + 2
    assert sound(place)
