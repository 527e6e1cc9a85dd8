"""How far each series is off during an incident, on a scale that series of any unit share.

The incident is cut into blocks of half its length, and the most extreme median of a block counts:
a fault may begin late, end early, or be told late. What that number is in ordinary times is
measured on the series itself, on windows of the same length, so that noise, a daily rhythm and
averages over sliding ranges are known for what they are. Two numbers are looked at: the level, and
the step from what was just before (so that a slow drift is none); the smaller counts.

The spread is robust and one-sided: the larger of the median absolute deviation and the upper
quantiles, each divided by what it is in a normal distribution. Below it lies a floor: what is small
beside the usual level of the series itself and of the same metric elsewhere is no deviation, and
neither is the noise of counting few things.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from kubectl_smart.memory.graph.measured.metrics import (
    AVAILABILITY,
    COUNTED,
    PER_REQUEST,
    RATE,
    kind_of,
)
from kubectl_smart.memory.graph.measured.ranks import Floats, median, median_of, numbers, quantiles
from kubectl_smart.memory.records.evidence import CALLS, Evidence, SeriesOf

LEAST_ORDINARY = 4
"""Fewer samples than these do not tell what is ordinary."""
OWN_FLOOR = 0.02
"""Less than this part of its own level is no deviation."""
FLEET_FLOOR = 0.1
"""Less than this part of what is usual for the metric, over all entities, is none either."""
SHARE_FLOOR = 0.001
"""For shares of requests that fail: one in a thousand."""
_STEADY = 0.9
"""So much of a series must be there in ordinary times, for its absence to mean anything."""
_WINDOWS = 240
"""Ordinary windows looked at, at most, evenly over the past: quantiles up to .99 need no more."""
_NORMAL = ((0.84, 1.0), (0.95, 1.645), (0.99, 2.326))
"""Upper quantiles, and where they lie in a normal distribution. Of a short past only the first: the
rest of it may be other incidents."""
_LONG = 100


class Deviation(NamedTuple):
    """One series during the incident.

    per      True if it was divided by the requests of the entity
    up, down  how far above and below what is ordinary, in spreads; negative on the other side
    before, after  the ordinary level, and the most extreme one on the side that is further off
    rise     after minus before, of the upper side
    during   the middle of the incident
    samples  (ordinary, during the incident)
    """

    entity: str
    metric: str
    stat: str
    kind: str
    per: bool
    up: float
    down: float
    before: float
    after: float
    rise: float
    during: float
    samples: tuple[int, int]


class _Cut(NamedTuple):
    """A series cut into ordinary and incident samples that are there."""

    about: SeriesOf
    kind: str
    per: bool
    floor: float
    ordinary: Floats
    during: Floats
    earlier: int
    """How many of the ordinary samples lie before the incident."""


def deviations(evidence: Evidence) -> list[Deviation]:
    """Of every series that has enough samples on both sides, in the order of the evidence."""
    cuts, counted = _cuts(evidence)
    groups: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for place, cut in enumerate(cuts):
        earlier = min(cut.earlier, _reach(len(cut.during)))
        groups[len(cut.ordinary), len(cut.during), earlier].append(place)
    found: list[Deviation | None] = [None] * len(cuts)
    for places in groups.values():
        for place, one in zip(places, _scored([cuts[at] for at in places]), strict=True):
            found[place] = one
    return [*(one for one in found if one is not None), *counted]


def relations(evidence: Evidence) -> list[tuple[str, Deviation]]:
    """(caller, how many requests its callee gets for one of its own), where both are counted."""
    counts: dict[str, dict[tuple[str, str], tuple[SeriesOf, Floats]]] = defaultdict(dict)
    for one in evidence.series:
        if kind_of(one.metric, one.stat) == RATE:
            values = numbers(one.values)
            if _whole(values):
                counts[one.entity][one.metric, one.stat] = (one, values)
    splits = _Splits(evidence)
    found: list[tuple[str, Deviation]] = []
    for edge in sorted({edge for edge in evidence.edges if edge.kind == CALLS}):
        for key, (callee, calls) in counts[edge.target].items():
            caller, work = counts[edge.source].get(key, (None, calls))
            if caller is None or caller.times is not callee.times or edge.source == edge.target:
                continue
            deviation = _counted(callee, RATE, calls, work, *splits.of(callee))
            found += [(edge.source, deviation)] if deviation is not None else []
    return found


def silent(evidence: Evidence) -> dict[str, float]:
    """Entities that are not heard of any more, all series of them: spreads, by entity."""
    spreads: dict[str, float] = {}
    splits = _Splits(evidence)
    for one in evidence.series:
        ordinary, during = splits.of(one)
        there = np.isfinite(numbers(one.values))
        if ordinary.sum() < LEAST_ORDINARY or not during.any():
            continue
        usual = float(there[ordinary].mean())
        asked = float(during.sum())
        gone = usual >= _STEADY and not there[during].any()
        noise = max(float(np.sqrt(asked * usual * (1.0 - usual))), 1.0)
        off = usual * asked / noise if gone else 0.0
        spreads[one.entity] = min(spreads.get(one.entity, off), off)
    return {entity: off for entity, off in spreads.items() if off > 0.0}


def _reach(during: int) -> int:
    """How many samples just before count as what was before."""
    return max(4, 2 * during)


def _cuts(evidence: Evidence) -> tuple[list[_Cut], list[Deviation]]:
    """The series, cut; and the deviations of what is counted per request."""
    splits = _Splits(evidence)
    rates: dict[str, list[SeriesOf]] = defaultdict(list)
    kinds = [kind_of(one.metric, one.stat) for one in evidence.series]
    for one, kind in zip(evidence.series, kinds, strict=True):
        if kind == RATE:
            rates[one.entity].append(one)
    raw: list[tuple[SeriesOf, str, bool, Floats]] = []
    counted: list[Deviation] = []
    for one, kind in zip(evidence.series, kinds, strict=True):
        values = numbers(one.values)
        raw.append((one, kind, False, _failing(values) if kind == AVAILABILITY else values))
        if kind not in PER_REQUEST:
            continue
        for rate in rates[one.entity]:
            if rate.times is not one.times:
                continue
            work = numbers(rate.values)
            if kind in COUNTED and _whole(values) and _whole(work):
                found = _counted(one, kind, values, work, *splits.of(one))
                counted += [found] if found is not None else []
            else:
                with np.errstate(all="ignore"):
                    raw.append((one, kind, True, values / np.where(work > 0, work, np.nan)))
    cut: list[_Cut] = []
    for one, kind, per, values in raw:
        ordinary, during = splits.of(one)
        there = np.isfinite(values)
        old, new = ordinary & there, during & there
        if np.count_nonzero(old) < LEAST_ORDINARY or not new.any():
            continue
        earlier = int(np.count_nonzero(old[: splits.begins(one)]))
        cut.append(_Cut(one, kind, per, 0.0, values[old], values[new], earlier))
    return _with_floors(cut), counted


class _Splits:
    """Which samples are ordinary and which are of the incident, once for each axis of time."""

    def __init__(self, evidence: Evidence) -> None:
        self._edges = np.array(evidence.ordinary, np.int64).reshape(-1, 2)
        self._incident = np.array(evidence.incident, np.int64)
        self._known: dict[int, tuple[NDArray[np.bool_], NDArray[np.bool_], int]] = {}

    def of(self, series: SeriesOf) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """(ordinary, during the incident), for each sample."""
        return self._split(series)[:2]

    def begins(self, series: SeriesOf) -> int:
        """How many samples lie before the incident."""
        return self._split(series)[2]

    def _split(self, series: SeriesOf) -> tuple[NDArray[np.bool_], NDArray[np.bool_], int]:
        found = self._known.get(id(series.times))
        if found is None:
            times = np.frombuffer(series.times, np.int64)
            ordinary = np.zeros(times.size, np.bool_)
            for low, high in np.searchsorted(times, self._edges).tolist():
                ordinary[low:high] = True
            begin, end = np.searchsorted(times, self._incident).tolist()
            during = np.zeros(times.size, np.bool_)
            during[begin:end] = True
            found = self._known[id(series.times)] = (ordinary & ~during, during, begin)
        return found


def _failing(values: Floats) -> Floats:
    """Availability as the share that fails, 0 to 1."""
    most = np.nanmax(values, initial=0.0)
    whole = 100.0 if most > 1.0 else 1.0
    return (whole - values) / whole


def _with_floors(cuts: Sequence[_Cut]) -> list[_Cut]:
    """With the deviation that is too small to be one."""
    levels: dict[tuple[str, str, bool], list[float]] = defaultdict(list)
    own = [(median_of(np.abs(cut.ordinary))) for cut in cuts]
    for cut, level in zip(cuts, own, strict=True):
        levels[cut.about.metric, cut.about.stat, cut.per].append(level)
    usual = {key: median_of(np.array(all_of)) for key, all_of in levels.items()}
    return [
        cut._replace(floor=_floor(cut, level, usual[cut.about.metric, cut.about.stat, cut.per]))
        for cut, level in zip(cuts, own, strict=True)
    ]


def _floor(cut: _Cut, own: float, fleet: float) -> float:
    if cut.kind == AVAILABILITY:
        return SHARE_FLOOR
    if cut.per:
        return OWN_FLOOR * own
    least = max(OWN_FLOOR * own, FLEET_FLOOR * fleet)
    return max(least, float(np.sqrt(max(own, 1.0)))) if _whole(cut.ordinary) else least


def _whole(values: Floats) -> bool:
    """Whether all that is there are counts."""
    there = values[np.isfinite(values)]
    return bool(((there >= 0.0) & (np.mod(there, 1.0) == 0.0)).all())


def _counted(
    about: SeriesOf, kind: str, counts: Floats, work: Floats,
    ordinary: NDArray[np.bool_], during: NDArray[np.bool_],
) -> Deviation | None:  # fmt: skip
    """What is counted (errors, log lines) against what so many requests bring in ordinary times.

    The noise of a count is the root of what is expected, times a factor measured on the series
    itself; never less than one.
    """
    there = np.isfinite(counts) & np.isfinite(work)
    old, new = ordinary & there & (work > 0), during & there
    asked = float(work[new].sum())
    if old.sum() < LEAST_ORDINARY or asked <= 0.0:
        return None
    usual = median_of(counts[old] / work[old])
    noise = (counts[old] - usual * work[old]) / np.sqrt(np.maximum(usual * work[old], 1.0))
    seen, expected = float(counts[new].sum()), usual * asked
    off = []
    for sign in (1.0, -1.0):
        spread = float(_spread((noise * sign)[None, :])[0]) * np.sqrt(max(expected, 1.0))
        off.append(sign * (seen - expected) / max(spread, 1.0))
    share = seen / asked
    return Deviation(
        about.entity, about.metric, about.stat, kind, True, off[0], off[1],
        usual, share, share - usual, share, (int(old.sum()), int(new.sum())),
    )  # fmt: skip


def _scored(cuts: Sequence[_Cut]) -> list[Deviation]:
    """Of series with equally many samples, all at once."""
    old = np.stack([cut.ordinary for cut in cuts])
    new = np.stack([cut.during for cut in cuts])
    count, length = old.shape[1], new.shape[1]
    width = min(length, max(1, count // 4))
    block = (width + 1) // 2
    high_new, low_new = _extremes(new, width, block, 1)
    stride = max(1, (count - width + 1) // _WINDOWS)
    high_old, low_old = _extremes(old, width, block, stride)
    reach = _reach(length)
    earlier = min(cuts[0].earlier, reach)
    steps = None
    if earlier >= 3:
        before = median(
            np.stack([cut.ordinary[cut.earlier - earlier : cut.earlier] for cut in cuts])
        )
        if count >= width + reach + 8:
            views = sliding_window_view(old, reach, axis=1)[:, : count - reach - width + 1 : stride]
            past = median(views)
            later_high, later_low = _extremes(old[:, reach:], width, block, stride)
            steps = (later_high - past, later_low - past)
        else:
            level = median(old)[:, None]
            steps = (high_old - level, low_old - level)
    floors = np.array([cut.floor for cut in cuts])
    sides = []
    for sign, now, usual, step in (
        (1.0, high_new.max(axis=1), high_old, steps and steps[0]),
        (-1.0, low_new.min(axis=1), low_old, steps and steps[1]),
    ):
        off = _off(now, usual, sign, floors)
        if step is not None:
            off = np.where(off > 0, np.minimum(off, _off(now - before, step, sign, floors)), off)
        sides.append((off, now))
    (up, high), (down, low) = sides
    level, middle = median(old), median(new)
    return [
        Deviation(
            cut.about.entity, cut.about.metric, cut.about.stat, cut.kind, cut.per,
            float(up[at]), float(down[at]), float(level[at]),
            float(high[at] if up[at] >= down[at] else low[at]),
            float(high[at] - median_of(high_old[at])), float(middle[at]), (count, length),
        )
        for at, cut in enumerate(cuts)
    ]  # fmt: skip


def _extremes(table: Floats, width: int, block: int, stride: int) -> tuple[Floats, Floats]:
    """(highest, lowest) median of a block, for every window of `width` samples."""
    medians = median(sliding_window_view(table, block, axis=1)) if block > 1 else table
    windows = sliding_window_view(medians, width - block + 1, axis=1)[:, ::stride]
    return windows.max(axis=2), windows.min(axis=2)


def _off(now: Floats, usual: Floats, sign: float, floors: Floats) -> Floats:
    """How many spreads `now` is beyond the middle of `usual`, on the side of `sign`."""
    middle = median(usual)
    beyond = (usual - middle[:, None]) * sign
    return sign * (now - middle) / np.maximum(np.maximum(_spread(beyond), floors), 1e-12)


def _spread(beyond: Floats) -> Floats:
    """Of noise around zero, on its upper side; table of series x samples."""
    normal = _NORMAL if beyond.shape[1] >= _LONG else _NORMAL[:1]
    spread = 1.4826 * median(np.abs(beyond))
    for upper, (_, where) in zip(
        quantiles(beyond, tuple(part for part, _ in normal)), normal, strict=True
    ):
        spread = np.maximum(spread, upper / where)
    return spread
