"""Which of several equals come first: how Go walks the small set that a controller's pods are in.

Rule: client-go files the keys of a controller's pods in a Go map; the controller sorts what a walk
over it finds, and Go sorts so few by insertion: equals stay as the walk found them. A map of up to
eight members (internal/runtime/maps) has eight places, and who is new takes the first free one. A
walk begins at one of the eight, drawn, and goes round. So it is no fair draw: of two pods the one
that came first is found first seven times in eight. Of more than eight nothing is known: their
places follow from a hash with a random seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cmp_to_key
from typing import TypeVar

PLACES = 8
T = TypeVar("T", bound=Hashable)


def likeliest(
    members: Sequence[T],
    sorted_too: Callable[[T], bool],
    before: Callable[[T, T], bool],
    number: int,
) -> list[T]:
    """So many that come first, as it happens most often over all walks.

    members     in the order in which they came
    sorted_too  whether one is sorted at all; the others only have a place
    before      whether the first goes before the second; neither: they are equal
    """
    if len(members) > PLACES:
        return _sorted([one for one in members if sorted_too(one)], before)[:number]
    counted: Counter[frozenset[T]] = Counter()
    found: dict[frozenset[T], list[T]] = {}
    for start in range(PLACES):
        walk = filter(sorted_too, (*members[start:], *members[:start]))
        taken = by_insertion(walk, before)[:number]
        counted[frozenset(taken)] += 1
        found.setdefault(frozenset(taken), taken)
    return found[max(found, key=lambda one: counted[one])]


def by_insertion(walk: Iterable[T], before: Callable[[T, T], bool]) -> list[T]:
    """Sorted as Go sorts so few; `before` need not be transitive: for ages in steps it is not."""
    done: list[T] = []
    for one in walk:
        place = len(done)
        while place and before(one, done[place - 1]):
            place -= 1
        done.insert(place, one)
    return done


def _sorted(walk: list[T], before: Callable[[T, T], bool]) -> list[T]:
    def compared(one: T, other: T) -> int:
        return before(other, one) - before(one, other)

    return sorted(walk, key=cmp_to_key(compared))
