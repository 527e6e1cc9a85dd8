"""Commits read back as the records that were committed.

Given commits with their messages and changed files, from git or from the twin, this yields the
same `Committed` that were delivered when they were made; edits between two whole states are
worked out again from the two files.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple, Protocol

from kubectl_smart.memory.formats.diffs import diff
from kubectl_smart.memory.formats.journal_lines import ParsedLine, from_line
from kubectl_smart.memory.formats.manifests import canonical, from_yaml
from kubectl_smart.memory.formats.messages import (
    Parsed,
    is_by_hand,
    parse_journal_message,
    parse_message,
)
from kubectl_smart.memory.formats.paths import is_for_people, late_path, state_path
from kubectl_smart.memory.records.changes import Change, FieldEdit, Json, Knowledge
from kubectl_smart.memory.records.errors import MemoryDamaged
from kubectl_smart.memory.records.facts import Committed, StatePlace
from kubectl_smart.memory.store.branches import MAIN
from kubectl_smart.memory.store.journals import shows_in_tree, tree_path
from kubectl_smart.memory.store.readme import ROOT_MESSAGE

_BUNCH = 256
"""Commits whose files are read together."""
_CACHED_STATES = 4_000


class FileChange(NamedTuple):
    """One file that a commit changed: blob ids before and after, None where there is none."""

    path: str
    old: str | None
    new: str | None


class RawCommit(NamedTuple):
    """One commit as it stands: id, message and the files it changed."""

    id: str
    message: bytes
    files: Sequence[FileChange]


class Blobs(Protocol):
    """Where file contents come from."""

    def contents(self, ids: Sequence[str]) -> list[bytes]:
        """The contents of blobs; MemoryDamaged if one is missing."""

    def blob_at(self, commit: str, path: str) -> str | None:
        """The id of the file at a path in a commit's tree; None if there is none."""


def read_history(branch: str, commits: Iterable[RawCommit], blobs: Blobs) -> Iterator[Committed]:
    """The records of a run of commits, oldest first."""
    if branch == MAIN:
        return _Decisions(blobs).read(iter(commits))
    return _journal(branch, iter(commits), blobs)


def _holds_nothing(raw: RawCommit) -> bool:
    """Whether a commit on main holds no record: the first one, and what people edit by hand."""
    if raw.message == ROOT_MESSAGE:
        return True
    return is_by_hand(raw.message) and all(is_for_people(file.path) for file in raw.files)


def damaged_commit(branch: str, commit: str, problem: Exception) -> MemoryDamaged:
    """A commit that cannot be read as a record of ours."""
    return MemoryDamaged(
        f"commit {commit} on {branch} cannot be read: {problem}",
        "run `kubectl smart verify`; commits made by hand may change reports, notes and "
        "templates only",
    )


class _Pending(NamedTuple):
    """A decision whose files are still to be read; ids of state files after and before."""

    commit: str
    parsed: Parsed
    new: str | None
    old: str | None


class _Decisions:
    """Reads `main`; keeps the objects it met last, since most changes touch them again."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._objects: OrderedDict[str, Json] = OrderedDict()

    def read(self, commits: Iterator[RawCommit]) -> Iterator[Committed]:
        while bunch := list(islice(commits, _BUNCH)):
            pending = [self._pending(raw) for raw in bunch if not _holds_nothing(raw)]
            self._load(pending)
            for one in pending:
                yield self._committed(one)
            self._trim()  # never within a bunch, whose states were all loaded for it

    def _pending(self, raw: RawCommit) -> _Pending:
        try:
            parsed = parse_message(raw.message)
        except ValueError as problem:
            raise damaged_commit(MAIN, raw.id, problem) from problem
        change = parsed.record
        if not isinstance(change, Change) or change.gone or change.knowledge is not Knowledge.FULL:
            return _Pending(raw.id, parsed, None, None)
        path = late_path(change.object, change.id) if change.late else state_path(change.object)
        for file in raw.files:
            if file.path == path:
                return _Pending(raw.id, parsed, file.new, file.old)
        same = self._blobs.blob_at(raw.id, path)
        return _Pending(raw.id, parsed, same, same)

    def _load(self, pending: list[_Pending]) -> None:
        wanted = {
            name
            for one in pending
            for name in (one.new, one.old)
            if name is not None and name not in self._objects
        }
        names = sorted(wanted)
        for name, content in zip(names, self._blobs.contents(names), strict=True):
            self._objects[name] = from_yaml(content)

    def _committed(self, one: _Pending) -> Committed:
        record, sequence, _, recorded_at = one.parsed
        if one.new is None or not isinstance(record, Change):
            return Committed(record, sequence, recorded_at, MAIN, one.commit, None)
        after = self._objects[one.new]
        self._objects.move_to_end(one.new)
        edits = record.edits
        if not edits and not record.late and one.old is not None and record.verb != "create":
            edits = _difference(self._objects[one.old], after)
        change = replace(record, edits=edits, state=canonical(after))
        return Committed(change, sequence, recorded_at, MAIN, one.commit, StatePlace(one.new, -1))

    def _trim(self) -> None:
        while len(self._objects) > _CACHED_STATES:
            self._objects.popitem(last=False)


def _difference(before: Json, after: Json) -> tuple[FieldEdit, ...]:
    """None to another object that had the same name before."""
    one, other = (state.get("metadata", {}).get("uid") for state in (before, after))
    return () if one and other and one != other else diff(before, after)


def _journal(branch: str, commits: Iterator[RawCommit], blobs: Blobs) -> Iterator[Committed]:
    while bunch := list(islice(commits, _BUNCH // 8)):
        batches = [raw for raw in bunch if _holds_records(branch, raw)]
        names = [_records_file(branch, raw) for raw in batches]
        for raw, name, content in zip(batches, names, blobs.contents(names), strict=True):
            yield from _batch(branch, raw, name, content, blobs)


def _holds_records(branch: str, raw: RawCommit) -> bool:
    try:
        return parse_journal_message(raw.message).records > 0
    except ValueError as problem:
        raise damaged_commit(branch, raw.id, problem) from problem


def _records_file(branch: str, raw: RawCommit) -> str:
    found = [file.new for file in raw.files if file.path.startswith("records/") and file.new]
    if len(found) != 1:
        problem = ValueError(f"it adds {len(found)} files of records, not one")
        raise damaged_commit(branch, raw.id, problem)
    return found[0]


def _batch(
    branch: str, raw: RawCommit, records: str, content: bytes, blobs: Blobs
) -> Iterator[Committed]:
    try:
        lines = [from_line(line) for line in content.splitlines()]
    except ValueError as problem:
        raise damaged_commit(branch, raw.id, problem) from problem
    files = {file.path: file.new for file in raw.files}
    newest = newest_in_tree(lines)
    for at, (record, sequence, recorded_at, state) in enumerate(lines):
        place = None
        found = record
        if isinstance(record, Change):
            if state is not None:
                place = StatePlace(records, at)
                found = replace(record, state=state)
            elif not record.gone and newest.get(path := tree_path(record)) == at:
                blob = files[path] if path in files else blobs.blob_at(raw.id, path)
                place = StatePlace(blob, -1) if blob is not None else None
        yield Committed(found, sequence, recorded_at, branch, raw.id, place)


def newest_in_tree(lines: Sequence[ParsedLine]) -> dict[str, int]:
    """Path -> index of the line whose version the tree holds at the end of the batch."""
    return {
        tree_path(line.record): at
        for at, line in enumerate(lines)
        if isinstance(line.record, Change) and shows_in_tree(line.record)
    }
