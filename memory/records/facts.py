"""The union of all records, and a record together with where it was recorded.

`Committed` is what the store hands to the index, whether the record has just been
committed or is read back from git: the index cannot tell the difference, which is
what makes it disposable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.dependencies import Dependency
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step

Record: TypeAlias = Change | Observation | Step | Note | Incident | Heard | Dependency


class StatePlace(NamedTuple):
    """Where the bytes of a state are.

    blob  object id (40 hex digits) of the git blob
    line  -1: the blob is a state file (YAML); >= 0: the state is the member `state`
          of that line (0-based) of a journal records file (JSON lines)
    """

    blob: str
    line: int


class Committed(NamedTuple):
    """One record and where it stands in git.

    record       the record, with `state` present (bytes) if it was at hand, else None
    sequence     order in which the memory accepted it, over all branches; records of one
                 audit event share it
    recorded_at  microseconds since 1970-01-01 UTC, when the memory accepted it
    branch       "main" or "journal/2026-11"
    commit       object id of the commit that holds it
    place        where the state after the change can be read again; None if there is none
    """

    record: Record
    sequence: int
    recorded_at: int
    branch: str
    commit: str
    place: StatePlace | None


ReadStates: TypeAlias = Callable[[Sequence[StatePlace]], list[bytes | None]]
"""Reads states as canonical JSON, in the order asked; None where there is none."""
