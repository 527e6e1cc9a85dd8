"""Forecasts of a series by its own past, and whether they are off by more than chance allows.

The part of `change_points` that judges. It works on rows: each is the past of a group of samples
that follow each other, with the group itself in the last columns, so that many are judged at once.
What a row says depends on what is in it alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import NormalDist
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kubectl_smart.memory.patterns.series import Floats, Ints, Series, Tuning

Bools: TypeAlias = NDArray[np.bool_]

_DAY = 86_400_000_000
_CLIP = 4.0  # how far one may stand out, in standard deviations
_GROUP = 16  # steps for which noise is measured once
_LATELY = 64  # samples that say how large noise is right now
_YOUNG = 32  # samples that do not say how large it is in the long run: a shift may be among them
_ROWS = 64  # groups of one series judged at once
_AT_ONCE = 256  # pieces of series judged at once: bounds memory
_NORMAL = 0.674489750196  # median of |x| of a standard normal x
_QUANTILES = ((0.5, _NORMAL), (0.8, 1.281551565545), (0.95, 1.959963984540))
_SURE = 3.0  # forecasts that must have been seen
_CLEAREST = 1_000.0  # a score where there is no noise at all


class Scale(NamedTuple):
    """A mean of `after` samples, forecast by a line (or a level) through `before` samples."""

    after: int
    before: int
    sloped: bool


def _scales(tuning: Tuning) -> list[Scale]:
    longest = int(tuning.line // tuning.step)
    least = max(8, math.ceil(2 * max(tuning.smear, tuning.lasting) / tuning.step))
    found = []
    for size in (8, 12, 16, 24, 32, 48, 64):
        before = min(6 * size, longest)
        if size < least or before < 3 * size:
            continue
        found.append(Scale(size, before, sloped=True))
        if size <= 24:
            found.append(Scale(size, 2 * size, sloped=False))
    return found


def _spread_factor(scale: Scale) -> float:
    """The variance of a forecast's error, in variances of one sample if samples are independent."""
    m, n = scale.after, scale.before
    if not scale.sloped:
        return 1 / m + 1 / n
    ahead = (n + m) / 2
    return 1 / m + 1 / n + ahead * ahead * 12 / (n * (n * n - 1.0))


class Flagged(NamedTuple):
    """The sample that gives a shift away: its place in the series, on which scale, how clearly."""

    at: int
    scale: Scale
    score: float


def first_flagged(many: Sequence[Series], tuning: Tuning, examined_to: int) -> list[Flagged | None]:
    """Of each series the earliest after `examined_to` (microseconds since 1970-01-01 UTC)."""
    found: list[Flagged | None] = [None] * len(many)
    batch: list[tuple[int, _Rows]] = []
    for number, series in enumerate(many):
        for firsts in _groups(series, tuning, examined_to):
            batch.append((number, _rows(series, firsts, tuning, examined_to)))
            if len(batch) >= _AT_ONCE or firsts.size > 1:
                _judge(batch, tuning, found)
                batch = []
            if found[number] is not None:
                break
    _judge(batch, tuning, found)
    return found


def _groups(series: Series, tuning: Tuning, examined_to: int) -> Iterator[Ints]:
    """The first sample of each group that is to be judged, some groups at a time."""
    if series.values.size == 0 or np.ptp(series.values) == 0:
        return
    groups = series.times // (tuning.step * _GROUP)
    firsts = np.flatnonzero(np.diff(groups, prepend=groups[:1] - 1))
    lasts = np.append(firsts[1:], series.times.size) - 1
    firsts = firsts[series.times[lasts] > examined_to]
    for start in range(0, firsts.size, _ROWS):
        yield firsts[start : start + _ROWS]


def _judge(batch: Sequence[tuple[int, _Rows]], tuning: Tuning, found: list[Flagged | None]) -> None:
    """Put into `found` what the rows of each series give away."""
    if not batch:
        return
    rows = _Rows(*(np.concatenate(column) for column in zip(*(r for _, r in batch), strict=True)))
    numbers = np.repeat([number for number, _ in batch], [len(r.scale) for _, r in batch])
    for row, flagged in _flagged(rows, tuning):
        held = found[number := int(numbers[row])]
        if held is None or (flagged.at, -flagged.score) < (held.at, -held.score):
            found[number] = flagged


