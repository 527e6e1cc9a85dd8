"""The course of a simulation as a picture: pods by state over time, one band upon the other.

Bands differ by colour and by hatching, and the legend says how many pods each has at the end. The
axis is linear from the command to the last change.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from kubectl_smart.bot.render import canvas, picture_layout
from kubectl_smart.bot.render import simulation_words as words
from kubectl_smart.bot.render.canvas import Page
from kubectl_smart.bot.render.messages import Sketch
from kubectl_smart.bot.render.picture_layout import MARGIN, RIGHT
from kubectl_smart.bot.render.printable import fitted, one_line
from kubectl_smart.simulate.answers.model import Answer, Point
from kubectl_smart.simulate.answers.toll import toll

_TOP, _BOTTOM = 142.0, 524.0
_LEFT, _END = 104.0, RIGHT - 14.0
_TICKS_AT, _UNIT_AT = 549.0, 581.0
_LEGEND_AT = 622.0
_STEPS = (1, 2, 5)
_ALT, _TITLE, _PART = 1_000, 200, 160


class Band(NamedTuple):
    """One state of pods: a member of `Point`, what it is called, and how it looks."""

    member: str
    name: str
    colour: str
    hatch: str


BANDS = (
    Band("ready", "ready", canvas.SKY, ""),
    Band("cut_off", "on a node that is gone", canvas.VERMILLION, "xx"),
    Band("ending", "ending", canvas.TINTS[4], "\\\\"),
    Band("starting", "starting", canvas.GREEN, ".."),
    Band("pending", "pending", canvas.ORANGE, "//"),
)
"""From below: what works lies on the ground, and a gap in it shows."""


def sketch(answer: Answer) -> Sketch | None:
    """The picture, not yet drawn; None if nothing happens to any pod."""
    if not answer.course:
        return None
    said = title(answer)
    return Sketch(
        filename="simulate.png",
        title=said,
        alt=alt(answer),
        draw=partial(draw, answer.course, said, subtitle(answer)),
    )


def title(answer: Answer) -> str:
    """Plain text of at most 200 characters."""
    return fitted(f"Impact of {one_line('; '.join(one.text for one in answer.commands))}", _TITLE)


def subtitle(answer: Answer) -> str:
    """What is counted, and what it comes to."""
    touched = sum(words.touched(one) for one in answer.workloads)
    noun = "workload" if touched == 1 else "workloads"
    return f"simulated: pods of {touched:,} {noun} by state; {_comes_to(answer)}"


def alt(answer: Answer) -> str:
    """What the picture shows, for those who cannot see it: plain text, 1 to 1,000 characters."""
    first, last = answer.course[0], answer.course[-1]
    least = min(answer.course, key=lambda one: one.ready)
    return fitted(
        f"{fitted(title(answer), _PART)}: pods by state over {last.at:.0f} simulated seconds. "
        f"Before: {_counts(first)}. Fewest ready: {least.ready:,} after {least.at:.0f} s. "
        f"At the end: {_counts(last)}; {_comes_to(answer)}.",
        _ALT,
    )


def draw(course: Sequence[Point], title: str, subtitle: str) -> bytes:
    """The PNG of 1,200 x 675 pixels. course: at least one point."""
    page = Page()
    picture_layout.head(page, title, subtitle)
    highest = max(sum(_heights(one)) for one in course) or 1
    span = course[-1].at * 1.06 or 1.0
    x = partial(_x, span)
    _scale(page, highest)
    _seconds(page, span)
    ends = [*(x(one.at) for one in course[1:]), _END]
    lower = [0] * len(course)
    shown: list[tuple[Band, int]] = []
    for at, band in enumerate(BANDS):
        upper = [low + _heights(one)[at] for low, one in zip(lower, course, strict=True)]
        if upper != lower:
            page.band(
                [
                    (x(one.at), end, _y(low, highest), _y(high, highest))
                    for one, end, low, high in zip(course, ends, lower, upper, strict=True)
                    if high > low
                ],
                fill=band.colour,
                hatch=band.hatch,
            )
            shown.append((band, _heights(course[-1])[at]))
        lower = upper
    _legend(page, shown)
    return page.png()


def _heights(one: Point) -> tuple[int, ...]:
    return tuple(int(getattr(one, band.member)) for band in BANDS)


def _x(span: float, at: float) -> float:
    return _LEFT + at / span * (_END - _LEFT)


def _y(count: float, highest: int) -> float:
    return _BOTTOM - count / highest * (_BOTTOM - _TOP)


def _scale(page: Page, highest: int) -> None:
    """The axis of pods, with hair lines at round numbers."""
    for count in _round_numbers(highest, 5, least=1.0):
        y = _y(count, highest)
        page.line([(_LEFT - 7, y), (_END, y)], thick=1.2, layer=0)
        page.text(_LEFT - 14, y, f"{count:,.0f}", size=canvas.SMALL, anchor="right")
    page.line([(_LEFT, _TOP), (_LEFT, _BOTTOM)], colour=canvas.FAINT, layer=4)
    page.text(MARGIN, _TOP - 22, "pods", size=canvas.SMALL, colour=canvas.FAINT)


def _seconds(page: Page, span: float) -> None:
    """The axis of seconds."""
    page.line([(_LEFT, _BOTTOM), (_END, _BOTTOM)], colour=canvas.FAINT, layer=4)
    for at in _round_numbers(span, 8, least=0.01):
        x = _x(span, at)
        page.line([(x, _BOTTOM), (x, _BOTTOM + 7)], colour=canvas.FAINT, layer=4)
        page.text(x, _TICKS_AT, f"{at:,.6g}", size=canvas.SMALL, anchor="center")
    middle = (_LEFT + _END) / 2
    page.text(
        middle, _UNIT_AT, "seconds since the command",
        size=canvas.SMALL, anchor="center", colour=canvas.FAINT,
    )  # fmt: skip


def _legend(page: Page, shown: Sequence[tuple[Band, int]]) -> None:
    """Each band that is there, with its pods at the end; a second row where one is too short."""
    x, y = MARGIN, _LEGEND_AT
    for band, count in shown:
        said = f"{band.name}: {count:,} at the end" if count else band.name
        wide = 40 + page.width(said, canvas.SMALL)
        if x + wide > RIGHT:
            x, y = MARGIN, y + 32
        page.band([(x, x + 26, y + 9, y - 9)], fill=band.colour, hatch=band.hatch)
        page.text(x + 34, y, said, size=canvas.SMALL)
        x += wide + 24


def _round_numbers(highest: float, most: int, *, least: float) -> list[float]:
    """0 and round numbers up to the highest: at most so many steps, each no less than `least`."""
    size = least
    while True:
        for step in _STEPS:
            apart = step * size
            if highest / apart <= most:
                return [round(apart * number, 6) for number in range(int(highest / apart) + 1)]
        size *= 10


def _counts(one: Point) -> str:
    counts = zip(BANDS, _heights(one), strict=True)
    return ", ".join(f"{count:,} {band.name}" for band, count in counts if count) or "no pods"


def _comes_to(answer: Answer) -> str:
    found = toll(answer)
    counts = (
        (found.pending, "pod stays pending", "pods stay pending"),
        (found.refused, "pod is refused", "pods are refused"),
        (found.services, "service without endpoints", "services without endpoints"),
        (found.budgets, "budget broken", "budgets broken"),
        (found.data, "pod loses data", "pods lose data"),
        (found.lost, "pod is not made again", "pods are not made again"),
    )
    said = [
        f"{len(names):,} {one if len(names) == 1 else many}" for names, one, many in counts if names
    ]
    return ", ".join(said) or "nothing stays pending or is lost"
