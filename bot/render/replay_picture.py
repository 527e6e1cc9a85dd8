"""The timeline of `replay` as a picture: lanes over one time axis, and the moment asked about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, NamedTuple

from kubectl_smart.bot.render import canvas, marks, picture_layout, words
from kubectl_smart.bot.render.canvas import Page
from kubectl_smart.bot.render.marks import Mark
from kubectl_smart.bot.render.picture_layout import AXIS, MARGIN, RIGHT, TOP, Lane, short_actor
from kubectl_smart.bot.render.time_axis import TimeAxis
from kubectl_smart.memory.answers.timeline import ItemKind
from kubectl_smart.memory.records.actors import ActorKind

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.timeline import ReplayAnswer, TimelineItem

_GUTTER = 150.0
_CURVE = 92.0
_TALLEST = 78.0
_STEP = 12.0
_TIMES = re.compile(r" \((\d+) times[^)]*\)$")
_DECIDING = frozenset({ActorKind.HUMAN, ActorKind.AUTOMATION})
_LONG = 86_400_000_000


class Curve(NamedTuple):
    """A metric beside the timeline. `points`: (microseconds since 1970, value in `unit`)."""

    label: str
    unit: str
    points: Sequence[tuple[int, float]]


class _Kind(NamedTuple):
    name: str
    weight: int
    """How soon its marks are named: changes and warnings before the bulk."""


_LANES = {
    "change": _Kind("changes", 50),
    "derived": _Kind("controllers", 5),
    "warning": _Kind("warnings", 40),
    "observation": _Kind("events", 4),
    "step": _Kind("looked at", 30),
    "note": _Kind("notes", 35),
    "incident": _Kind("incidents", 45),
}


def title(answer: ReplayAnswer) -> str:
    """`outage: what happened in payments`."""
    place = f" in {answer.namespace}" if answer.namespace else ""
    return f"{answer.words or 'Replay'}: what happened{place}"


def draw(answer: ReplayAnswer, zone: tzinfo, curve: Curve | None) -> bytes:
    """The PNG. There must be at least one item."""
    page = Page()
    axis = TimeAxis(answer.since, answer.until, MARGIN + _GUTTER, RIGHT)
    picture_layout.head(page, title(answer), _subtitle(answer, zone))
    picture_layout.time_axis(page, axis, zone)
    top = TOP
    if curve is not None and curve.points:
        _draw_curve(page, curve, axis)
        top += _CURVE
    lanes = _draw_lanes(page, answer, axis, top)
    _draw_moment(page, answer, axis, zone)
    dates = axis.high - axis.low > _LONG
    told = picture_layout.name_marks(page, lanes, zone, dates=dates)
    total = len(answer.items)
    shapes = {mark.shape for lane in lanes for one in lane.clusters for mark in one.marks}
    cut = f"{told:,} of {total:,} named" if told < total else ""
    picture_layout.legend(page, shapes, [cut])
    return page.png()


def _subtitle(answer: ReplayAnswer, zone: tzinfo) -> str:
    window = f"{words.instant(answer.since, zone)} to {words.instant(answer.until, zone)}"
    at = words.clock(answer.moment, zone)
    unwell = f", {len(answer.unwell):,} not well at {at}" if answer.unwell else ""
    lines = f"; {len(answer.items):,} in all{unwell}"
    return f"{window} {words.zone_name(answer.since, zone)}{lines}"


def _lane_of(item: TimelineItem) -> str:
    return "warning" if item.warning else item.kind.value


def _shape_of(item: TimelineItem) -> str:
    if item.warning:
        return "warning"
    if item.kind is ItemKind.OBSERVATION:
        return "event"
    if item.kind in (ItemKind.CHANGE, ItemKind.DERIVED):
        return item.actor.kind.value if item.actor is not None else "unknown"
    return item.kind.value


def label(item: TimelineItem, namespace: str | None) -> str:
    """The sentence, of its object only the name where the namespace is the one asked about."""
    said = item.sentence
    found = item.object
    if found is not None and said.startswith(f"{found.title}: "):
        place = f"{found.namespace}/" if found.namespace and namespace is None else ""
        said = f"{place}{found.name}: {said[len(found.title) + 2 :]}"
    return f"{said} by {short_actor(item.actor)}" if item.kind is ItemKind.CHANGE else said


def brief(item: TimelineItem, namespace: str | None) -> str:
    """The label; of an observation without its message: `payment-api: OOMKilling ×5`."""
    said = label(item, namespace)
    if item.kind is not ItemKind.OBSERVATION:
        return said
    return _TIMES.sub(r" ×\1", ": ".join(said.split(": ")[:2]))


def _weight(item: TimelineItem) -> int:
    """Of changes those made by people and automation come first."""
    lane = _LANES[_lane_of(item)]
    made = item.actor is not None and item.actor.kind in _DECIDING
    return lane.weight if item.kind is not ItemKind.CHANGE or made else lane.weight - 35


def _draw_lanes(page: Page, answer: ReplayAnswer, axis: TimeAxis, top: float) -> list[Lane]:
    found: dict[str, list[TimelineItem]] = {name: [] for name in _LANES}
    for item in answer.items:
        found[_lane_of(item)].append(item)
    present = {name: items for name, items in found.items() if items}
    high = min((AXIS - top) / len(present), _TALLEST)
    lanes: list[Lane] = []
    for number, (name, items) in enumerate(present.items()):
        y = (AXIS + top) / 2 + (number + 0.5 - len(present) / 2) * high
        page.line([(MARGIN, y + high / 2), (RIGHT, y + high / 2)], thick=1.0, layer=0)
        page.text(MARGIN, y, _LANES[name].name, size=canvas.SMALL, room=_GUTTER - 10)
        for item in items:
            if axis.x(item.until) - axis.x(item.at) > 3:
                ends = [(axis.x(item.at), y), (axis.x(item.until), y)]
                page.line(ends, colour=canvas.SHAPES[_shape_of(item)].colour, thick=2.5)
        made = [
            Mark(
                item.at,
                _weight(item),
                _shape_of(item),
                label(item, answer.namespace),
                brief(item, answer.namespace),
            )
            for item in items
        ]
        found_here = picture_layout.place(axis, made)
        lanes.append(Lane(y, marks.spread(found_here, axis.x(answer.moment), _STEP)))
        picture_layout.small_marks(page, lanes[-1], axis)
    return lanes


def _draw_moment(page: Page, answer: ReplayAnswer, axis: TimeAxis, zone: tzinfo) -> None:
    """The moment asked about, unless it is just the end of the window."""
    if not answer.since < answer.moment < answer.until:
        return
    x = axis.x(answer.moment)
    page.line([(x, TOP), (x, AXIS)], colour=canvas.INK, thick=2.4, dashed=True, layer=2)
    said = f"asked about {words.clock(answer.moment, zone)}"
    half = page.width(said, canvas.SMALL) / 2
    middle = min(max(x, MARGIN + half), RIGHT - half)
    page.text(middle, TOP - 14, said, size=canvas.SMALL, anchor="center")


def _draw_curve(page: Page, curve: Curve, axis: TimeAxis) -> None:
    """The metric as a line above the lanes, with its least and greatest value."""
    top, bottom = TOP + 14, TOP + _CURVE - 12
    inside = [(at, found) for at, found in curve.points if axis.low <= at <= axis.high]
    if not inside:
        return
    low, high = min(found for _, found in inside), max(found for _, found in inside)
    scale = (bottom - top) / ((high - low) or 1.0)
    points = [(axis.x(at), bottom - (found - low) * scale) for at, found in inside]
    page.line(points, colour=canvas.PURPLE, thick=4, layer=3)
    room = _GUTTER - 10
    page.text(MARGIN, top + 6, curve.label, size=canvas.SMALL, room=room)
    said = f"{low:,g} to {high:,g} {curve.unit}".rstrip()
    page.text(MARGIN, bottom - 6, said, size=18.0, room=room, colour=canvas.FAINT)
