"""NodeResourcesBalancedAllocation: processor and memory used alike.

Rule: plugins/noderesources balanced_allocation.go of 1.36, which compares the balance with the pod
to the balance without it: 50 + (50 + with - without) / 2. Pods that ask for neither are not scored.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kubectl_smart.simulate.scheduling.board import Board, Numbers
from kubectl_smart.simulate.scheduling.profile import Profile

WEIGHT = 1


def score(board: Board, profile: Profile, slots: Numbers) -> Numbers | None:
    """0..100 for each of the nodes; None if the pod is not scored."""
    asked = (profile.amounts.get("cpu", 0), profile.amounts.get("memory", 0))
    if asked == (0, 0):
        return None
    sizes = [board.allocatable[row].take(slots) for row in (0, 1)]
    used = [board.used[row].take(slots) for row in (0, 1)]
    before = _balance(sizes, used)
    used[0] += asked[0]
    used[1] += asked[1]
    found = _balance(sizes, used)
    found -= before
    found += 50
    found //= 2
    found += 50
    return found


def _balance(sizes: list[Numbers], used: list[Numbers]) -> Numbers:
    shares = []
    for size, asked in zip(sizes, used, strict=True):
        share: npt.NDArray[np.float64] = asked / np.maximum(size, 1)
        np.minimum(share, 1.0, out=share)
        shares.append(share)
    spread = shares[0]
    spread -= shares[1]
    np.abs(spread, out=spread)
    spread /= 2
    spread[(sizes[0] == 0) | (sizes[1] == 0)] = 0.0  # one resource alone is always in balance
    np.subtract(1, spread, out=spread)
    spread *= 100
    return spread.astype(np.int64)
