"""Changes heard of after a newer version of their object: what they are compared with.

A late change that leaves its object as it already was at that time is none, and is dropped; one
of which only fields are known is completed from the version before it. That version is asked of
the index, which knows what is committed; what was recorded since is remembered here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import orjson

from kubectl_smart.memory.formats.diffs import apply_edits
from kubectl_smart.memory.formats.manifests import canonical
from kubectl_smart.memory.records.changes import Change, Facet, Knowledge
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.store.protocols import Previous


class _Version(NamedTuple):
    happened_at: int
    uid: str
    state: bytes | None
    late: bool


class LateChanges:
    """Settles late changes; `note` every change that is recorded, `forget` at checkpoints."""

    def __init__(self, previous: Previous) -> None:
        self._previous = previous
        self._recent: dict[tuple[ObjectRef, Facet], list[_Version]] = {}

    def note(self, change: Change) -> None:
        """Remember a change that the index does not know yet."""
        version = _Version(change.happened_at, change.uid, change.state, change.late)
        self._recent.setdefault((change.object, change.facet), []).append(version)

    def forget(self) -> None:
        """The index knows everything noted so far."""
        self._recent.clear()

    def settle(self, change: Change) -> Change | None:
        """The late change as it is to be recorded; None if it changed nothing."""
        if change.gone or change.knowledge is Knowledge.NAME:
            return change
        before = self._before(change, change.happened_at)
        if change.knowledge is Knowledge.FULL:
            return None if change.state == before else change
        if before is None:
            return change
        state = canonical(apply_edits(orjson.loads(before), change.edits))
        if state == before:
            return None
        return replace(change, knowledge=Knowledge.FULL, state=state, edits=())

    def _before(self, change: Change, at: int) -> bytes | None:
        """The state in force at an instant, of the object with this uid."""
        recent = [
            version
            for version in self._recent.get((change.object, change.facet), ())
            if version.happened_at <= at and version.uid in (change.uid, "")
        ]
        known = self._previous(change.object, change.uid, change.facet, at)
        if not recent:
            return known
        newest = max(recent, key=lambda version: version.happened_at)
        if newest.late:
            # it may itself lie behind something committed
            there = self._previous(change.object, change.uid, change.facet, newest.happened_at)
            if there != known:
                return known
        return newest.state
