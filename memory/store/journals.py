"""The journal branches: batches of derived changes, observations, intervals, dependencies.

A month has a branch of its own that begins with everything derived that was alive, so an old
month can be archived or dropped. A batch ends after 1,000 records or 10 seconds of event time,
always between two spool entries: where it ends follows from the records alone, so an import
that was interrupted makes the very same batches.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import orjson

from kubectl_smart.memory.formats.journal_lines import Journalled, to_line
from kubectl_smart.memory.formats.manifests import to_yaml
from kubectl_smart.memory.formats.messages import journal_message
from kubectl_smart.memory.formats.paths import records_path, state_path, status_path
from kubectl_smart.memory.records.changes import Change, Facet, Knowledge
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.facts import StatePlace
from kubectl_smart.memory.records.times import to_datetime
from kubectl_smart.memory.store.branches import JOURNAL_PREFIX
from kubectl_smart.memory.store.decisions import blob_id, recorder
from kubectl_smart.memory.store.protocols import NewCommit
from kubectl_smart.memory.store.readme import JOURNAL_README

MAX_RECORDS = 1_000
_DAY = 86_400_000_000
MAX_SPAN = 10_000_000
"""Microseconds of event time from a batch's first record to its last."""


class Item(NamedTuple):
    """One record of a batch; `sequence` is of its first event."""

    record: Journalled
    sequence: int
    recorded_at: int


def happened_at(record: Journalled) -> int:
    """When the record is dated: what lasts by its end."""
    if isinstance(record, Change):
        return record.happened_at
    return record.to_at if isinstance(record, Heard) else record.last_at


def month_branch(instant: int, newest: str) -> str:
    """The journal for an instant. Journals of earlier months than the newest stay closed."""
    return max(_journal_of(max(instant, 0) // _DAY), newest)


@lru_cache(maxsize=64)
def _journal_of(day: int) -> str:
    return f"{JOURNAL_PREFIX}{to_datetime(day * _DAY):%Y-%m}"


def tree_path(change: Change) -> str:
    """Where the newest state of a journalled change lies in the journal's tree."""
    path = state_path if change.facet is Facet.OBJECT else status_path
    return path(change.object)


def shows_in_tree(change: Change) -> bool:
    """Whether a change moves the tree: late ones never turn it back."""
    return not change.late and (change.gone or change.knowledge is Knowledge.FULL)


@dataclass(slots=True)
class Batch:
    """Records on their way into one commit; `entry` is the spool entry that began it."""

    branch: str
    entry: int
    first_at: int
    items: list[Item] = field(default_factory=list)
    last_entry: int = 0

    def takes(self, items: list[Item]) -> bool:
        """Whether the records of one more spool entry still belong to this batch."""
        if len(self.items) + len(items) > MAX_RECORDS:
            return False
        times = [happened_at(item.record) for item in items]
        if max(times) > self.first_at + MAX_SPAN:
            return False
        return month_branch(times[0], self.branch) == self.branch


class Written(NamedTuple):
    """A batch as a commit, and the place of each record's state, in the order of its items."""

    commit: NewCommit
    places: list[StatePlace | None]


def begin_month(branch: str, batch: Batch, before: str, sequence: int, cursor: int) -> NewCommit:
    """The first commit of a month: all that is alive, taken over from the month before."""
    who = recorder(batch.items[0].recorded_at)
    return NewCommit(
        branch,
        recorder(batch.first_at),
        who,
        journal_message(
            records=0,
            first_at=batch.first_at,
            last_at=batch.first_at,
            sequence=sequence,
            cursor=cursor,
        ),
        (("README.md", JOURNAL_README),),
        (before, ("state", "status")) if before else None,
    )


def records_file(batch: Batch, number: int) -> str:
    """The path of the batch's lines; its number is that of the spool entry that began it."""
    return records_path(max(batch.first_at, 0), number)


def write(batch: Batch, path: str, cursor: int) -> Written:
    """The commit of a batch; `path` is where its lines go, and nothing is there yet."""
    newest: dict[str, int] = {}
    for at, item in enumerate(batch.items):
        if type(item.record) is Change and shows_in_tree(item.record):
            newest[tree_path(item.record)] = at
    files: list[tuple[str, bytes | None]] = []
    places: list[StatePlace | None] = [None] * len(batch.items)
    for state_file, at in newest.items():
        change = batch.items[at].record
        content = _yaml(change) if isinstance(change, Change) else None
        files.append((state_file, content))
        if content is not None:
            places[at] = StatePlace(blob_id(content), -1)
    lines, inline = [], []
    for at, item in enumerate(batch.items):
        state = item.record.state if type(item.record) is Change else None
        if places[at] is not None:
            state = None
        elif state is not None:
            inline.append(at)
        lines.append(to_line(item.record, item.sequence, item.recorded_at, state))
    records = b"".join(lines)
    name = blob_id(records)
    for at in inline:
        places[at] = StatePlace(name, at)
    files.append((path, records))
    last_at = max(happened_at(item.record) for item in batch.items)
    message = journal_message(
        records=len(batch.items),
        first_at=batch.first_at,
        last_at=last_at,
        sequence=batch.last_entry,
        cursor=cursor,
    )
    who = recorder(batch.items[-1].recorded_at)
    return Written(NewCommit(batch.branch, recorder(last_at), who, message, files), places)


def _yaml(change: Change) -> bytes | None:
    if change.gone:
        return None
    if change.state is None:
        raise ValueError(f"change {change.id} claims full knowledge and has no state")
    return to_yaml(orjson.loads(change.state))
