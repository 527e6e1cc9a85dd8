"""How likely a change is the cause by its time alone: its lag against how often such changes come.

For a change that took place a lag t before the trouble began, two explanations compete. If it is
the cause, lags of causes are spread evenly over the orders of magnitude between a second and a day
(Jeffreys' prior for a scale): density 1 / ((t + s) ln(day/second)). If it is there by chance,
changes as suspicious as it (within reach, of classes that can do such harm, at places that show
trouble) come at a rate r, estimated as (n + 1/2) / T from n others in the time T looked back over
(Jeffreys' prior for a Poisson rate). All of them are counted together: who looks at thirty kinds of
change at fifty services finds one that is near by chance. With even prior odds the probability of
the first is

    1 / (1 + r (t + s) ln(day/second))

So a change of which the like is made every minute must be very near to be suspected, and one that
is made once a month may lie half a day back: the window adapts itself. s is how exactly the onset
is known.
"""

from __future__ import annotations

import math

SECOND = 1_000_000
ENOUGH = 0.75
"""A score below this accuses nobody: three to one that it was not chance."""

_USUAL = 3_600 * SECOND
"""What a memory of minutes is thought to have missed; one of days outweighs it."""

SPREAD = math.log(86_400)
"""Orders of magnitude, to the base e, over which lags of causes are spread."""


def rate(others: int, looked_back: int) -> float:
    """Such changes a microsecond, from how many others there were in so many microseconds."""
    known = max(looked_back, SECOND)
    usual, open_ = (_bears_out(prior, others, known) for prior in (_USUAL, SECOND))
    # so many that neither bears them out at all: what was seen decides alone
    part = usual / (usual + open_) if usual + open_ > 0.0 else 0.0
    return (others + 0.5) * (part / (known + _USUAL) + (1.0 - part) / (known + SECOND))


def _bears_out(prior: int, others: int, known: int) -> float:
    """How likely so many others are if the rate is half a change in `prior`, but for a factor."""
    return math.sqrt(prior / (prior + known)) * (known / (prior + known)) ** others


def by_time(lag: int, unsure: int, others: int, looked_back: int) -> float:
    """Between 0 and 1: see above. All in microseconds; a lag below 0 counts as 0."""
    near = max(lag, 0) + max(unsure, SECOND)
    return 1.0 / (1.0 + rate(others, max(looked_back, near)) * near * SPREAD)


def by_accident(time: float) -> float:
    """How many changes as suspicious fall into that lag by accident, from what `by_time` gave."""
    return (1.0 / time - 1.0) / SPREAD


def by_record(followed: int, times: int) -> float:
    """What the past says of a field: 1 where nothing, up to 2 where trouble always followed.

    followed  how many of its earlier changes were followed by such trouble
    times     how many there were
    Laplace's rule of succession, against even odds.
    """
    return 2.0 * (followed + 1) / (times + 2)
