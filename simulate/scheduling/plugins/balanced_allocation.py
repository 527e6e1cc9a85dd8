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
    sizes = board.allocatable[:2, slots]
    used = board.used[:2, slots]
    both = np.stack((used, used + np.array(asked)[:, None]), axis=1)  # resource, without and with
    shares: npt.NDArray[np.float64] = both / np.maximum(sizes, 1)[:, None]
    np.minimum(shares, 1.0, out=shares)
    spread = np.abs(shares[0] - shares[1])
    spread /= 2
    spread[:, (sizes == 0).any(axis=0)] = 0.0  # one resource alone is always in balance
    np.subtract(1, spread, out=spread)
    spread *= 100
    balance = spread.astype(np.int64)
    found: Numbers = (balance[1] - balance[0] + 50) // 2 + 50
    return found
