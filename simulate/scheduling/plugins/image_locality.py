"""ImageLocality: nodes that have the images already.

Rule: plugins/imagelocality. Each image counts its size times the share of nodes that have it; the
sum is scaled between 23 MiB and 1000 MiB for each container.
"""

from __future__ import annotations

import numpy as np

from kubectl_smart.simulate.scheduling.board import Board, Numbers
from kubectl_smart.simulate.scheduling.profile import Profile

WEIGHT = 1
_MIB = 1024 * 1024
_LEAST = 23 * _MIB
_MOST = 1000 * _MIB


def score(board: Board, profile: Profile, slots: Numbers) -> Numbers | None:
    """0..100 for each of the nodes; None if none has any image."""
    if not board.has_images or not profile.images:
        return None
    nodes = len(board.slots)
    total = np.zeros(len(slots), np.int64)
    for image in profile.images:
        name = _tagged(image)
        having = sum(name in images for images in board.images)
        if having:
            sizes = np.array([board.images[slot].get(name, 0) for slot in slots], np.int64)
            total += (sizes * (having / nodes)).astype(np.int64)
    most = _MOST * len(profile.images)
    return 100 * (np.clip(total, _LEAST, most) - _LEAST) // (most - _LEAST)


def _tagged(image: str) -> str:
    return image if ":" in image.rpartition("/")[2] else f"{image}:latest"
