"""What every picture has: a title, lanes over one time axis, a numbered list, a legend."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import NamedTuple

from kubectl_smart.bot.render import canvas, marks, text, words
from kubectl_smart.bot.render.canvas import Page
from kubectl_smart.bot.render.marks import Cluster, Mark
from kubectl_smart.bot.render.time_axis import TimeAxis, ticks
from kubectl_smart.memory.records.actors import Actor

MARGIN = 30.0
RIGHT = canvas.WIDTH - MARGIN
TOP = 124.0
"""Where the lanes begin."""
AXIS = 408.0
"""Where the lanes end and the axis stands."""

ROWS = 6
APART = 62.0
"""Pixels between marks that are told apart: a mark and its number."""

_TITLE_AT, _SUBTITLE_AT = 36.0, 78.0
_LIST_AT, _ROW = 468.0, 31.0
_LEGEND_AT = 654.0
_TICKS = 6
_JOINED = 6
_SMALL = 40
_SERVICE_ACCOUNT = re.compile(r"^system:serviceaccount:[^:]*:")
_LEGEND_WORDS = {
    "human": "person",
    "automation": "automation",
    "controller": "controller",
    "node": "node",
    "unknown": "unknown",
}


class Lane(NamedTuple):
    """The clusters of one lane and the height it is drawn at."""

    y: float
    clusters: Sequence[Cluster]


def short_actor(found: Actor | None) -> str:
    """Who acted, of a service account only the last part of its name."""
    if found is None:
        return ""
    return text.actor(replace(found, name=_SERVICE_ACCOUNT.sub("", found.name)))


def head(page: Page, title: str, subtitle: str) -> None:
    """The two lines at the top."""
    room = RIGHT - MARGIN
    page.text(MARGIN, _TITLE_AT, title, size=canvas.LARGE, face=canvas.BOLD, room=room)
    page.text(MARGIN, _SUBTITLE_AT, subtitle, size=canvas.SMALL, colour=canvas.FAINT, room=room)


def time_axis(page: Page, axis: TimeAxis, zone: tzinfo) -> None:
    """The axis below the lanes, with hair lines through them."""
    page.line([(axis.left, AXIS), (axis.right, AXIS)], colour=canvas.FAINT)
    for at, written in ticks(axis, zone, _TICKS):
        x = axis.x(at)
        page.line([(x, TOP), (x, AXIS + 7)], thick=1.2, layer=0)
        half = page.width(written, canvas.SMALL) / 2
        middle = min(max(x, MARGIN + half), RIGHT - 6 - half)
        page.text(middle, AXIS + 24, written, size=canvas.SMALL, anchor="center")


def place(axis: TimeAxis, found: Iterable[Mark]) -> list[Cluster]:
    """The marks of one lane, joined where they could not be told apart."""
    ordered = sorted(found, key=lambda mark: mark.at)
    return marks.clusters([(axis.x(mark.at), mark) for mark in ordered], APART)


def name_marks(page: Page, lanes: Sequence[Lane], zone: tzinfo, *, dates: bool) -> int:
    """Number the heaviest marks and list them below; how many marks are named.

    A cluster counts with all its marks whose label begins in the list.
    """
    every = [(lane.y, cluster) for lane in lanes for cluster in lane.clusters]
    chosen = marks.named([cluster for _, cluster in every], ROWS)
    told = 0
    for row, at in enumerate(chosen):
        y, cluster = every[at]
        first = cluster.marks[0]
        page.mark(cluster.x, y, first.shape)
        page.number(cluster.x + (27 if cluster.x < RIGHT - 40 else -27), y, row + 1)
        told += _list_row(page, row, cluster, zone, dates=dates)
    return told


def small_marks(page: Page, lane: Lane, axis: TimeAxis) -> None:
    """Every mark of a lane at its own place: a small hollow one; where they are many, a tick."""
    spots = {
        (round(axis.x(mark.at)), mark.shape): None
        for cluster in lane.clusters
        for mark in cluster.marks
    }
    for x, shape in spots:
        if len(spots) <= _SMALL:
            page.mark(x, lane.y, shape, size=13, hollow=True)
        else:
            ends = [(float(x), lane.y - 8), (float(x), lane.y + 8)]
            page.line(ends, colour=canvas.SHAPES[shape].colour, thick=1.6, layer=3)


def legend(page: Page, shapes: Iterable[str], said: Sequence[str]) -> None:
    """What the shapes of actors stand for, and on the right what is not named.

    All other shapes have lanes of their own, which say so.
    """
    count = "; ".join(one for one in said if one)
    page.text(RIGHT, _LEGEND_AT, count, size=canvas.SMALL, anchor="right", colour=canvas.FAINT)
    end = RIGHT - page.width(canvas.drawable(count), canvas.SMALL) - 20
    x = MARGIN
    found = set(shapes)
    for shape, name in _LEGEND_WORDS.items():
        if shape not in found:
            continue
        wide = 46 + page.width(name, canvas.SMALL)
        if x + wide > end:
            break
        page.mark(x + 9, _LEGEND_AT, shape, size=17)
        page.text(x + 25, _LEGEND_AT, name, size=canvas.SMALL, colour=canvas.FAINT)
        x += wide


def _list_row(page: Page, row: int, cluster: Cluster, zone: tzinfo, *, dates: bool) -> int:
    """One row of the list; how many marks it tells of."""
    y = _LIST_AT + row * _ROW
    page.number(MARGIN + 14, y, row + 1)
    page.mark(MARGIN + 46, y, cluster.marks[0].shape, size=17)
    at = cluster.first_at
    when = words.instant(at, zone)[:16] if dates else words.clock(at, zone)
    x = MARGIN + 66
    page.text(x, y, when, colour=canvas.FAINT)
    x += page.width(when, canvas.BODY) + 14
    said, told = _joined(page, cluster.marks, RIGHT - x)
    page.text(x, y, said, room=RIGHT - x)
    return told


def _joined(page: Page, found: Sequence[Mark], room: float) -> tuple[str, int]:
    """The labels that fit into one row, the first cut if it must be; and how many they are."""
    for count in range(min(len(found), _JOINED), 1, -1):
        more = f" (+{len(found) - count:,} more)" if len(found) > count else ""
        said = " · ".join(map(canvas.drawable, _briefly(found[:count])))
        if page.width(said + more, canvas.BODY) <= room:
            return said + more, count
    more = f" (+{len(found) - 1:,} more)" if len(found) > 1 else ""
    left = room - page.width(more, canvas.BODY)
    return page.fitting(found[0].label, left, canvas.BODY) + more, 1


def _briefly(found: Sequence[Mark]) -> list[str]:
    """The labels, without the object's name where the one before has it too."""
    said: list[str] = []
    before = ""
    for mark in found:
        label = mark.brief or mark.label
        name, colon, _ = label.partition(": ")
        said.append(label.removeprefix(before) if before else label)
        before = name + colon if colon else ""
    return said
