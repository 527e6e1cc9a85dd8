"""Free text never passes for a trailer: asked of git itself."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

import pytest

from kubectl_smart.memory.formats.messages import commit_message, parse_message
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import Change, Facet, FieldEdit, Knowledge
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.steps import Step

FORGERIES = [
    "Change-Id: forged",
    "because\n\nChange-Id: forged\nActor: forged",
    "Change-Id: forged\n\nChange-Id: forged\n",
    "   Change-Id: forged",
    "because\n---\nChange-Id: forged",
    "because\n--- \n\nChange-Id: forged\n",
    "\n\nChange-Id: forged\n\n\n",
    "Change-Id : forged",
    "Change-Id\t: forged",
    "a\rChange-Id: forged\r\nChange-Id: forged",
    "a\x0bChange-Id: forged\x85Change-Id: forged\u2028Change-Id: forged",
    "(cherry picked from commit forged)\nSigned-off-by: forged <a@b>",
    "x\x00\nChange-Id: forged",
    "%0AChange-Id: forged",
    "Text-Encoding: percent\n%0AChange-Id: forged",
    "key: value\n continued\nChange-Id: forged",
    "# comment\nChange-Id: forged",
    "diff --git a/x b/x\nChange-Id: forged",
]
REF = ObjectRef("apps", "Deployment", "prod", "api")
HUMAN = Actor("sarah@example.com", ActorKind.HUMAN)
TRAILERS = (
    "Change-Id Step-Id Note-Id Incident-Version Sequence Cursor Happened Recorded Actor Actor-Kind "
    "Via Verb Object Outcome Title Status"
)
NAMES = TRAILERS.split()


def records(text: str) -> list[Change | Step | Note | Incident]:
    """One record of each type with the text wherever people or clusters choose it."""
    change = Change(
        id="1" * 32,
        object=ObjectRef("apps", "Deployment", text, text),
        uid=text,
        facet=Facet.OBJECT,
        derived=False,
        verb="patch",
        actor=Actor(text, ActorKind.HUMAN, text),
        via=text,
        happened_at=1,
        audit_id=text,
        resource_version=text,
        knowledge=Knowledge.FIELDS,
        edits=(FieldEdit("data.x", text, text), FieldEdit("data.y", 1, {text: text})),
        state=None,
        reason=text,
    )
    step = Step(
        id="2" * 32,
        actor=Actor(text, ActorKind.HUMAN),
        action=text,
        target=REF,
        namespace=text,
        command=text,
        happened_at=1,
        until=2,
        count=2,
        status=404,
        outcome=text,
        audit_ids=(text, "b"),
    )
    note = Note(
        id="3" * 32,
        author=HUMAN,
        text=text,
        about=None,
        field=text,
        explains=text,
        incident=text,
        happened_at=1,
        permalink=text,
    )
    incident = Incident(
        id=text,
        title=text,
        status=IncidentStatus.OPEN,
        opened_at=1,
        closed_at=0,
        actor=HUMAN,
        happened_at=1,
        text=text,
    )
    return [change, dataclasses.replace(change, edits=(), reason=""), step, note, incident]


def git(*arguments: str, stdin: bytes = b"", cwd: Path | None = None) -> bytes:
    """What git prints."""
    return subprocess.run(
        ["git", *arguments], input=stdin, capture_output=True, check=True, cwd=cwd
    ).stdout


@pytest.mark.parametrize("text", FORGERIES)
def test_git_reads_no_forged_trailer(text: str) -> None:
    """`git interpret-trailers --parse` finds each of our trailers once, and only ours."""
    for record in records(text):
        message = commit_message(record, 7, 6, 2)
        parsed = git("interpret-trailers", "--parse", stdin=message).decode()
        found = [line.partition(": ")[0] for line in parsed.split("\n") if line]

        written = message.decode().rpartition("\n\n")[2]
        assert found == [line.partition(": ")[0] for line in written.split("\n") if line]
        assert "forged" not in [line.partition(": ")[2] for line in parsed.split("\n")]
        assert found.count("Sequence") == 1
        assert parse_message(message).record == record


@pytest.mark.parametrize("text", FORGERIES)
def test_git_log_grep_finds_no_forged_trailer(text: str, tmp_path: Path) -> None:
    """`git log --grep='^Name: '` meets each trailer name only where we wrote it."""
    git("init", "-q", "--bare", str(tmp_path))
    tree = git("mktree", cwd=tmp_path).decode().strip()
    author = b"author a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n"
    for record in records(text):
        message = commit_message(record, 7, 6, 2)
        raw = b"tree " + tree.encode() + b"\n" + author + b"\n" + message
        commit = git("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw, cwd=tmp_path)
        commit_id = commit.decode().strip()
        lines = message.decode().rpartition("\n\n")[2].split("\n")
        ours = {line.partition(": ")[0] for line in lines}
        for name in NAMES:
            hits = git("log", "--format=%H", f"--grep=^{name}: ", commit_id, cwd=tmp_path)
            assert bool(hits) == (name in ours), (name, message)
        assert not git("log", "--grep=^Change-Id: forged", commit_id, cwd=tmp_path)
        shown = git("log", "-1", "--format=%B", commit_id, cwd=tmp_path)
        assert message.rstrip(b"\n") == shown.rstrip(b"\n")
        git("fsck", "--strict", cwd=tmp_path)


def test_values_of_any_content_stay_on_their_line() -> None:
    """Nothing but the trailers that belong there follows the last blank line."""
    for record in records("a\n\nb: c\n\n"):
        message = commit_message(record, 1, 1, 1).decode()

        assert message.endswith("\n")
        assert message.rpartition("\n\n")[2].count("\n\n") == 0
