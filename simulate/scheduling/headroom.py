"""What is free on every node for pods that ask for the same, and how the nodes score by it.

Asked for every pod of every workload; between two attempts only a few nodes have changed. So both
are kept, for each set of requests, and worked out again for the nodes that were touched since.
"""

from __future__ import annotations

import numpy as np

from kubectl_smart.simulate.scheduling.board import Board
from kubectl_smart.simulate.scheduling.plugins import balanced_allocation, node_resources_fit
from kubectl_smart.simulate.scheduling.profile import Profile

_MOST = 1_000
"""Sets of requests that are kept at a time."""


class Room:
    """For one set of requests.

    short   the nodes that have too little; those that are gone are among them
    scores  what NodeResourcesFit and NodeResourcesBalancedAllocation give, by their weights
    """

    __slots__ = ("_seen", "scores", "short")

    def __init__(self, size: int) -> None:
        self.short = np.zeros(size, np.bool_)
        self.scores = np.zeros(size, np.int16)
        self._seen = -1

    def follow(self, board: Board, profile: Profile) -> None:
        """Take in what has changed since the last time."""
        if self._seen == board.stamp:
            return
        changed = np.flatnonzero(board.touched > self._seen)
        self._seen = board.stamp
        if len(changed):
            self.short[changed] = node_resources_fit.fails(board, profile, changed)
            scores = node_resources_fit.WEIGHT * node_resources_fit.score(board, profile, changed)
            balance = balanced_allocation.score(board, profile, changed)
            if balance is not None:
                scores += balanced_allocation.WEIGHT * balance
            self.scores[changed] = scores


def room_for(board: Board, profile: Profile) -> Room:
    """What is free for pods of a profile, as of now."""
    found: Room | None = board.rooms.get(profile.asks)
    if found is None:
        if len(board.rooms) >= _MOST:
            board.rooms.clear()
        found = board.rooms[profile.asks] = Room(board.size)
    found.follow(board, profile)
    return found
