"""One field's values over time: a step line for numbers, labelled spans for anything else."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from kubectl_smart.bot.render import canvas, words
from kubectl_smart.bot.render.canvas import Page
from kubectl_smart.bot.render.picture_layout import MARGIN
from kubectl_smart.bot.render.time_axis import TimeAxis
from kubectl_smart.memory.records.changes import ABSENT, UNKNOWN, Json, Unset

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.why import WhyAnswer

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?")
_SPAN = 58.0
_TICKS = 4
_BOUNDARY = re.compile(r".*[/:=,@ ]")
_LONG_ENOUGH = 8
_DENSE = 80
_TALL = 100.0
_NARROW = 5


class Stretch(NamedTuple):
    """A value and how long it stood, microseconds since 1970; `number` where it is one."""

    value: Json | Unset
    begin: int
    end: int | None
    number: float | None


class Course(NamedTuple):
    """The values of one path in the order of time.

    decisions  positions in the answer of the decisions that set them
    """

    path: str
    stretches: tuple[Stretch, ...]
    decisions: tuple[int, ...]

    @property
    def numeric(self) -> bool:
        """Whether a line can be drawn: there are numbers, and nothing else but absence."""
        known = [one for one in self.stretches if one.value not in (ABSENT, UNKNOWN)]
        return bool(known) and all(one.number is not None for one in known)


def number(value: Json | Unset) -> float | None:
    """The value as a number, also where it is written as text; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value)
    return float(text) if _NUMBER.fullmatch(text) else None


def courses(answer: WhyAnswer) -> list[Course]:
    """The paths of a field question, those that changed most often first."""
    found: dict[str, list[int]] = {}
    for at, decision in enumerate(answer.decisions):
        for path in {value.path for value in decision.values}:
            found.setdefault(path, []).append(at)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [Course(path, _stretches(answer, path, at), tuple(at)) for path, at in ordered]


def _stretches(answer: WhyAnswer, path: str, decisions: Iterable[int]) -> tuple[Stretch, ...]:
    made: list[Stretch] = []
    for at in decisions:
        decision = answer.decisions[at]
        value = next(one for one in decision.values if one.path == path)
        if not made and value.before not in (ABSENT, UNKNOWN):
            before = number(value.before)
            made.append(Stretch(value.before, decision.at - 2**62, decision.at, before))
        made.append(Stretch(value.after, decision.at, value.until, number(value.after)))
    return tuple(made)


def draw_course(
    page: Page, course: Course, axis: TimeAxis, top: float, high: float, *, alone: bool
) -> dict[int, float]:
    """Draw one lane; the height of each decision's mark, by its position in the answer.

    top, high  pixels of the lane
    alone      whether it is the only one: then its path needs no heading
    """
    if not alone:
        page.text(
            axis.left, top + 15, course.path, size=canvas.SMALL, colour=canvas.FAINT,
            room=axis.right - axis.left,
        )  # fmt: skip
        top, high = top + 26, high - 30
    if course.numeric:
        return _steps(page, course, axis, top + 22, high - 44)
    return _spans(page, course, axis, top, high)


def _steps(page: Page, course: Course, axis: TimeAxis, top: float, high: float) -> dict[int, float]:
    numbers = sorted({one.number for one in course.stretches if one.number is not None})
    least, most = numbers[0], numbers[-1]
    low = min(0.0, least) if most - least >= 0.2 * abs(most) else least
    scale = high / ((most - low) or 1.0)

    def height(found: float) -> float:
        return top + high - (found - low) * scale

    for tick in _value_ticks(numbers, low) if high >= _TALL else [low, most]:
        y = height(tick)
        page.line([(axis.left, y), (axis.right, y)], thick=1.0, layer=0)
        room = axis.left - MARGIN - 12
        page.text(axis.left - 12, y, f"{tick:,g}" if abs(tick) < 1e6 else f"{tick:.3g}",
                  size=canvas.BODY, anchor="right", room=room)  # fmt: skip
    _step_line(page, course, axis, height)
    heights: dict[int, float] = {}
    resting = top + high
    after = course.stretches[-len(course.decisions) :]
    for at, stretch in zip(course.decisions, after, strict=True):
        resting = height(stretch.number) if stretch.number is not None else resting
        heights[at] = resting
    return heights


def _step_line(
    page: Page, course: Course, axis: TimeAxis, height: Callable[[float], float]
) -> None:
    """A line that breaks where there was no value."""
    points: list[tuple[float, float]] = []
    end = course.stretches[0].begin
    for one in course.stretches:
        if one.number is None or one.begin > end:
            _stroke(page, points)
            points = []
        if one.number is None:
            continue
        y = height(one.number)
        end = axis.high if one.end is None else one.end
        points += [(axis.x(one.begin), y), (axis.x(end), y)]
    _stroke(page, points)


def _stroke(page: Page, points: list[tuple[float, float]]) -> None:
    if points:
        thick = 5 if len(points) <= _DENSE else 2
        page.line(points, colour=canvas.BLUE, thick=thick, layer=3)


def _value_ticks(numbers: list[float], low: float) -> list[float]:
    """The values themselves and the foot where they are few; else round numbers between them."""
    if len(numbers) < _TICKS:
        return sorted({low, *numbers})
    rough = (numbers[-1] - low) / _TICKS
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * one for one in (1, 2, 5, 10) if size * one >= rough)
    first = math.ceil(low / step)
    return [step * at for at in range(first, math.floor(numbers[-1] / step) + 1)]


def common_beginning(values: Iterable[Json | Unset]) -> str:
    """What all texts among the values begin with, up to a boundary; "" if that is not much.

    Of registry.example/payment:5.0.0 and …:5.1.0 it is "registry.example/payment:".
    """
    texts = {one for one in values if isinstance(one, str)}
    if len(texts) < 2:
        return ""
    pairs = zip(min(texts), max(texts), strict=False)
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    found = _BOUNDARY.match(min(texts)[:alike])
    return found.group() if found is not None and found.end() >= _LONG_ENOUGH else ""


def short_value(value: Json | Unset, beginning: str) -> str:
    """The value on one line, without the beginning that all have: `…5.1.0`."""
    if beginning and isinstance(value, str) and value.startswith(beginning):
        return f"…{words.value(value[len(beginning) :])}"
    return words.value(value)


def _spans(page: Page, course: Course, axis: TimeAxis, top: float, high: float) -> dict[int, float]:
    y = top + high / 2 + 4
    tall = min(_SPAN, high - 44)
    tints: dict[str, str] = {}
    beginning = common_beginning(one.value for one in course.stretches)
    for one in course.stretches:
        said = short_value(one.value, beginning)
        end = axis.high if one.end is None else one.end
        left, right = axis.x(one.begin), axis.x(end)
        absent = one.value in (ABSENT, UNKNOWN)
        narrow = right - left < _NARROW
        fill = tints.setdefault(said, canvas.TINTS[len(tints) % len(canvas.TINTS)])
        paint = canvas.PAPER if absent else fill
        page.box(left, y, right - left, tall, fill=paint, edge=paint if narrow else canvas.FAINT)
        if right - left > _SPAN:
            room = right - left - 12
            fits = page.width(canvas.drawable(said), canvas.BODY) <= room
            size = canvas.BODY if fits else canvas.SMALL
            page.text(left + 6, y + tall / 2, said, size=size, room=room)
    return dict.fromkeys(course.decisions, y - 22)
