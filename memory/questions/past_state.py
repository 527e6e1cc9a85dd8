"""`at`: what the cluster looked like at an instant, and what differs between two.

A state is the newest one known in full, with what is known of later writes put into it; where that
is not all there is to know, the object is marked uncertain. States are read in bulk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from kubectl_smart.memory.answers.basis import Basis, Citation
from kubectl_smart.memory.answers.past_state import (
    DifferenceAnswer,
    ObjectDifference,
    PastObject,
    StateAnswer,
)
from kubectl_smart.memory.formats.diffs import diff
from kubectl_smart.memory.index.decoding import uncollected
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.index.rows import Standing
from kubectl_smart.memory.questions.bulk_states import read_objects
from kubectl_smart.memory.questions.field_history import applied
from kubectl_smart.memory.questions.grounds import basis, citation
from kubectl_smart.memory.questions.health import condition
from kubectl_smart.memory.records.changes import Change, Facet, FieldEdit, Json
from kubectl_smart.memory.records.errors import NotCovered
from kubectl_smart.memory.records.facts import StatePlace
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.times import to_rfc3339
from kubectl_smart.memory.store.git_store import GitStore

_NO_CHANGE = frozenset({"evict"})
"""Verbs that, known in part, leave the object as it is: an eviction asks for a deletion."""


class _Layers(NamedTuple):
    """The changes an object's state is made of.

    newest  the change in force; of its status, if nothing else is known
    base    the newest one known in full; None if there is none
    later   those known in part since
    status  the newest of its status, where that is kept apart
    """

    newest: Standing
    base: Standing | None
    later: tuple[Standing, ...]
    status: Standing | None


def past_state(
    store: GitStore,
    index: Index,
    at: int,
    *,
    namespace: str | None = None,
    kinds: Collection[tuple[str, str]] | None = None,
    name: str | None = None,
) -> StateAnswer:
    """Every object alive at an instant (microseconds since 1970-01-01 UTC), with its state.

    namespace, kinds ((group, kind) pairs) and name narrow the answer; None for all. NotCovered
    if the memory knows nothing of so early a time.
    """
    with index.snapshot(), uncollected():
        return _state(store, index, at, namespace, kinds, name)


def counted_alive(
    store: GitStore, index: Index, at: int, kinds: Collection[tuple[str, str]]
) -> Counter[str]:
    """How many objects of these (group, kind) were alive at an instant, of those known in full.

    No state is read of the store. NotCovered as `past_state`.
    """
    with index.snapshot(), uncollected():
        _covered(basis(store, index, at, at), at)
        alive = _alive(index, at, None, kinds, None).values()
        return Counter(one.newest.object.kind for one in alive if one.base is not None)


def _state(
    store: GitStore,
    index: Index,
    at: int,
    namespace: str | None,
    kinds: Collection[tuple[str, str]] | None,
    name: str | None,
) -> StateAnswer:
    """See `past_state`. All but the answer is let go of before garbage is looked for again."""
    ground = basis(store, index, at, at)
    _covered(ground, at)
    layers = _alive(index, at, namespace, kinds, name).values()
    return StateAnswer(basis=ground, at=at, objects=tuple(_objects(store, layers)))


def _covered(ground: Basis, at: int) -> None:
    if ground.reaches is None or at < ground.reaches[0]:
        since = f"it begins at {to_rfc3339(ground.reaches[0])}" if ground.reaches else "it is empty"
        raise NotCovered("the memory knows nothing of so early a time", since)


def _alive(
    index: Index,
    at: int,
    namespace: str | None,
    kinds: Collection[tuple[str, str]] | None,
    name: str | None,
) -> dict[ObjectRef, _Layers]:
    """What every object alive at an instant is made of, ordered by object."""
    layers = (_layers(found) for found in index.state_at(at, namespace, kinds, name))
    return {one.newest.object: one for one in layers if one is not None}


def _layers(found: Sequence[Standing]) -> _Layers | None:
    base: Standing | None = None
    status: Standing | None = None
    later: list[Standing] = []
    newest: Standing | None = None
    for each in found:
        if each.facet is Facet.STATUS:
            status = each
            newest = newest or each
            continue
        if each.verb in _NO_CHANGE and each.place is None and newest is not None:
            continue
        newest = each
        if each.place is not None:
            base, later = each, []
        else:
            later.append(each)
    return None if newest is None else _Layers(newest, base, tuple(later), status)


def _objects(store: GitStore, layers: Iterable[_Layers]) -> list[PastObject]:
    layers = list(layers)
    places = [_place(each) for one in layers for each in (one.base, one.status)]
    objects = read_objects(store, [place for place in places if place is not None])
    return [_object(one, objects) for one in layers]


def _place(each: Standing | None) -> StatePlace | None:
    return None if each is None else each.place


def _object(layers: _Layers, objects: dict[StatePlace, Json]) -> PastObject:
    newest, later = layers.newest, layers.later
    base, kept = _place(layers.base), _place(layers.status)
    state = None if base is None else objects.get(base)
    if state is not None:
        for one in later:
            state = applied(state, one.edits)
        if kept is not None and kept in objects:
            state = {**state, **_status_of(objects[kept])}
    return PastObject(
        ref=newest.object,
        derived=newest.derived,
        owner=newest.owner,
        state=state,
        uncertain=state is None or bool(later),
        place=None if later else base,
        at=newest.happened_at,
        actor=newest.actor,
        via=newest.via,
        citation=Citation(newest.commit, newest.branch, newest.id),
        condition=condition(newest.object, state),
    )


def _status_of(trimmed: Any) -> dict[str, Any]:
    found = trimmed.get("status")
    return {} if found is None else {"status": found}


def difference(
    store: GitStore,
    index: Index,
    at: int,
    until: int,
    *,
    namespace: str | None = None,
    kinds: Collection[tuple[str, str]] | None = None,
    name: str | None = None,
    derived: bool = False,
) -> DifferenceAnswer:
    """What differs between two instants; statuses do not count.

    derived  also what controllers made; otherwise only what somebody declared
    """
    with index.snapshot(), uncollected():
        for instant in (at, until):
            _covered(basis(store, index, instant, instant), instant)
        before, after = (
            {
                ref: one
                for ref, one in _alive(index, instant, namespace, kinds, name).items()
                if derived or not one.newest.derived
            }
            for instant in (at, until)
        )
        refs = [
            ref
            for ref in sorted(before.keys() | after.keys())
            if _versions(before.get(ref)) != _versions(after.get(ref))
        ]
        old, new = (
            {one.ref: one for one in _objects(store, [side[ref] for ref in refs if ref in side])}
            for side in (before, after)
        )
        found = [
            ObjectDifference(
                ref=ref,
                added=ref not in old,
                removed=ref not in new,
                edits=edits,
                citation=new[ref].citation if ref in new else _removal(index, ref, at, until),
            )
            for ref in refs
            for edits in (_edits(old.get(ref), new.get(ref)),)
            if edits or ref not in old or ref not in new
        ]
        ground = basis(store, index, at, until)
    return DifferenceAnswer(basis=ground, at=at, until=until, objects=tuple(found))


def _versions(one: _Layers | None) -> tuple[str, ...]:
    """What tells a state from another without reading either; statuses do not count."""
    if one is None:
        return ()
    base = "" if one.base is None else one.base.id
    return base, *(later.id for later in one.later)


def _edits(old: PastObject | None, new: PastObject | None) -> tuple[FieldEdit, ...]:
    """Field by field, where the object was there both times."""
    if old is None or new is None:
        return ()
    return diff(_declared(old.state), _declared(new.state))


def _removal(index: Index, ref: ObjectRef, at: int, until: int) -> Citation | None:
    """The change that took an object away."""
    for each in reversed(index.changes_of(ref, since=at, until=until + 1)):
        if isinstance(each.record, Change) and each.record.gone:
            return citation(each)
    return None


def _declared(state: Any) -> Any:
    return {key: value for key, value in (state or {}).items() if key != "status"}


def state_file(store: GitStore, place: StatePlace) -> bytes:
    """The very bytes of a state file; a derived object's state rendered as one."""
    return store.read_files([place])[0] or b""
