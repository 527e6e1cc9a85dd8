"""NodePorts: ports of the node itself.

Rule: plugins/nodeports. Two pods cannot hold the same protocol and port on one address; 0.0.0.0
is every address. Preemption may help.
"""

from __future__ import annotations

import numpy as np

from kubectl_smart.simulate.scheduling.board import Board, Mask
from kubectl_smart.simulate.scheduling.profile import Profile

NAME = "NodePorts"
REASON = "node(s) didn't have free ports for the requested pod ports"
_ANY = "0.0.0.0"  # noqa: S104 - every address of a node


def fails(board: Board, profile: Profile) -> Mask | None:
    """The nodes it turns down; None if there are none."""
    if not profile.ports:
        return None
    taken = np.zeros(board.size, np.bool_)
    for address, protocol, port in profile.ports:
        for other, counts in board.ports.get((protocol, port), {}).items():
            if _ANY in (address, other) or address == other:
                taken |= counts > 0
    return taken


def clash(one: Profile, other: Profile) -> bool:
    """Whether two pods could not run on one node for their ports."""
    return any(
        (protocol, port) == (other_protocol, other_port)
        and (_ANY in (address, other_address) or address == other_address)
        for address, protocol, port in one.ports
        for other_address, other_protocol, other_port in other.ports
    )
