"""Whether what was acknowledged stands in git, as it was written.

Walks every branch from its first commit: the history is one line, every object is what its name
says, trailers parse and agree with each other, and a commit touches the files its trailers
name and no others. Faults are yielded as they are met, so the first of a branch is the cause.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from kubectl_smart.memory.formats.identity import change_id, step_id
from kubectl_smart.memory.formats.journal_lines import from_line
from kubectl_smart.memory.formats.messages import is_by_hand, parse_journal_message, parse_message
from kubectl_smart.memory.formats.paths import (
    incident_path,
    is_for_people,
    knowledge_path,
    late_path,
    state_path,
)
from kubectl_smart.memory.records.changes import Change, Facet, Knowledge
from kubectl_smart.memory.records.errors import SmartError
from kubectl_smart.memory.records.facts import Record
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.steps import Step
from kubectl_smart.memory.store.branches import JOURNAL_PREFIX, MAIN
from kubectl_smart.memory.store.cat_file import CatFile
from kubectl_smart.memory.store.history import FileChange, newest_in_tree
from kubectl_smart.memory.store.protocols import Fault
from kubectl_smart.memory.store.readme import ROOT_MESSAGE
from kubectl_smart.memory.store.refs import read_tips
from kubectl_smart.memory.store.trees import Broken, Objects


class _Commit(NamedTuple):
    tree: str
    parents: list[str]
    message: bytes


class _Wrong(Exception):
    """A commit that contradicts itself; `path` where that shows."""

    def __init__(self, sentence: str, path: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.path = path


def verify(repository: Path) -> Iterator[Fault]:
    """Every fault of every branch of a memory; nothing if all is as it was written."""
    cat_file = CatFile(repository)
    try:
        tips = read_tips(repository)
        for branch, tip in tips.items():
            if branch == MAIN or branch.startswith(JOURNAL_PREFIX):
                yield from _Branch(Objects(cat_file), branch).walk(tip)
    finally:
        cat_file.close()


class _Branch:
    """One branch; remembers what the commits before have said."""

    def __init__(self, objects: Objects, branch: str) -> None:
        self._objects = objects
        self._branch = branch
        self._cursor = 0
        self._sequence = 0

    def walk(self, tip: str) -> Iterator[Fault]:
        """The faults of the branch, oldest first."""
        line: list[str] = []
        broken = None
        commit: str | None = tip
        while commit is not None:
            line.append(commit)
            try:
                parents = self._commit(commit).parents
            except Broken as fault:
                child = line[-2] if len(line) > 1 else ""
                broken = self._fault(fault.sentence, object=commit, commit=child)
                line.pop()
                break
            if len(parents) > 1:
                broken = self._fault("a merge: the history is not one line", commit=commit)
            commit = parents[0] if parents else None
        if broken is not None:
            yield broken
        before = None
        for at in range(len(line) - 1, -1, -1):
            found = self._commit(line[at])
            whole = broken is None or at < len(line) - 1
            yield from self._check(line[at], found, before, whole=whole)
            before = found.tree

    def _fault(
        self,
        sentence: str,
        *,
        object: str = "",  # noqa: A002 - the field's name
        commit: str = "",
        path: str = "",
    ) -> Fault:
        return Fault(
            sentence=sentence, object=object, commit=commit, path=path, branch=self._branch
        )

    def _commit(self, name: str) -> _Commit:
        head, _, message = self._objects.read(name, b"commit").partition(b"\n\n")
        lines = head.decode("utf-8", "replace").split("\n")
        parents = [line[7:] for line in lines if line.startswith("parent ")]
        return _Commit(lines[0].removeprefix("tree "), parents, message)

    def _check(
        self, name: str, commit: _Commit, before: str | None, *, whole: bool
    ) -> Iterator[Fault]:
        """The faults of one commit; `whole` if the commit before it could be read."""
        try:
            touched = list(self._objects.changes(before, commit.tree))
            if commit.message == ROOT_MESSAGE and before is None:
                return
            if self._branch == MAIN:
                self._check_decision(commit, touched if whole else [])
            else:
                self._check_batch(commit, touched, first=before is None)
        except Broken as fault:
            yield self._fault(fault.sentence, object=fault.name, commit=name, path=fault.path)
        except _Wrong as fault:
            yield self._fault(fault.sentence, commit=name, path=fault.path)
        except (ValueError, SmartError) as problem:
            yield self._fault(f"the commit cannot be read as a record: {problem}", commit=name)

    def _check_order(self, sequence: int, cursor: int, *, firm: bool) -> None:
        """Cursors never fall; nothing comes that an earlier cursor called complete."""
        old, self._cursor = self._cursor, max(cursor, self._cursor)
        if cursor < old:
            raise _Wrong(f"Cursor falls from {old} to {cursor}")
        if sequence <= old:
            raise _Wrong(f"Sequence {sequence} comes after all up to {old} was complete")
        if firm:
            last, self._sequence = self._sequence, max(sequence, self._sequence)
            if sequence < last:
                raise _Wrong(f"Sequence falls from {last} to {sequence}")

    def _check_decision(self, commit: _Commit, touched: list[FileChange]) -> None:
        if is_by_hand(commit.message):
            for file in touched:
                if not is_for_people(file.path):
                    raise _Wrong(f"{file.path} was changed by hand", file.path)
            return
        record, sequence, cursor, _ = parse_message(commit.message)
        self._check_order(sequence, cursor, firm=isinstance(record, Change))
        _check_id(record)
        expected = _expected_path(record)
        for file in touched:
            if file.path != expected:
                raise _Wrong(f"{file.path} is touched, which the trailers do not name", file.path)
        if expected and isinstance(record, Change):
            there = self._objects.find(commit.tree, expected) is not None
            if there == record.gone:
                what = "is still there" if record.gone else "is not there"
                raise _Wrong(f"{expected} {what} after the change", expected)

    def _check_batch(self, commit: _Commit, touched: list[FileChange], *, first: bool) -> None:
        batch = parse_journal_message(commit.message)
        if not batch.records:
            if not first:
                raise _Wrong("a checkpoint in the middle of a month")
            self._cursor, self._sequence = batch.cursor, batch.sequence
            return
        self._check_order(batch.sequence, batch.cursor, firm=True)
        added = [file for file in touched if file.path.startswith("records/")]
        if len(added) != 1 or added[0].new is None or added[0].old is not None:
            raise _Wrong("a batch that does not add one file of records")
        path = added[0].path
        content = self._objects.read(added[0].new, b"blob", path)
        lines = [from_line(line) for line in content.splitlines()]
        if len(lines) != batch.records:
            raise _Wrong(f"{len(lines)} records where {batch.records} are announced", path)
        for line in lines:
            _check_id(line.record)
        newest = newest_in_tree(lines)
        for state_file, at in newest.items():
            change = lines[at].record
            there = self._objects.find(commit.tree, state_file) is not None
            if isinstance(change, Change) and there == change.gone:
                raise _Wrong(f"{state_file} contradicts line {at + 1} of {path}", state_file)
        for file in touched:
            if file.path != path and file.path not in newest:
                raise _Wrong(f"{file.path} is touched, and no record says so", file.path)


def _check_id(record: Record) -> None:
    if isinstance(record, Change) and record.audit_id:
        if record.id != change_id(record.audit_id, record.object, record.facet):
            raise _Wrong(f"Change-Id {record.id} does not follow from the event and the object")
    elif (
        isinstance(record, Step) and record.audit_ids and record.id != step_id(record.audit_ids[0])
    ):
        raise _Wrong(f"Step-Id {record.id} does not follow from the first event")


def _expected_path(record: Record) -> str:
    """The one file the commit of a record on main may touch; "" if none."""
    match record:
        case Change(facet=Facet.DECLARED):
            return ""
        case Change(late=True):
            full = record.knowledge is Knowledge.FULL and not record.gone
            return late_path(record.object, record.id) if full else ""
        case Change():
            full = record.knowledge is Knowledge.FULL or record.gone
            return state_path(record.object) if full else ""
        case Note(about=about) if about is not None:
            return knowledge_path(about)
        case Incident():
            return incident_path(record.id)
        case _:
            return ""
