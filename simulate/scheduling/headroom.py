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
_FEW = 24
"""Nodes that are sooner looked at one by one than all together."""


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
        changed = (board.touched > self._seen).nonzero()[0]
        self._seen = board.stamp
        if len(changed) <= _FEW:
            for slot in changed.tolist():
                self.short[slot], self.scores[slot] = of_one(board, profile, slot)
        else:
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


def of_one(board: Board, profile: Profile, slot: int) -> tuple[bool, int]:
    """(short, scores) of one node: the same as the plugins say of many, without arrays."""
    sizes, used = board.allocatable[:, slot].tolist(), board.used[:, slot].tolist()
    short = bool(board.count[slot] >= board.room[slot])
    for name, amount in profile.amounts.items():
        row = board.resources[name]
        short = short or sizes[row] - used[row] < amount
    total = counted = 0
    for size, taken, asked in zip(
        sizes, board.scored[:, slot].tolist(), profile.scored, strict=False
    ):
        if size > 0:
            total += 100 * max(0, size - taken - asked) // size
            counted += 1
    scores = node_resources_fit.WEIGHT * (total // max(counted, 1))
    cpu, memory = profile.amounts.get("cpu", 0), profile.amounts.get("memory", 0)
    if cpu or memory:
        without = _balance(sizes[0], sizes[1], used[0], used[1])
        beside = _balance(sizes[0], sizes[1], used[0] + cpu, used[1] + memory)
        scores += balanced_allocation.WEIGHT * ((beside - without + 50) // 2 + 50)
    return short, scores


def _balance(cpus: int, bytes_: int, cpu: int, memory: int) -> int:
    if not (cpus and bytes_):
        return 100  # one resource alone is always in balance
    return int((1 - abs(min(cpu / cpus, 1.0) - min(memory / bytes_, 1.0)) / 2) * 100)
