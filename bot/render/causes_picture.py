"""A chain of causes as a picture: the symptom on top, each cause below its effect, the change last.

A rail leads from the change up to the symptom; beside it stands when, on it a shape that says who
acted, right of it what, and in small letters what shows it. A chain of more steps than there is
room for leaves out steps of its middle, and says how many.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from itertools import pairwise
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import canvas, causes_words, picture_layout, words
from kubectl_smart.bot.render.canvas import Page
from kubectl_smart.bot.render.picture_layout import MARGIN, RIGHT, short_actor
from kubectl_smart.memory.answers.causes import StepKind
from kubectl_smart.memory.records.actors import ActorKind

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.causes import Chain, ChainStep

_TOP, _BOTTOM = 104.0, 602.0
_TALLEST = 104.0
_THREE_LINES = 84.0
_BOXED = 1.14
"""How much higher a step in a box is than one without."""
_MOST = 9
_RAIL = 200.0
_TEXT = 242.0
_MARK, _DIAMOND = 26.0, 20.0
_LINE, _DENSE = 28.0, 25.0
_PAD = 14.0
_ENDED_AT, _LEGEND_AT = 622.0, 654.0
_LONG = 43_200_000_000
_ENDS = (StepKind.SYMPTOM, StepKind.CHANGE)
_FILLS = {StepKind.SYMPTOM: "#fbe3d6", StepKind.CHANGE: "#d6eaf5", StepKind.RUN: "#ececec"}
_EDGES = {
    StepKind.SYMPTOM: canvas.VERMILLION,
    StepKind.CHANGE: canvas.BLUE,
    StepKind.RUN: canvas.FAINT,
}


def draw(chain: Chain, title: str, subtitle: str, zone: tzinfo) -> bytes:
    """The PNG of 1,200 x 675 pixels."""
    page = Page()
    picture_layout.head(page, title, subtitle)
    shown = rows(chain.steps)
    heights = _heights(shown)
    times = [step.at for step in chain.steps if step.at]
    dates = max(times) - min(times) > _LONG
    middles = [_TOP + sum(heights[:row]) + high / 2 for row, high in enumerate(heights)]
    for y, high, step in zip(middles, heights, shown, strict=True):
        if isinstance(step, int):
            said = f"… {step:,} more steps, in the answer's evidence …"
            page.text(_TEXT, y, said, size=canvas.SMALL, colour=canvas.FAINT)
        else:
            _row(page, y, high, step, zone, dates=dates)
    _rail(page, middles)
    _foot(page, chain)
    return page.png()


def rows(steps: Sequence[ChainStep]) -> list[ChainStep | int]:
    """The steps; of too many the first and the last, and between them how many are left out."""
    if len(steps) <= _MOST:
        return list(steps)
    first = _MOST // 2
    last = _MOST - first - 1
    return [*steps[:first], len(steps) - first - last, *steps[-last:]]


def _heights(shown: Sequence[ChainStep | int]) -> list[float]:
    """Of each row in pixels; together they fill the room, unless they are few."""
    parts = [_BOXED if not isinstance(step, int) and step.kind in _FILLS else 1.0 for step in shown]
    one = min((_BOTTOM - _TOP) / sum(parts), _TALLEST / _BOXED)
    return [part * one for part in parts]


def _row(page: Page, y: float, high: float, step: ChainStep, zone: tzinfo, *, dates: bool) -> None:
    wide = RIGHT - _TEXT
    inner = high - 4
    if step.kind in _FILLS:
        page.box(
            _TEXT - _PAD, y - inner / 2, wide + _PAD, inner,
            fill=_FILLS[step.kind], edge=_EDGES[step.kind],
        )  # fmt: skip
    if step.at:
        when = words.instant(step.at, zone)[5:16] if dates else words.clock(step.at, zone)
        page.text(MARGIN, y, when, colour=canvas.INK)
    _mark(page, y, step)
    lines = [step.sentence, *_below(step)]
    lines = lines[: 3 if high >= _THREE_LINES else 2]
    apart = _LINE if high >= len(lines) * _LINE + 8 else _DENSE
    top = y - (len(lines) - 1) * apart / 2
    room = wide - _PAD
    for at, line in enumerate(lines):
        end = step.kind in _ENDS
        face = canvas.BOLD if end and not at else canvas.REGULAR
        whole = page.width(canvas.drawable(line, face), canvas.BODY, face) <= room
        page.text(
            _TEXT, top + at * apart, line,
            size=canvas.BODY if whole and not at else canvas.SMALL,
            colour=canvas.FAINT if at and not end else canvas.INK,
            face=face,
            room=room,
        )  # fmt: skip


def _below(step: ChainStep) -> list[str]:
    """Who and why, how, and what shows it: what there is of them."""
    who = f"by {short_actor(step.actor)}" if step.actor is not None else ""
    why = f": {step.reasons[-1].text}" if step.reasons else ""
    how = step.via if step.kind in causes_words.MADE_BY else ""
    return [one for one in (who + why, how, causes_words.briefly(step.evidence)) if one]


def _mark(page: Page, y: float, step: ChainStep) -> None:
    if step.kind is StepKind.SYMPTOM:
        page.mark(_RAIL, y, "warning", size=_MARK)
    elif step.actor is not None:
        kind = step.actor.kind
        page.mark(_RAIL, y, kind.value, size=_DIAMOND if kind is ActorKind.CONTROLLER else _MARK)
    else:
        page.mark(_RAIL, y, "between", size=14)


def _rail(page: Page, middles: Sequence[float]) -> None:
    """From each step up to its effect, with a head that says which way it acts."""
    for effect, cause in pairwise(middles):
        top, bottom = effect + _MARK / 2 + 3, cause - _MARK / 2 - 3
        page.line([(_RAIL, bottom), (_RAIL, top)], colour=canvas.FAINT, thick=3)
        head = [(_RAIL - 7, top + 10), (_RAIL, top), (_RAIL + 7, top + 10)]
        page.line(head, colour=canvas.FAINT, thick=3)


def _foot(page: Page, chain: Chain) -> None:
    if chain.ended is not None:
        after = words.duration(max(chain.ended.at - chain.steps[0].at, 0))
        said = f"ended after {after} by {short_actor(chain.ended.actor)}: {chain.ended.sentence}"
        page.text(MARGIN, _ENDED_AT, said, size=canvas.SMALL, room=RIGHT - MARGIN)
    shapes = [step.actor.kind.value for step in chain.steps if step.actor is not None]
    picture_layout.legend(page, shapes, ["read upwards: each step caused what is above it"])
