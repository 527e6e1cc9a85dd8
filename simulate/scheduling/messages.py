"""The scheduler's own words for a pod that it could not place, digit for digit.

Rule: framework/types.go FitError.Error and runtime RunPostFilterPlugins of 1.34 and later. Reasons
are sorted as plain texts, count first, so that "10 …" comes before "2 …". After the filters two
plugins speak: dynamic resources, which have nothing to give up, and preemption.
"""

from __future__ import annotations

from collections.abc import Mapping

NO_NODES = "no nodes available to schedule pods"
NOT_HELPFUL = "Preemption is not helpful for scheduling"
NO_VICTIMS = "No preemption victims found for incoming pod"
NEVER = "not eligible due to preemptionPolicy=Never."
TERMINATING = "not eligible due to a terminating pod on the nominated node."
_CLAIMS = "no new claims to deallocate"


def nodes_message(total: int, reasons: Mapping[str, int]) -> str:
    """Reasons with their counts: `0/5 nodes are available: 3 Insufficient cpu, 2 …, ….`."""
    parts = sorted(f"{number} {reason}" for reason, number in reasons.items() if number)
    listed = f" {', '.join(parts)}." if parts else ""
    return f"0/{total} nodes are available:{listed}"


def unschedulable(total: int, reasons: Mapping[str, int], preemption: str | None) -> str:
    """The whole message; preemption None where it made room."""
    message = nodes_message(total, reasons)
    if preemption is None:
        return message
    return f"{message} {_CLAIMS}, preemption: {preemption}"


def refused(total: int, reason: str) -> str:
    """Where a plugin turned the pod down before any node was looked at."""
    return f"0/{total} nodes are available: {reason}. not found"


def gated(gates: tuple[str, ...]) -> str:
    """A pod that waits for its gates."""
    return f"Scheduling is blocked due to non-empty scheduling gates: [{' '.join(gates)}]"
