"""What was alive at an instant, and of which changes its state is made.

Used by `Index.state_at` and `Index.fold_seed`. Lives are found through `spans`, so that what came
and went before or after the instant costs nothing; a namespace narrows them in the database, a
name is looked up by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from kubectl_smart.memory.index import packing, spans
from kubectl_smart.memory.index.decoding import FLAGS, OBJECT, Decoder, uncollected
from kubectl_smart.memory.index.reading import BEGINNING, END, Reader
from kubectl_smart.memory.index.rows import Seed, Standing
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef

_Kinds = Collection[tuple[str, str]] | None
_Found = tuple[Committed, Change]
_Row = tuple[Any, ...]


def state_at(
    reader: Reader,
    decoder: Decoder,
    at: int,
    namespace: str | None,
    kinds: _Kinds,
    name: str | None,
) -> list[tuple[Standing, ...]]:
    """See `Index.state_at`."""
    found: dict[ObjectRef, list[Standing]] = {}
    with uncollected():
        for facet in (0, 1):
            if name is None:
                alive = _alive(reader, decoder, at, facet, namespace, kinds)
            else:
                alive = _alive_named(reader, at, facet, namespace, kinds, name)
            for each in decoder.standing(list(alive)):
                whole = each.place is not None or facet
                chain = [each] if whole else _chain(reader, decoder, each.object, at)
                if each.object in found:
                    found[each.object] += chain
                else:
                    found[each.object] = chain
        return [tuple(found[ref]) for ref in sorted(found)]


def seeds(reader: Reader, decoder: Decoder, gone_since: int | None) -> list[Seed]:
    """See `Index.fold_seed`."""
    with uncollected():
        found = [
            _seed(each, change)
            for facet in (0, 1)
            for each, change in _changes(
                decoder, list(_alive(reader, decoder, spans.FOREVER - 1, facet))
            )
        ]
    if gone_since is not None:
        alive = {seed.ref for seed in found}
        rows = reader.rows("gone_since", since=gone_since)
        ended = {change.object: _seed(each, change) for each, change in _changes(decoder, rows)}
        found += [seed for ref, seed in ended.items() if ref not in alive]
    return sorted(found, key=lambda seed: (seed.ref, seed.facet.value))


def _seed(each: Committed, change: Change) -> Seed:
    return Seed(
        change.object,
        change.facet,
        change.derived,
        change.owner,
        change.uid,
        change.resource_version,
        change.happened_at,
        change.gone,
        each.place,
    )


def _alive(
    reader: Reader,
    decoder: Decoder,
    at: int,
    facet: int,
    namespace: str | None = None,
    kinds: _Kinds = None,
) -> Iterator[_Row]:
    """The newest change of a facet of every object alive at that instant."""
    where, number = "", {}
    if namespace is not None:
        known = decoder.namespace_number(namespace)
        if known is None:
            return
        where, number = "_in", {"number": known}
    for side, nodes in spans.stab(at).items():
        rows = reader.rows(f"alive_{side}{where}", at=at, facet=facet, **number, **nodes)
        yield from _present(decoder.of_kinds(_last(rows), kinds))


def _last(rows: Sequence[_Row]) -> Sequence[_Row]:
    """Of each object the last row by order."""
    held: dict[_Row, _Row] = {}
    for row in rows:
        known = held.setdefault(row[OBJECT], row)
        if known is not row and known[packing.ORDER] < row[packing.ORDER]:
            held[row[OBJECT]] = row
    return list(held.values())


def _alive_named(
    reader: Reader,
    at: int,
    facet: int,
    namespace: str | None,
    kinds: _Kinds,
    name: str,
) -> Iterator[_Row]:
    """The same of the objects of one name."""
    for number, group, kind, place in reader.rows("objects_named", name=name):
        if (namespace is None or place == namespace) and (kinds is None or (group, kind) in kinds):
            for (from_at,) in reader.rows("life_of", object=number, at=at):
                rows = reader.rows("newest_of", object=number, facet=facet, at=at)
                yield from _present([row for row in rows if row[0] >= from_at])


def _chain(reader: Reader, decoder: Decoder, ref: ObjectRef, at: int) -> list[Standing]:
    """The changes from the newest full state on, or from the object's beginning."""
    number = decoder.object_number(ref)
    window = {"since": BEGINNING, "until": at + 1, "limit": END}
    chain: list[Standing] = []
    rows = reader.rows("changes_of", object=number, facet=0, **window)
    for row, each in zip(rows, decoder.standing(rows), strict=True):
        gone = row[FLAGS] & packing.GONE
        if each.place or gone:
            chain.clear()
        if not gone:
            chain.append(each)
    return chain


def _changes(decoder: Decoder, rows: Sequence[_Row]) -> Iterator[_Found]:
    for each in decoder.changes(rows):
        if isinstance(each.record, Change):
            yield each, each.record


def _present(rows: Sequence[_Row]) -> Iterator[_Row]:
    """Changes, but for those that took something away."""
    return (row for row in rows if not row[FLAGS] & packing.GONE)
