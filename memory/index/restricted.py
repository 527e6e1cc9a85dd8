"""The index as somebody sees it who may not see everything.

One place decides what is visible, below every question: what is hidden is not there, so it is in no
answer, no count, no picture and no suggestion. The rule is the namespace: of an object for changes
and observations, of both ends for dependencies, of the command for steps, of what it is about or
explains for a note. A namespace is named or hidden; "" stands for what has none (nodes, cluster
roles).

An incident is visible if all it has to do with is; which those are is worked out by whoever makes
this index, who knows what incidents are about. Of its report only people's words are shown: the
sections written by machine may tell of others, for example of incidents that are alike. Words
pinned to nothing are as visible as their incident, and words of a hidden one do not name it.

That a kind exists and how far the memory reaches is no secret: the API server tells everybody its
resources, and an answer must say what it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from heapq import merge
from operator import attrgetter
from typing import TypeAlias

from kubectl_smart.memory.formats.marked_sections import words as words_of_people
from kubectl_smart.memory.formats.wiring.packing import terms as terms_of
from kubectl_smart.memory.index import names, packing
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.index.rows import Act, Counts, ObjectRow, Outline, Seed, Standing, Wired
from kubectl_smart.memory.records.changes import Change, Facet
from kubectl_smart.memory.records.dependencies import Dependency
from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.memory.records.facts import Committed, StatePlace
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.links import Link
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step

May: TypeAlias = Callable[[str, str, str], bool]
_MANY = 40


class RestrictedIndex(Index):
    """An index of which only some namespaces are visible; for look-ups only.

    namespaces  those visible; "" for cluster-scoped objects
    incidents   gives the ids of the visible incidents; asked once, and only if it matters
    may         (group, kind, namespace) -> whether objects of that kind are visible there; it may
                raise, and then nothing is answered. None: all are. With it, a step that names no
                object is hidden.
    """

    def __init__(
        self,
        index: Index,
        namespaces: Collection[str],
        incidents: Callable[[], Collection[str]] = frozenset,
        may: May | None = None,
    ) -> None:
        super().__init__(index._reader, where=index.where)
        self._visible = frozenset(namespaces)
        self._incidents_within = incidents
        self._may = may
        self._incidents: frozenset[str] | None = None

    def _sees_incident(self, incident: str) -> bool:
        if self._incidents is None:
            self._incidents = frozenset(self._incidents_within())
        return incident in self._incidents

    def _sees(self, ref: ObjectRef | None) -> bool:
        if ref is None or ref.namespace not in self._visible:
            return False
        return self._may is None or self._may(ref.group, ref.kind, ref.namespace)

    def _shown(self, found: Sequence[Committed]) -> list[Committed]:
        return [self._as_seen(each) for each in found if self._is_visible(each)]

    def _as_seen(self, each: Committed) -> Committed:
        match each.record:
            case Note() as note if note.incident and not self._sees_incident(note.incident):
                return each._replace(record=replace(note, incident=""))
            case Incident() as incident:
                return each._replace(record=replace(incident, text=words_of_people(incident.text)))
            case _:
                return each

    def _is_visible(self, each: Committed) -> bool:
        match each.record:
            case Change() as change:
                return self._sees(change.object)
            case Observation() as observation:
                return self._sees(observation.about)
            case Dependency() as dependency:
                return self._sees(dependency.caller) and self._sees(dependency.callee)
            case Step() as step:
                if step.target is None:
                    return step.namespace in self._visible and self._may is None
                return step.namespace in self._visible and self._sees(step.target)
            case Note() as note:
                return self._sees(note.about) if note.about is not None else self._explains(note)
            case Incident() as incident:
                return self._sees_incident(incident.id)
            case _:
                return False

    def _explains(self, note: Note) -> bool:
        if note.explains:
            return bool(self.change(note.explains))
        return bool(note.incident) and self._sees_incident(note.incident)

    def counts(self) -> Counts:
        """BadInput: how much there is of what is hidden is not told."""
        raise BadInput(
            "how much the memory holds is only told to those who may see all of it",
            "ask about a namespace that you may see",
        )

    # --- objects ------------------------------------------------------------------------

    def namespaces(self) -> list[str]:
        """See Index."""
        return [name for name in super().namespaces() if name in self._visible]

    def find_objects(
        self, kinds: Sequence[tuple[str, str]] | None, name: str, namespace: str | None
    ) -> list[ObjectRow]:
        """See Index."""
        found = super().find_objects(kinds, name, namespace)
        return [row for row in found if self._sees(row.ref)]

    def fold_seed(self, gone_since: int | None = None) -> list[Seed]:
        """See Index."""
        return [seed for seed in super().fold_seed(gone_since) if self._sees(seed.ref)]

    def similar(
        self, name: str, kind: str | None = None, namespace: str | None = None, limit: int = 5
    ) -> list[ObjectRef]:
        """See Index."""
        most = limit if self._may is None else _MANY
        found = names.nearest(self._reader, name, kind, namespace, most, self._visible)
        return [ref for ref in found if self._sees(ref)][:limit]

    # --- changes ------------------------------------------------------------------------

    def changes_of(
        self,
        ref: ObjectRef,
        facet: Facet = Facet.OBJECT,
        since: int | None = None,
        until: int | None = None,
        limit: int | None = None,
    ) -> list[Committed]:
        """See Index."""
        return super().changes_of(ref, facet, since, until, limit) if self._sees(ref) else []

    def last_changes_of(
        self, ref: ObjectRef, since: int, until: int, limit: int
    ) -> list[Committed]:
        """See Index."""
        return super().last_changes_of(ref, since, until, limit) if self._sees(ref) else []

    def last_changes_owned(
        self, owner: ObjectRef, since: int, until: int, limit: int
    ) -> list[Committed]:
        """See Index; of the newest `limit` those that are visible."""
        return self._shown(super().last_changes_owned(owner, since, until, limit))

    def count_changes_of(self, ref: ObjectRef, since: int, until: int) -> int:
        """See Index."""
        return super().count_changes_of(ref, since, until) if self._sees(ref) else 0

    def outlines_of(self, ref: ObjectRef, until: int | None = None) -> list[Outline]:
        """See Index."""
        return super().outlines_of(ref, until) if self._sees(ref) else []

    def listed(self, numbers: Collection[int]) -> dict[int, Committed]:
        """See Index."""
        found = super().listed(numbers)
        return {number: each for number, each in found.items() if self._is_visible(each)}

    def changes_between(
        self,
        since: int | None,
        until: int | None,
        namespace: str | None = None,
        derived: bool = False,
        limit: int | None = None,
    ) -> list[Committed]:
        """See Index."""
        most = limit if self._may is None else None
        found = [
            each
            for place in self._asked(namespace)
            for each in super(RestrictedIndex, self).changes_between(
                since, until, place, derived, most
            )
        ]
        return sorted(self._shown(found), key=_order)[:limit]

    def acts_between(
        self, since: int | None, until: int | None, namespace: str | None = None
    ) -> Iterator[Act]:
        """See Index."""
        places = [
            super(RestrictedIndex, self).acts_between(since, until, place)
            for place in self._asked(namespace)
        ]
        for act in merge(*places, key=attrgetter("order")):
            if self._sees(act.object):
                yield act

    def busy_slots(self, since: int, until: int, width: int) -> frozenset[int]:
        """See Index; by what is visible."""
        window = {"since": since, "until": until, "width": width}
        found: set[int] = set()
        for place in sorted(self._visible):
            number = self._decoder.namespace_number(place)
            if number is None:
                continue
            for slot, kind in self._reader.rows("busy_slots_in", namespace=number, **window):
                if self._may is None or self._may(*self._decoder.kind(kind), place):
                    found.add(slot)
        return frozenset(found)

    def _asked(self, namespace: str | None) -> list[str]:
        """The namespaces to look in."""
        if namespace is None:
            return sorted(self._visible)
        return [namespace] if namespace in self._visible else []

    def neighbours(
        self, at: int, namespace: str | None = None, ref: ObjectRef | None = None
    ) -> tuple[Committed | None, Committed | None]:
        """See Index."""
        if ref is not None:
            return super().neighbours(at, ref=ref) if self._sees(ref) else (None, None)
        places = self._asked(namespace)
        before = [one for place in places if (one := self._nearest(at, place, 0)) is not None]
        after = [one for place in places if (one := self._nearest(at, place, 1)) is not None]
        return max(before, key=_order, default=None), min(after, key=_order, default=None)

    def _nearest(self, at: int, place: str, side: int) -> Committed | None:
        """The last visible change before an instant, or (`side` 1) the first after it."""
        while True:
            each = super().neighbours(at, place)[side]
            if each is None or self._is_visible(each):
                return each
            at = _order(each)[0]
            beside = self._shown(super().changes_between(at, at + 1, place))
            if beside:
                return beside[-1 + side]

    def change(self, change_id_prefix: str) -> list[Committed]:
        """See Index; of ten that begin so, those that are visible."""
        return self._shown(super().change(change_id_prefix))

    # --- the state of the past ----------------------------------------------------------

    def previous_state(self, ref: ObjectRef, uid: str, facet: Facet, at: int) -> StatePlace | None:
        """See Index."""
        return super().previous_state(ref, uid, facet, at) if self._sees(ref) else None

    def state_at(
        self,
        at: int,
        namespace: str | None = None,
        kinds: Collection[tuple[str, str]] | None = None,
        name: str | None = None,
    ) -> list[tuple[Standing, ...]]:
        """See Index."""
        found = [
            whole
            for place in self._asked(namespace)
            for whole in super(RestrictedIndex, self).state_at(at, place, kinds, name)
            if self._sees(_of_object(whole))
        ]
        return sorted(found, key=_of_object)

    # --- observations, dependencies, steps, words ----------------------------------------

    def observations(
        self,
        since: int | None = None,
        until: int | None = None,
        namespace: str | None = None,
        owner: ObjectRef | None = None,
        about: ObjectRef | None = None,
        warnings_only: bool = False,
    ) -> list[Committed]:
        """See Index."""
        return self._shown(
            super().observations(since, until, namespace, owner, about, warnings_only)
        )

    def dependencies(
        self,
        since: int | None = None,
        until: int | None = None,
        caller: ObjectRef | None = None,
        callee: ObjectRef | None = None,
    ) -> list[Committed]:
        """See Index; those of which both ends are visible."""
        return self._shown(super().dependencies(since, until, caller, callee))

    def wired_of(self, ref: ObjectRef) -> list[Wired]:
        """See Index; without what is said of others that are not visible."""
        return self._said_of_visible(super().wired_of(ref)) if self._sees(ref) else []

    def wired_with(self, terms: Collection[int], namespace: str | None = None) -> list[Wired]:
        """See `wired_of`; what was only found by something hidden is not found."""
        wanted = frozenset(terms)
        found = self._said_of_visible(super().wired_with(terms, namespace))
        return [one for one in found if not wanted.isdisjoint(terms_of(one.wiring))]

    def wired_between(self, since: int | None, until: int | None) -> list[Wired]:
        """See `wired_of`."""
        return self._said_of_visible(super().wired_between(since, until))

    def _said_of_visible(self, found: Sequence[Wired]) -> list[Wired]:
        return [
            one._replace(
                wiring=one.wiring._replace(
                    references=tuple(
                        each for each in one.wiring.references if self._sees(each.target)
                    )
                )
            )
            for one in found
            if self._sees(one.ref)
        ]

    def links_between(self, since: int | None = None, until: int | None = None) -> list[Link]:
        """See Index; those of which both ends are visible."""
        return self._of_visible(super().links_between(since, until))

    def links_with(self, change_ids: Collection[str]) -> list[Link]:
        """See `links_between`."""
        return self._of_visible(super().links_with(change_ids))

    def links_of(
        self, ref: ObjectRef, since: int | None = None, until: int | None = None
    ) -> list[Link]:
        """See `links_between`."""
        return self._of_visible(super().links_of(ref, since, until))

    def _of_visible(self, found: Sequence[Link]) -> list[Link]:
        return [one for one in found if self._sees(one.effect_of) and self._sees(one.cause_of)]

    def trouble_linked(self, _rules: str) -> int | None:
        """None: what is kept was worked out with what is hidden, which is on no way to trouble."""
        return None

    def lives_of(self, ref: ObjectRef) -> list[tuple[int, int]]:
        """See Index."""
        return super().lives_of(ref) if self._sees(ref) else []

    def steps(
        self,
        since: int | None = None,
        until: int | None = None,
        namespace: str | None = None,
        target: ObjectRef | None = None,
    ) -> list[Committed]:
        """See Index."""
        return self._shown(super().steps(since, until, namespace, target))

    def notes_about(self, ref: ObjectRef) -> list[Committed]:
        """See Index."""
        return self._shown(super().notes_about(ref))

    def notes_explaining(self, change_ids: Collection[str]) -> list[Committed]:
        """See Index."""
        return self._shown(super().notes_explaining(change_ids))

    def notes(
        self, since: int | None = None, until: int | None = None, *, retracted: bool = False
    ) -> list[Committed]:
        """See Index."""
        return self._shown(super().notes(since, until, retracted=retracted))

    def note(self, note_id_prefix: str) -> list[Committed]:
        """See Index; of ten that begin so, those that are visible."""
        return self._shown(super().note(note_id_prefix))

    def incidents(self, *, versions: bool = False) -> list[Committed]:
        """See Index; those that lie in what is visible."""
        return self._shown(super().incidents(versions=versions))

    def search(self, text: str) -> list[Committed]:
        """See Index."""
        return self._shown(super().search(text))


def _order(each: Committed) -> tuple[int, int, int, str]:
    """The order of changes, as the statements have it."""
    change = each.record
    if not isinstance(change, Change):
        raise TypeError("only changes have this order")
    version = packing.numeric_version(change.resource_version)
    return change.happened_at, version, each.sequence, change.id


def _of_object(whole: tuple[Standing, ...]) -> ObjectRef:
    return whole[0].object
