"""Which intervals hold an instant, at a cost that does not grow with those that do not.

An interval [from_at, to_at) is filed under one node of a fixed binary tree over all instants:
the topmost node that lies within it. Every interval that holds an instant T is filed under a
node on the way from the root to T. At nodes right of T an interval holds T if it began by then,
at nodes left of (or at) T if it ends later; both are a range of a database index. So asking for
what was alive at T costs some sixty seeks, however many objects have come and gone before and
since. (Kriegel, Pötke, Seidl: Managing Intervals Efficiently in Object-Relational Databases.)
"""

from __future__ import annotations

FOREVER = 1 << 60
"""`to_at` of what has not ended."""

_ORIGIN = 1 << 58
_BITS = 61


def node_of(from_at: int, to_at: int) -> int:
    """The node an interval [from_at, to_at) is filed under; it must not be empty.

    Instants must lie between the years 1 and 9999; `to_at` may be FOREVER.
    """
    first, last = from_at + _ORIGIN, to_at + _ORIGIN - 1
    if first == last:
        return last
    low = (first ^ last).bit_length() - 1
    return (last >> low) << low


def stab(at: int) -> dict[str, dict[str, int]]:
    """The nodes on the way to an instant, as parameters n0 ... of two statements.

    "left": nodes at or left of it (wanted there: to_at > at); "right": nodes right of it (wanted:
    from_at <= at). Padded to equal length with -1, which is no node.
    """
    instant = min(max(at, -_ORIGIN), FOREVER - 1) + _ORIGIN
    left = [0] if instant == 0 else []
    right: list[int] = []
    for low in range(_BITS):
        node = ((instant >> (low + 1)) << (low + 1)) | (1 << low)
        (left if node <= instant else right).append(node)
    return {"left": _padded(left), "right": _padded(right)}


def _padded(nodes: list[int]) -> dict[str, int]:
    nodes += [-1] * (_BITS - len(nodes))
    return {f"n{number}": node for number, node in enumerate(nodes)}


WIDTH = _BITS
"""How many node parameters the statements have."""
