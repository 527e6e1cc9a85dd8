"""`at`: what the cluster looked like at an instant, and what differs between two.

A state is the newest one known in full, with what is known of later writes put into it; where that
is not all there is to know, the object is marked uncertain. States are read in bulk.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from kubectl_smart.memory.answers.past_state import (
    DifferenceAnswer,
    ObjectDifference,
    PastObject,
    StateAnswer,
)
from kubectl_smart.memory.formats.diffs import apply_edits, diff
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.grounds import basis, citation
from kubectl_smart.memory.records.changes import UNKNOWN, Change, Facet, Knowledge
from kubectl_smart.memory.records.errors import NotCovered
from kubectl_smart.memory.records.facts import Committed, StatePlace
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.times import to_rfc3339
from kubectl_smart.memory.store.git_store import GitStore


class _Layers(NamedTuple):
    """The changes an object's state is made of."""

    base: Committed | None
    later: tuple[Committed, ...]
    status: Committed | None

    @property
    def newest(self) -> Committed:
        """The change in force."""
        return self.later[-1] if self.later else self.base or self.status  # type: ignore[return-value]


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
    ground = basis(store, index, at, at)
    if ground.reaches is None or at < ground.reaches[0]:
        since = f"it begins at {to_rfc3339(ground.reaches[0])}" if ground.reaches else "it is empty"
        raise NotCovered("the memory knows nothing of so early a time", since)
    layers = [_layers(found) for found in index.state_at(at, namespace, kinds, name)]
    objects = tuple(_objects(store, layers))
    return StateAnswer(basis=ground, at=at, objects=objects)


def _layers(found: Sequence[Committed]) -> _Layers:
    base: Committed | None = None
    status: Committed | None = None
    later: list[Committed] = []
    for each in found:
        change = each.record
        if not isinstance(change, Change):
            continue
        if change.facet is Facet.STATUS:
            status = each
        elif each.place is not None:
            base, later = each, []
        else:
            later.append(each)
    return _Layers(base, tuple(later), status)


def _objects(store: GitStore, layers: Sequence[_Layers]) -> Iterator[PastObject]:
    places = [
        each.place
        for one in layers
        for each in (one.base, one.status)
        if each is not None and each.place is not None
    ]
    states = iter(store.read_states(places))
    for one in layers:
        read = [
            next(states) if each is not None and each.place is not None else None
            for each in (one.base, one.status)
        ]
        yield _object(one, *read)


def _object(layers: _Layers, base: bytes | None, status: bytes | None) -> PastObject:
    newest = layers.newest
    change = newest.record
    assert isinstance(change, Change)  # noqa: S101 - only changes are layered
    state: Any = None if base is None else orjson.loads(base)
    uncertain = state is None
    for each in layers.later:
        later = each.record
        if not isinstance(later, Change):
            continue
        if later.knowledge is Knowledge.NAME and later.verb == "evict":
            continue
        uncertain = True
        if state is not None:
            known = [edit for edit in later.edits if edit.after is not UNKNOWN]
            state = apply_edits(state, known)
    exact = not layers.later and layers.base is not None
    if status is not None and state is not None:
        state["status"] = orjson.loads(status).get("status")
    return PastObject(
        ref=change.object,
        derived=change.derived,
        owner=change.owner,
        state=state,
        uncertain=uncertain,
        place=layers.base.place if exact and layers.base is not None else None,
        at=change.happened_at,
        actor=change.actor,
        via=change.via,
        citation=citation(newest),
    )


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
    before = _by_ref(past_state(store, index, at, namespace=namespace, kinds=kinds, name=name))
    after = _by_ref(past_state(store, index, until, namespace=namespace, kinds=kinds, name=name))
    found = []
    for ref in sorted(before.keys() | after.keys()):
        old, new = before.get(ref), after.get(ref)
        one = new or old
        if one is None or (one.derived and not derived):
            continue
        edits = diff(_declared(old.state), _declared(new.state)) if old and new else ()
        if edits or old is None or new is None:
            found.append(
                ObjectDifference(
                    ref=ref,
                    added=old is None,
                    removed=new is None,
                    edits=edits,
                    citation=new.citation if new is not None else None,
                )
            )
    ground = basis(store, index, at, until)
    return DifferenceAnswer(basis=ground, at=at, until=until, objects=tuple(found))


def _by_ref(answer: StateAnswer) -> dict[ObjectRef, PastObject]:
    return {one.ref: one for one in answer.objects}


def _declared(state: Any) -> Any:
    return {key: value for key, value in (state or {}).items() if key != "status"}


def state_file(store: GitStore, place: StatePlace) -> bytes:
    """The very bytes of a state file; a derived object's state rendered as one."""
    return store.read_files([place])[0] or b""
