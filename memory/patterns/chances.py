"""Chances, intervals and their correction: the arithmetic every pattern rests on.

Tails are summed term by term from logarithms of factorials, so that they take microseconds and no
library that takes seconds to load; the suite holds them against sums of exact fractions. Pure.

What is corrected for: every hypothesis that could have been told, whatever came of it. One that the
margins of its table rule out (an act done twice cannot be a habit of five times) is none: Tarone,
"A modified Bonferroni method for discrete data", Biometrics 46 (1990).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, inf, lgamma, log, log1p, sqrt

_NEGLIGIBLE = 1e-17
_MANY = 200
_WIDTH = 1.959963984540054  # two-sided, 95 %


def at_least(count: int, times: int, chance: float, worth: float = 1.0) -> float:
    """The chance of `count` or more successes in `times` trials, each with this chance.

    worth  what is more probable may be told as certain, which spares most of the work
    """
    if count <= 0:
        return 1.0
    if count > times or chance <= 0:
        return 0.0
    if chance >= 1:
        return 1.0
    odds = chance / (1 - chance)
    first = _ways(times, count) + count * log(chance) + (times - count) * log1p(-chance)
    if worth < 1 and first > log(worth):
        return 1.0
    return _summed(first, count, times, lambda k: (times - k) / (k + 1) * odds)


def at_least_of(count: int, chances: Sequence[float]) -> float:
    """The chance of `count` or more successes in trials that have these chances.

    Of very many trials the tail of the binomial distribution with their mean, which is the larger
    one (Hoeffding, "On the distribution of the number of successes", 1956) where `count` exceeds
    what is expected by one at least.
    """
    if count <= 0:
        return 1.0
    if count > len(chances):
        return 0.0
    if len(chances) > _MANY:
        return at_least(count, len(chances), sum(chances) / len(chances))
    fewer = [1.0, *[0.0] * (count - 1)]  # of exactly none, one, ... successes so far
    reached = 0.0
    for chance in chances:
        reached += fewer[-1] * chance
        for place in range(count - 1, 0, -1):
            fewer[place] += chance * (fewer[place - 1] - fewer[place])
        fewer[0] *= 1 - chance
    return min(1.0, reached)


def drawn_at_least(count: int, times: int, marked: int, slots: int) -> float:
    """Of `slots`, some of which are `marked`, `times` are drawn: the chance of `count` marked.

    Of so many or more.
    Fisher's exact test, one-sided. ValueError if the numbers cannot be.
    """
    if not (0 <= times <= slots and 0 <= marked <= slots and count >= 0):
        raise ValueError(f"no such table: {count} of {times}, {marked} of {slots}")
    most = min(times, marked)
    least = max(0, times + marked - slots)
    if count <= least:
        return 1.0
    if count > most:
        return 0.0
    first = _ways(marked, count) + _ways(slots - marked, times - count) - _ways(slots, times)
    rest = slots - marked - times
    return _summed(
        first, count, most, lambda k: (marked - k) * (times - k) / ((k + 1) * (rest + k + 1))
    )


def _ways(many: int, few: int) -> float:
    return lgamma(many + 1) - lgamma(few + 1) - lgamma(many - few + 1)


def _summed(first: float, low: int, high: int, ratio: Callable[[int], float]) -> float:
    """exp(first) and all terms after it, each of which is the one before times ratio(its place)."""
    total, term = 1.0, 1.0
    for place in range(low, high):
        step = ratio(place)
        term *= step
        total += term
        if step < 1 and term < total * _NEGLIGIBLE:
            break
    scaled = first + log(total)
    return min(1.0, exp(scaled)) if scaled > -745 else 0.0


def interval(count: int, times: int) -> tuple[float, float]:
    """What share of all there will be, by Wilson's interval of 95 %; (0, 1) for no trial."""
    if not times:
        return 0.0, 1.0
    share, square = count / times, _WIDTH * _WIDTH
    centre = share + square / (2 * times)
    reach = _WIDTH * sqrt(share * (1 - share) / times + square / (4 * times * times))
    below = 1 + square / times
    return max(0.0, (centre - reach) / below), min(1.0, (centre + reach) / below)


def corrected_among(chances: Sequence[float], tested: int) -> list[float]:
    """Benjamini and Hochberg over `tested` hypotheses, of which these are the ones with a chance.

    All others count as tested with a chance of 1. In the given order.
    """
    ranked = sorted(range(len(chances)), key=lambda at: chances[at], reverse=True)
    found = [1.0] * len(chances)
    least = inf
    many = max(tested, len(chances))
    for rank, at in zip(range(len(chances), 0, -1), ranked, strict=True):
        least = min(least, chances[at] * many / rank, 1.0)
        found[at] = least
    return found


def silent_for(held: int, of: int, missed: int) -> float:
    """The chance that what held in `held` of `of` cases fails in the next `missed` all the same.

    With one more case counted against it, so that what always held is not thought certain.
    """
    return float((1 - held / (of + 1)) ** missed) if missed else 1.0
