"""NodeUnschedulable: cordoned nodes.

Rule: plugins/nodeunschedulable. A node with `spec.unschedulable` is out, unless the pod bears the
taint `node.kubernetes.io/unschedulable:NoSchedule`. No preemption helps.
"""

from __future__ import annotations

from kubectl_smart.simulate.scheduling.board import Board, Mask
from kubectl_smart.simulate.scheduling.profile import Profile, Taint, borne

NAME = "NodeUnschedulable"
REASON = "node(s) were unschedulable"
_TAINT = Taint("node.kubernetes.io/unschedulable", "", "NoSchedule")


def fails(board: Board, profile: Profile) -> Mask | None:
    """The nodes it turns down; None if there are none."""
    if not board.closed.any() or borne(profile.tolerations, _TAINT):
        return None
    return board.closed
