"""Quantities as the scheduler counts them: whole milli-cores and whole bytes, rounded up.

Go's resource.Quantity rounds up in MilliValue() and Value(); so does this. The texts of a cluster
are few and repeat, so each is read once.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from kubectl_smart.memory.formats.quantities import quantity
from kubectl_smart.memory.records.errors import BadInput


class NoQuantity(BadInput):
    """A text that is none."""


def milli(value: Any) -> int:
    """A quantity in thousandths: milli-cores of a `cpu`."""
    return _scaled(str(value), 1000)


def whole(value: Any) -> int:
    """A quantity in whole units: bytes, pods, devices."""
    return _scaled(str(value), 1)


@lru_cache(maxsize=65536)
def _scaled(text: str, factor: int) -> int:
    found = quantity(text)
    if found is None or found.percent:
        raise NoQuantity(
            f"{text!r} is not a quantity", "write it as Kubernetes does: 250m, 512Mi, 2"
        )
    return math.ceil(found.amount * factor)


def portion(value: Any, total: int, *, up: bool) -> int:
    """`25%` of a total, or the number itself; 0 if nothing is given.

    up  whether percentages round up, as maxSurge does, or down, as maxUnavailable of a Deployment
    """
    if value is None:
        return 0
    if isinstance(value, str) and value.endswith("%"):
        hundredths = int(value[:-1]) * total
        return -(-hundredths // 100) if up else hundredths // 100
    return int(value)
