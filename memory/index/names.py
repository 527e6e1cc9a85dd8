"""The known names nearest to one that is not known: for "did you mean"."""

from __future__ import annotations

from collections.abc import Collection
from heapq import nsmallest

from kubectl_smart.memory.index.reading import Reader
from kubectl_smart.memory.records.objects import ObjectRef

_CANDIDATES = 40
_LEAST = 0.3


def _pairs(name: str) -> set[str]:
    padded = f"^{name}$"
    return {padded[i : i + 2] for i in range(len(padded) - 1)}


def _likeness(mine: set[str], name: str) -> float:
    theirs = _pairs(name)
    return 2 * len(mine & theirs) / (len(mine) + len(theirs))


def nearest(
    reader: Reader,
    name: str,
    kind: str | None,
    namespace: str | None,
    limit: int,
    visible: Collection[str] | None = None,
) -> list[ObjectRef]:
    """See `Index.similar`. Likeness is that of the pairs of letters (Dice), at least 0.3.

    visible  only names in these namespaces; None for all
    """
    mine = _pairs(name)
    near = [
        (-likeness, known)
        for (known,) in reader.rows("object_names")
        if (likeness := _likeness(mine, known)) >= _LEAST
    ]
    found: list[tuple[tuple[float, bool, bool, bool], ObjectRef]] = []
    shown = 0
    for score, known in sorted(near) if visible is not None else nsmallest(_CANDIDATES, near):
        rows = [
            row
            for row in reader.rows("objects_named", name=known)
            if visible is None or row[3] in visible
        ]
        shown += bool(rows)
        if shown > _CANDIDATES:
            break
        for number, group, word, place in rows:
            ref = ObjectRef(group, word, place, known)
            rank = (
                score,
                kind is not None and word.lower() != kind.lower(),
                namespace is not None and place != namespace,
                not reader.rows("declared", object=number),
            )
            found.append((rank, ref))
    return [ref for _, ref in nsmallest(limit, found)]
