"""The order in which the scheduler goes through the nodes: zones take turns.

Rule: scheduler/backend/cache node_tree. Zones in the order they were first seen.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

ZONE = "topology.kubernetes.io/zone"
REGION = "topology.kubernetes.io/region"
Slots = npt.NDArray[np.int64]


class NodeTree:
    """The slots of nodes, by zone."""

    def __init__(self) -> None:
        self._zones: dict[tuple[str, str], dict[int, None]] = {}
        self._order: Slots | None = None
        self._twice: Slots | None = None

    def add(self, slot: int, labels: Mapping[str, str]) -> None:
        """A node with these labels is there."""
        self._zones.setdefault(_zone(labels), {})[slot] = None
        self._order = self._twice = None

    def remove(self, slot: int, labels: Mapping[str, str]) -> None:
        """A node that had these labels is not there any more; nothing happens if it never was."""
        self._zones.get(_zone(labels), {}).pop(slot, None)
        self._order = self._twice = None

    def order(self) -> Slots:
        """All slots, in the scheduler's order."""
        if self._order is None:
            rows = [np.fromiter(row, np.int64, len(row)) for row in self._zones.values() if row]
            if not rows:
                return np.zeros(0, np.int64)
            turns = np.concatenate([np.arange(len(row)) for row in rows])
            zones = np.concatenate([np.full(len(row), at) for at, row in enumerate(rows)])
            self._order = np.concatenate(rows)[np.lexsort((zones, turns))]
        return self._order

    def round(self, start: int) -> Slots:
        """All slots in that order, from one place on, and the first ones after the last."""
        order = self.order()
        if self._twice is None:
            self._twice = np.concatenate((order, order))
        return self._twice[start : start + len(order)]


def _zone(labels: Mapping[str, str]) -> tuple[str, str]:
    return labels.get(REGION, ""), labels.get(ZONE, "")
