"""Observations that lie beside an index for one question: seen by who asks, and part of no memory.

Somebody who asks about a symptom may have its metrics asked for at once. What they show counts for
that answer as if it had been recorded, and is gone with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation

NOWHERE = ""
"""The commit of what stands in none."""


def laid(observations: Iterable[Observation]) -> list[Committed]:
    """As records are handed out, though none of them stands in git."""
    return [Committed(one, 0, 0, "", NOWHERE, None) for one in observations]


def among(
    found: list[Committed],
    beside: Sequence[Committed],
    since: int | None,
    until: int | None,
    owner: ObjectRef | None,
    about: ObjectRef | None,
) -> list[Committed]:
    """Those found with those beside that overlap the window, by first_at, then id."""
    more = [
        each
        for each in beside
        if isinstance(one := each.record, Observation)
        and (until is None or one.first_at < until)
        and (since is None or one.last_at >= since)
        and (owner is None or one.owner == owner)
        and (about is None or one.about == about)
    ]
    return sorted([*found, *more], key=_order) if more else found


def _order(each: Committed) -> tuple[int, str]:
    one = each.record
    return (one.first_at, one.id) if isinstance(one, Observation) else (0, "")
