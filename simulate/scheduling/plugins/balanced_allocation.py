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
    allocatable = board.allocatable[:2, slots]
    used = board.used[:2, slots]
    after: Numbers = _balance(allocatable, used + np.array(asked, np.int64)[:, None])
    before = _balance(allocatable, used)
    found: Numbers = 50 + (50 + after - before) // 2
    return found


def _balance(allocatable: Numbers, used: Numbers) -> Numbers:
    shares: npt.NDArray[np.float64] = np.minimum(used / np.maximum(allocatable, 1), 1.0)
    spread = np.abs(shares[0] - shares[1]) / 2
    spread[(allocatable == 0).any(axis=0)] = 0.0
    found: Numbers = ((1 - spread) * 100).astype(np.int64)
    return found
