"""Counts of pods by node, kept up to date as pods come and go.

Spreading and affinity ask, for every pod, how many pods that match a selector run in each domain.
A Tally is one such question: an array with a count for each node. The book knows which shapes each
tally counts, so that a pod that comes or goes touches only the arrays it is part of.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from kubectl_smart.memory.formats.wiring.selecting import matches
from kubectl_smart.memory.records.wiring import Selector
from kubectl_smart.simulate.scheduling.profile import AffinityTerm, Profile

Counts = npt.NDArray[np.float64]
"""Whole numbers, kept as what numpy sums by domain without a copy."""
Places = npt.NDArray[np.int64]
Masks = npt.NDArray[np.bool_]
_Place = tuple[str | None, str, str]
_MOST = 8
"""Ways to sum one tally that are kept at a time."""


class Carrying(Enum):
    """Why pods that carry a term are counted."""

    APART = "required anti-affinity"
    NEAR = "required affinity"
    WISH = "a preference, by weight"


class Tally:
    """counts: for each slot; live: pods being deleted are left out.

    term    for pods that carry a term: that term; else None
    weight  what one carrying pod adds to a score
    """

    __slots__ = (
        "_held", "_sums", "carrying", "counts", "live", "term", "total", "weight",
    )  # fmt: skip

    def __init__(
        self,
        size: int,
        live: bool,
        carrying: Carrying | None = None,
        term: AffinityTerm | None = None,
        weight: int = 0,
    ) -> None:
        self.counts: Counts = np.zeros(size, np.float64)
        self.total = 0
        self.live = live
        self.carrying = carrying
        self.term = term
        self.weight = weight
        self._sums: dict[int, tuple[Places, Counts]] = {}
        self._held: dict[int, Masks] = {}

    def add(self, slot: int, number: int) -> None:
        """Count pods in or out."""
        self.counts[slot] += number
        self.total += number
        for places, sums in self._sums.values():
            place = places[slot]
            if place:
                before = sums[place]
                after = sums[place] = before + number
                if (before > 0) is not (after > 0) and self._held:
                    self._held.clear()

    def grow(self, more: int) -> None:
        """Make room for more slots."""
        self.counts = np.concatenate((self.counts, np.zeros(more, np.float64)))
        self._sums.clear()
        self._held.clear()

    def summed(self, places: Places, domains: int) -> Counts:
        """How many there are in each domain, by place; for reading only.

        places  of each slot: 0 where it does not count, else one of `domains`. They are kept up
                to date from then on, by the array itself: another one is summed anew
        """
        known = self._sums.get(id(places))
        if known is not None:
            return known[1]
        if len(self._sums) >= _MOST:
            self._sums.clear()
            self._held.clear()
        sums: Any = np.bincount(places, weights=self.counts, minlength=domains + 1)
        sums[0] = 0.0
        found: Counts = sums
        self._sums[id(places)] = (places, found)
        return found

    def held(self, places: Places, domains: int) -> Masks:
        """The nodes whose domain holds any; for reading only."""
        found = self._held.get(id(places))
        if found is None:
            found = self._held[id(places)] = (self.summed(places, domains) > 0).take(places)
        return found


class Book:
    """All tallies, and all profiles that may be part of one."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._tallies: dict[Hashable, Tally] = {}
        self._asking: dict[_Place | None, list[tuple[Tally, Callable[[Profile], bool]]]] = {}
        self._carried: dict[_Place | None, list[Tally]] = {}
        self._profiles: dict[_Place, list[Profile]] = {}
        self._all: list[Profile] = []

    def grow(self, size: int) -> None:
        """Make room for more slots."""
        for tally in self._tallies.values():
            tally.grow(size - self._size)
        self._size = size

    def matching(
        self,
        namespaces: frozenset[str] | None,
        selectors: tuple[Selector | None, ...],
        *,
        live: bool,
    ) -> Tally:
        """Pods in these namespaces (None: in all) that match every one of the selectors."""
        key = (namespaces, selectors, live)
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = Tally(self._size, live)
            if None not in selectors:
                self._ask(tally, namespaces, tuple(one for one in selectors if one is not None))
        return tally

    def _ask(
        self, tally: Tally, namespaces: frozenset[str] | None, selectors: tuple[Selector, ...]
    ) -> None:
        def counted(profile: Profile) -> bool:
            shape = profile.shape
            return (namespaces is None or shape.namespace in namespaces) and all(
                matches(one, shape.labels) for one in selectors
            )

        places = _places(namespaces, selectors)
        for place in places:
            self._asking.setdefault(place, []).append((tally, counted))
        for profile in self._near(places):
            if counted(profile):
                self._join(profile, tally)

    @staticmethod
    def _join(profile: Profile, tally: Tally) -> None:
        profile.tallies.append(tally)
        for pod, slot in profile.members.items():
            if not tally.live or pod.deleting is None:
                tally.add(slot, 1)

    def carrying(self, carrying: Carrying, term: AffinityTerm, weight: int) -> Tally:
        """Pods that carry a term."""
        key = (carrying, term, weight)
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = Tally(self._size, False, carrying, term, weight)
            if term.selector is not None:
                places = _places(term.namespaces, (term.selector,))
                for place in places:
                    self._carried.setdefault(place, []).append(tally)
                for profile in self._near(places):
                    if term.chooses(profile.shape):
                        profile.carriers.append(tally)
        return tally

    def enter(self, profile: Profile) -> None:
        """Make a profile known, and find the tallies it is part of."""
        seen = list(_seen(profile))
        for place in seen:
            self._profiles.setdefault(place, []).append(profile)
        self._all.append(profile)
        for asked in (*seen, None):
            for tally, counted in self._asking.get(asked, ()):
                if counted(profile):
                    profile.tallies.append(tally)
            for tally in self._carried.get(asked, ()):
                term = tally.term
                if term is not None and term.chooses(profile.shape):
                    profile.carriers.append(tally)
        for term in profile.apart:
            profile.tallies.append(self.carrying(Carrying.APART, term, 0))
        for term in profile.near:
            profile.tallies.append(self.carrying(Carrying.NEAR, term, 1))
        for sign, wishes in ((1, profile.near_wishes), (-1, profile.apart_wishes)):
            for weight, term in wishes:
                profile.tallies.append(self.carrying(Carrying.WISH, term, sign * weight))

    def _near(self, places: Iterable[_Place | None]) -> Iterator[Profile]:
        """The profiles that may match what is filed under these places, each once."""
        seen: set[int] = set()
        for place in places:
            for profile in self._all if place is None else self._profiles.get(place, ()):
                if profile.shape.id not in seen:
                    seen.add(profile.shape.id)
                    yield profile


def _places(
    namespaces: frozenset[str] | None, selectors: tuple[Selector, ...]
) -> tuple[_Place | None, ...]:
    """Where to file a question: under one label it asks for, in each of its namespaces."""
    pairs = [pair for one in selectors for pair in one.pairs]
    if not pairs:
        return (None,)
    key, value = pairs[0]
    if namespaces is None:
        return ((None, key, value),)
    return tuple((namespace, key, value) for namespace in sorted(namespaces))


def _seen(profile: Profile) -> Iterator[_Place]:
    for key, value in profile.shape.labels.items():
        yield profile.shape.namespace, key, value
        yield None, key, value
