"""What people do in trouble, and in which order, oftener than chance would have it.

Three things are tested in sessions (see `deeds`), each by Fisher's exact test, one hypothesis for
each person (and for all people together), label and act. Sessions in which nobody looked at
anything are ordinary work, and count for neither of the first two.

first   sessions with the label begin with the act, held against all sessions of everybody
holds   sessions with the label hold the act, held against the same; and against what as many acts
        would hold that are drawn from all, for in trouble sessions are longer
then    in trouble of any kind one act is followed at once by another, held against whatever follows
        anything then; one of the two is a look. Of more than two acts see `sequences`

So what everybody does at any time is nobody's habit, and who was seen three times
has none.
"""

from __future__ import annotations

import numpy as np

from kubectl_smart.memory.patterns.deeds import Habit, Sessions
from kubectl_smart.memory.patterns.in_trouble import in_trouble
from kubectl_smart.memory.patterns.orders import in_order
from kubectl_smart.memory.patterns.sequences import in_sequence


def habits(every: Sessions) -> tuple[list[Habit], int]:
    """(candidates, how many hypotheses were tested)."""
    if not len(every):
        return [], 0
    found: list[Habit] = []
    tested = 0
    looking = every.only(np.logical_or.reduceat(every.deeds.look, every.starts))
    for kind in ("first", "holds"):
        more, count = in_trouble(looking, kind)
        found += more
        tested += count
    troubled = every.only(np.array([bool(one) for one in every.labels]))
    for look in (in_order, in_sequence):
        more, count = look(troubled)
        found += more
        tested += count
    return found, tested