class _Rows(NamedTuple):
    """Each row the past of one group and, in the last _GROUP columns, its samples.

    values  clipped; segments: -1 where there is no sample; scale: of the noise of one sample over
    the row, and of its latest samples; fresh: whether the column is to be judged;
    places: in the series
    """

    values: Floats
    segments: Ints
    scale: Floats
    lately: Floats
    fresh: Bools
    places: Ints


def _rows(series: Series, firsts: Ints, tuning: Tuning, examined_to: int) -> _Rows:
    past = int(tuning.window // tuning.step)
    places = firsts[:, None] + np.arange(1 - past, _GROUP)
    inside = (places >= 0) & (places < series.times.size)
    places = np.clip(places, 0, series.times.size - 1)
    times = series.times[places]
    start = series.times[firsts][:, None]
    inside &= times > start - tuning.window
    numbers = np.where(inside, series.segments[places], -1)
    group = tuning.step * _GROUP
    fresh = inside & (times // group == start // group) & (times > examined_to)
    fresh[:, : past - 1] = False

    near = series.near[places]
    apart = series.values[places] - near
    history = np.where(inside, apart, np.nan)[:, :past]
    scale = _noise(history[:, :-_YOUNG], winsorised=True)
    own = numbers[:, past - 1 : past]
    recent = np.where(numbers[:, past - _LATELY : past] == own, history[:, -_LATELY:], np.nan)
    lately = _noise(recent, winsorised=False)
    bound = _CLIP * np.maximum(scale, lately)[:, None]
    values = near + np.clip(apart, -bound, bound)
    return _Rows(np.where(inside, values, 0.0), numbers, scale, lately, fresh, places)


def _noise(apart: Floats, *, winsorised: bool) -> Floats:
    """The standard deviation of each row, robustly; NaN are none. 0 where there is nothing.

    winsorised  the median alone sees nothing of noise that is seldom; this does
    """
    size = np.abs(apart)
    found = _quantile(size, 0.5) / _NORMAL
    if not winsorised:
        return found
    top = _quantile(size, 0.98)[:, None]
    there = np.isfinite(size)
    squares = np.where(there, np.minimum(np.where(there, size, 0.0), top) ** 2, 0.0)
    count = np.maximum(there.sum(axis=1), 1)
    spread: Floats = np.sqrt(squares.sum(axis=1) / count)
    return np.maximum(found, spread)


def _quantile(table: Floats, part: float) -> Floats:
    """Of each row, of what is no NaN; 0 where there is nothing."""
    rising = np.sort(table, axis=1)
    count = np.isfinite(rising).sum(axis=1)
    place = np.clip(np.ceil(part * count).astype(np.int64) - 1, 0, None)
    found: Floats = np.take_along_axis(rising, place[:, None], axis=1)[:, 0]
    return np.where(count > 0, found, 0.0)


class _Errors(NamedTuple):
    """By how much forecasts were off, and the forecasts, by the column where they end."""

    off: Floats
    level: Floats
    valid: Bools


def _errors(rows: _Rows, scale: Scale) -> _Errors:
    m, n = scale.after, scale.before
    width = rows.values.shape[1]
    columns = np.arange(width, dtype=np.float64)
    middle = rows.values[:, :1]
    offset = rows.values - middle  # near 0, so that sums lose no digits
    total = _summed(offset)
    ends = np.arange(m + n - 1, width)
    split = ends - m + 1
    after = (total[:, ends + 1] - total[:, split]) / m
    level = (total[:, split] - total[:, split - n]) / n
    if scale.sloped:
        moment = _summed(offset * columns)
        centre = split - (n + 1) / 2
        lean = moment[:, split] - moment[:, split - n] - centre * level * n
        level = level + lean * 12 / (n * (n * n - 1.0)) * (n + m) / 2
    off = np.full(rows.values.shape, 0.0)
    off[:, ends] = after - level
    forecast = np.full(rows.values.shape, 0.0)
    forecast[:, ends] = level + middle
    valid = np.zeros(rows.values.shape, np.bool_)
    first, last = rows.segments[:, split - n], rows.segments[:, ends]
    valid[:, ends] = (first >= 0) & (first == last)
    return _Errors(off, forecast, valid)


def _summed(table: Floats) -> Floats:
    """Sums of each row up to a column, with a 0 in front."""
    found = np.zeros((table.shape[0], table.shape[1] + 1))
    np.cumsum(table, axis=1, out=found[:, 1:])
    return found


def _flagged(rows: _Rows, tuning: Tuning) -> Iterator[tuple[int, Flagged]]:
    """The samples that give a shift away, with their rows."""
    scales = _scales(tuning)
    chance = _chance(scales, tuning)
    height = rows.values.shape[0]
    spreads = {True: _Spread(np.ones(height), np.zeros(height))}
    spreads[False] = spreads[True]
    answered = np.zeros(rows.values.shape, np.bool_)
    for scale in scales:
        if not scale.sloped and not (rows.fresh & ~answered).any():
            continue
        errors = _errors(rows, scale)
        spread = spreads[scale.sloped] = _spread(rows, scale, errors, spreads[scale.sloped])
        noise = np.maximum(rows.scale, rows.lately)
        allowed = np.sqrt(spread.lasting * _spread_factor(scale)) * noise
        allowed = (allowed * _student(chance, spread.sure))[:, None]
        judged = rows.fresh & errors.valid & (spread.sure[:, None] > _SURE)
        if scale.sloped:
            answered |= errors.valid
        else:
            judged &= ~answered
        size = np.abs(errors.off)
        least = np.maximum(tuning.least * np.abs(errors.level), rows.lately[:, None])
        flags = judged & (size > np.maximum(allowed, np.maximum(least, tuning.floor)))
        flags &= _throughout(rows, scale, errors, flags)
        for row, column in zip(*np.nonzero(flags), strict=True):
            off, most = float(size[row, column]), float(allowed[row, 0])
            score = min(off / most, _CLEAREST) if most > 0 else _CLEAREST
            yield int(row), Flagged(int(rows.places[row, column]), scale, score)


class _Spread(NamedTuple):
    """How far forecasts are off anyway, of each row.

    lasting  the variance of means, in that of means of samples that are independent: above 1 where
             noise hangs together
    sure     in how many independent forecasts that was seen
    """

    lasting: Floats
    sure: Floats


def _spread(rows: _Rows, scale: Scale, errors: _Errors, shorter: _Spread) -> _Spread:
    """As measured on this scale, together with what shorter ones told.

    A longer mean hangs together no less than a shorter one; and it was seen more seldom.
    """
    now = rows.values.shape[1] - _GROUP
    apart = scale.after // 4  # neighbouring forecasts are off by the same
    old = now - scale.after - _GROUP  # what may be a shift tells nothing of how far off is usual
    history = np.where(errors.valid, np.abs(errors.off), np.nan)[:, old::-apart]
    seen = np.isfinite(history).sum(axis=1) * apart / scale.after
    size = np.zeros(seen.size)
    for part, normal in _QUANTILES:
        size = np.maximum(size, _quantile(history, part) / normal)
    usual = rows.scale**2 * _spread_factor(scale)
    measured = np.divide(size**2, usual, out=np.ones(seen.size), where=usual > 0)
    weight = np.minimum(shorter.sure, 2 * seen + 4)
    sure = weight + seen
    both = measured * seen + shorter.lasting * weight
    lasting = np.divide(both, sure, out=np.ones(seen.size), where=sure > 0)
    return _Spread(np.maximum(lasting, shorter.lasting), np.maximum(sure, 1e-9))


def _chance(scales: Sequence[Scale], tuning: Tuning) -> float:
    """How many standard deviations a forecast may be off, over all that is asked in a day."""
    asked = sum(3 * _DAY / (tuning.step * scale.after) for scale in scales if scale.sloped)
    return NormalDist().inv_cdf(1 - tuning.alarms / (2 * max(asked, 1.0)))


def _student(normal: float, freedom: Floats) -> Floats:
    """Student's quantile for a normal one: Wallace's approximation (Biometrika 46, 1959)."""
    shrunk = normal * (8 * freedom + 3) / (8 * freedom + 1)
    return np.sqrt(freedom * np.expm1(np.minimum(shrunk**2 / freedom, 300.0)))


def _throughout(rows: _Rows, scale: Scale, errors: _Errors, flags: Bools) -> Bools:
    """Whether the shift shows in three quarters of the samples, the last quarter among them."""
    held = np.zeros(flags.shape, np.bool_)
    quarter = scale.after // 4
    for row, column in zip(*np.nonzero(flags), strict=True):
        samples = rows.values[row, column - 4 * quarter + 1 : column + 1]
        off = errors.off[row, column]
        shown = samples.reshape(4, quarter).mean(axis=1) - errors.level[row, column]
        enough = shown * np.sign(off) >= abs(off) / 2
        held[row, column] = bool(enough[3]) and int(enough.sum()) >= (3 if quarter > 2 else 4)
    return held
