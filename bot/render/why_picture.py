"""The decision history of `why` as a picture: a field's values over time, and what followed.

Numbers are a step line, other values labelled spans, at most three paths of a field below each
other. A whole object is a lane of marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import canvas, picture_layout, words
from kubectl_smart.bot.render.canvas import Page
from kubectl_smart.bot.render.marks import Mark
from kubectl_smart.bot.render.picture_layout import AXIS, MARGIN, RIGHT, TOP, Lane, short_actor
from kubectl_smart.bot.render.time_axis import TimeAxis
from kubectl_smart.bot.render.value_lanes import (
    Course,
    common_beginning,
    courses,
    draw_course,
    short_value,
)

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.why import Decision, Followed, WhyAnswer

_LANES = 3
_WARNINGS = 52.0
_GUTTER = 124.0
_LONG = 86_400_000_000
_LEAST = 1_000_000


def title(answer: WhyAnswer) -> str:
    """`payments/deployment payment-api: replicas`."""
    return f"{answer.object.title}: {answer.field}" if answer.field else answer.object.title


def draw(answer: WhyAnswer, zone: tzinfo) -> bytes:
    """The PNG. There must be at least one decision."""
    page = Page()
    axis = _axis(answer)
    every = courses(answer) if answer.field else []
    shown = every[:_LANES]
    warned = _warnings(answer)
    bottom = AXIS - (_WARNINGS if warned else 8.0)
    picture_layout.head(page, title(answer), _subtitle(answer, zone))
    picture_layout.time_axis(page, axis, zone)
    lanes = _decision_lanes(page, answer, shown, axis, bottom)
    if warned:
        y = AXIS - _WARNINGS / 2
        page.text(MARGIN, y, "warnings", size=canvas.SMALL, room=_GUTTER - 12, colour=canvas.FAINT)
        lanes.append(Lane(y, picture_layout.place(axis, warned)))
        picture_layout.small_marks(page, lanes[-1], axis)
    dates = axis.high - axis.low > _LONG
    told = picture_layout.name_marks(page, lanes, zone, dates=dates)
    total = len(answer.decisions) + len(warned)
    shapes = {mark.shape for lane in lanes for one in lane.clusters for mark in one.marks}
    hidden = len(every) - len(shown)
    picture_layout.legend(
        page,
        shapes,
        [
            f"{hidden:,} more fields" if hidden else "",
            "↩ rollback" if any(_rollback(one) for one in answer.decisions) else "",
            f"{told:,} of {total:,} named" if told < total else "",
        ],
    )
    return page.png()


def _subtitle(answer: WhyAnswer, zone: tzinfo) -> str:
    first, last = answer.decisions[0].at, answer.decisions[-1].at
    decisions = (
        "1 decision" if len(answer.decisions) == 1 else f"{len(answer.decisions):,} decisions"
    )
    begin, end = words.instant(first, zone), words.instant(last, zone)
    window = f"{begin} to {end}" if first != last else begin
    now = f"; now {words.value(answer.current[0][1])}" if len(answer.current) == 1 else ""
    return f"{decisions}, {window} {words.zone_name(last, zone)}{now}"


def _axis(answer: WhyAnswer) -> TimeAxis:
    """From a little before the first decision to a little after the last thing known of it."""
    first, last = answer.decisions[0].at, answer.decisions[-1].at
    seen = [one.first_at for decision in answer.decisions for one in decision.followed]
    high = max([last, *seen])
    if first == high and answer.basis.reaches is not None:
        high = max(high, answer.basis.reaches[1])
    span = max(high - first, _LEAST)
    return TimeAxis(first - span // 16, high + span // 9, _GUTTER + MARGIN, RIGHT)


def _decision_lanes(
    page: Page, answer: WhyAnswer, shown: Sequence[Course], axis: TimeAxis, bottom: float
) -> list[Lane]:
    """Draw the values; lanes for the marks of the decisions that set them."""
    if not shown:
        y = (TOP + bottom) / 2
        page.line([(axis.left, y), (axis.right, y)], colour=canvas.FAINT, thick=3)
        lane = Lane(y, picture_layout.place(axis, [_mark(one, answer) for one in answer.decisions]))
        picture_layout.small_marks(page, lane, axis)
        return [lane]
    high = (bottom - TOP) / len(shown)
    lanes: list[Lane] = []
    taken: set[int] = set()
    for number, course in enumerate(shown):
        top = TOP + number * high
        mine = [at for at in course.decisions if at not in taken]
        taken |= set(mine)
        heights = draw_course(page, course, axis, top, high, alone=len(shown) == 1)
        for y in sorted(set(heights.values())):
            of_height = [answer.decisions[at] for at in mine if heights[at] == y]
            found = picture_layout.place(axis, [_mark(one, answer) for one in of_height])
            lanes.append(Lane(y, found))
            picture_layout.small_marks(page, lanes[-1], axis)
    return lanes


def _rollback(decision: Decision) -> bool:
    return any(value.rollback is not None for value in decision.values)


def _mark(decision: Decision, answer: WhyAnswer) -> Mark:
    weight = 10 + 40 * any(value.asked for value in decision.values)
    weight += 30 * (decision is answer.decisions[-1]) + 20 * _rollback(decision)
    weight += 5 * (decision is answer.decisions[0])
    return Mark(decision.at, weight, decision.actor.kind.value, label(decision, answer))


def label(decision: Decision, answer: WhyAnswer, *, back: str = "↩ after") -> str:
    """`3 → 5 by sarah@example.com ↩ after 3.9 s: the stated reason`.

    back  how a rollback is said
    """
    if decision.values and answer.field:
        one = decision.values[0]
        beginning = common_beginning((one.before, one.after))
        before, after = words.value(one.before), short_value(one.after, beginning)
        more = len(decision.values) - 1
        said = f"{before} → {after}" + (f" (+{more:,} more)" if more else "")
    else:
        said = decision.sentence.partition(": ")[2] or decision.sentence
    found = next((one.rollback for one in decision.values if one.rollback is not None), None)
    undone = f" {back} {words.duration(found.after)}" if found is not None else ""
    reason = decision.reason or (decision.reasons[-1].text if decision.reasons else "")
    return f"{said} by {short_actor(decision.actor)}{undone}{f': {reason}' if reason else ''}"


def _warnings(answer: WhyAnswer) -> list[Mark]:
    """What followed, each thing once, though several decisions may name it."""
    found: dict[tuple[str, int], Followed] = {}
    for decision in answer.decisions:
        for one in decision.followed:
            found.setdefault((one.kind, one.first_at), one)
    return [
        Mark(one.first_at, 25, "warning", f"{one.kind}{words.times(one.count)}")
        for one in found.values()
    ]
