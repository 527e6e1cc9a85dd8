"""Numbers as Kubernetes writes them: `5`, `0.5`, `250m`, `512Mi`, `2G`, `1e3`, `25%`.

The grammar is that of resource.Quantity (k8s.io/apimachinery/pkg/api/resource), with percentages
added; those are numbers of a kind of their own.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, NamedTuple

_QUANTITY = re.compile(
    r"([+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40}))"
    r"([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,2}|%)?\Z"
)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}


class Quantity(NamedTuple):
    """An exact number; percentages compare with percentages only."""

    percent: bool
    amount: Fraction


def quantity(value: Any) -> Quantity | None:
    """The number a JSON value or a text stands for; None if it is none (`true` is none)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    match = _QUANTITY.match(value if isinstance(value, str) else repr(value))
    if match is None:
        return None
    amount, suffix = Fraction(match[1]), match[2] or ""
    if suffix in _BINARY:
        return Quantity(percent=False, amount=amount * 1024 ** _BINARY[suffix])
    if suffix == "%":
        return Quantity(percent=True, amount=amount)
    power = _DECIMAL.get(suffix)
    exponent = int(suffix[1:]) if power is None else power
    return Quantity(percent=False, amount=amount * Fraction(10) ** exponent)


def compared(one: Any, other: Any) -> int | None:
    """-1, 0 or 1: the first number is below, equal to or above the other; None if neither."""
    left, right = quantity(one), quantity(other)
    if left is None or right is None or left.percent != right.percent:
        return None
    return (left.amount > right.amount) - (left.amount < right.amount)
