"""Which of many selectors choose a pod: worked out once for each shape."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from kubectl_smart.memory.formats.wiring.selecting import matches
from kubectl_smart.memory.records.wiring import Selector
from kubectl_smart.simulate.cluster.shapes import Shape

T = TypeVar("T")
_Place = tuple[str, str, str] | str


class Choosers(Generic[T]):
    """Selectors by namespace, each with what it belongs to."""

    def __init__(self, given: Iterable[tuple[T, str, Selector]]) -> None:
        self._filed: dict[_Place, list[tuple[T, Selector]]] = {}
        self._known: dict[int, tuple[T, ...]] = {}
        for one, namespace, selector in given:
            place: _Place = (namespace, *selector.pairs[0]) if selector.pairs else namespace
            self._filed.setdefault(place, []).append((one, selector))

    def of(self, shape: Shape) -> tuple[T, ...]:
        """All whose selector chooses pods of a shape."""
        found = self._known.get(shape.id)
        if found is None:
            places: list[_Place] = [
                (shape.namespace, key, value) for key, value in shape.labels.items()
            ]
            found = self._known[shape.id] = tuple(
                one
                for place in (*places, shape.namespace)
                for one, selector in self._filed.get(place, ())
                if matches(selector, shape.labels)
            )
        return found
