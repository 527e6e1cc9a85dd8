"""Look-ups of what is no change: observations, dependencies, steps, notes, incidents, coverage."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from kubectl_smart.memory.index import beside, lasting, packing, words
from kubectl_smart.memory.index.chunks import padded
from kubectl_smart.memory.index.decoding import Decoder
from kubectl_smart.memory.index.reading import Reader
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef


class EntryLookups:
    """What an `Index` answers from the table of entries and what belongs to it."""

    _reader: Reader
    _decoder: Decoder
    _beside: list[Committed]

    def observations(
        self,
        since: int | None = None,
        until: int | None = None,
        namespace: str | None = None,
        owner: ObjectRef | None = None,
        about: ObjectRef | None = None,
        warnings_only: bool = False,
    ) -> list[Committed]:
        """Observations that overlap the window, by first_at, then id; the valid version of each.

        namespace  of the object they were seen on
        owner      the declared object on top of that
        about      that object itself
        """
        by, ref = ("owner", owner) if owner is not None else ("object", about)
        if ref is None:
            found = lasting.between(self._reader, self._decoder, packing.OBSERVATION, since, until)
        else:
            found = lasting.of_object(
                self._reader, self._decoder, by, packing.OBSERVATION, ref, since, until
            )
        found = beside.among(found, self._beside, since, until, owner, about)
        return [
            each
            for each in found
            if (observation := packing.observation_of(each)) is not None
            and (not warnings_only or observation.warning)
            and (namespace is None or observation.about.namespace == namespace)
            and (about is None or observation.about == about)
        ]

    def dependencies(
        self,
        since: int | None = None,
        until: int | None = None,
        caller: ObjectRef | None = None,
        callee: ObjectRef | None = None,
    ) -> list[Committed]:
        """Dependencies seen from before `until` to after `since`, by first_at, then id.

        The valid version of each; `caller` and `callee` narrow the answer.
        """
        by, ref = ("owner", callee) if caller is None else ("object", caller)
        family = packing.DEPENDENCY
        if ref is None:
            found = lasting.between(self._reader, self._decoder, family, since, until)
        else:
            found = lasting.of_object(self._reader, self._decoder, by, family, ref, since, until)
        return [
            each
            for each in found
            if (dependency := packing.dependency_of(each)) is not None
            and (callee is None or dependency.callee == callee)
        ]

    def steps(
        self,
        since: int | None = None,
        until: int | None = None,
        namespace: str | None = None,
        target: ObjectRef | None = None,
    ) -> list[Committed]:
        """Steps that overlap the window, by happened_at, then id."""
        if target is not None:
            found = lasting.of_object(
                self._reader, self._decoder, "object", packing.STEP, target, since, until
            )
        else:
            found = lasting.between(self._reader, self._decoder, packing.STEP, since, until)
        return [
            each
            for each in found
            if (step := packing.step_of(each)) is not None
            and (namespace is None or step.namespace == namespace)
        ]

    def notes_about(self, ref: ObjectRef) -> list[Committed]:
        """Notes pinned to the object and not taken back, oldest first."""
        found = lasting.of_object(
            self._reader, self._decoder, "object", packing.NOTE, ref, None, None
        )
        return packing.standing(found)

    def notes_explaining(self, change_ids: Collection[str]) -> list[Committed]:
        """Notes that are the reason of one of these changes and stand, oldest first."""
        wanted = sorted({packing.pack_id(each) for each in change_ids if each})
        found = [
            row for chunk in padded(wanted) for row in self._reader.rows("explaining", **chunk)
        ]
        return packing.standing(self._decoder.entries(found))

    def notes(
        self, since: int | None = None, until: int | None = None, *, retracted: bool = False
    ) -> list[Committed]:
        """Notes of the window, oldest first; also those taken back, if `retracted`."""
        found = lasting.between(self._reader, self._decoder, packing.NOTE, since, until)
        return found if retracted else packing.standing(found)

    def note(self, note_id_prefix: str) -> list[Committed]:
        """The notes whose id starts so, taken back or not, at most ten; [] for what is no hex."""
        bounds = packing.prefix_bounds(note_id_prefix)
        if bounds is None:
            return []
        return self._decoder.entries(
            self._reader.rows("notes_by_id", low=bounds[0], high=bounds[1])
        )

    def incidents(self, *, versions: bool = False) -> list[Committed]:
        """The valid version of every incident, or all `versions`, by opened_at, then id."""
        found = packing.incidents_of(
            lasting.between(self._reader, self._decoder, packing.INCIDENT, None, None)
        )
        return found if versions else packing.valid_versions(found)

    def coverage(self) -> list[Heard]:
        """What was heard, joined within each session, by source, from_at, session."""
        found = [Heard(source=a, session=b, from_at=c, to_at=d) for a, b, c, d in self._heard()]
        return sorted(found, key=lambda each: (each.source, each.from_at, each.session))

    def _heard(self) -> list[tuple[Any, ...]]:
        return self._reader.rows("coverage")

    def search(self, text: str) -> list[Committed]:
        """Notes and incidents (valid versions) that hold every word of the text, newest first.

        Words as `words.terms_of` cuts them; a word ending in `*` stands for all that begin so.
        """
        return words.search(self._reader, self._decoder, text)
