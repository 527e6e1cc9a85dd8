"""The course of a simulation as a picture."""

from __future__ import annotations

import struct

import pytest
from frail_cluster import frail_cluster
from made_answers import HOSTILE
from made_snapshots import deployment, node, run

from kubectl_smart.bot.render import simulation_picture
from kubectl_smart.simulate.answers.model import Point

_CALM = Point(0.0, 3, 0, 0, 0, 0)


def size(png: bytes) -> tuple[int, int]:
    """Width and height in pixels, from the PNG's header."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    wide, high = struct.unpack(">II", png[16:24])
    return wide, high


def test_the_stages_are_drawn_and_told() -> None:
    """The same bytes each time; the words say how it was before, at worst and at the end."""
    answer = run(frail_cluster(), "kubectl delete node two")
    sketch = simulation_picture.sketch(answer)
    assert sketch is not None
    png = sketch.draw()
    assert size(png) == (1_200, 675)
    assert sketch.draw() == png
    assert sketch.title == "Impact of kubectl delete node two"
    assert "Before: 3 ready. Fewest ready: 1 after 0 s. At the end: 2 ready, 1 pending" in (
        sketch.alt
    )
    assert "1 service without endpoints" in sketch.alt


def test_another_course_is_another_picture() -> None:
    """What is drawn depends on the numbers."""
    rest = (Point(1.0, 1, 2, 0, 0, 0), Point(2.0, 3, 0, 0, 0, 0))
    other = (Point(1.0, 2, 1, 0, 0, 0), Point(2.0, 3, 0, 0, 0, 0))
    assert simulation_picture.draw((_CALM, *rest), "t", "s") != simulation_picture.draw(
        (_CALM, *other), "t", "s"
    )


def test_nothing_has_no_picture() -> None:
    """A sentence says so better."""
    assert simulation_picture.sketch(run(frail_cluster(), "kubectl delete node three")) is None


@pytest.mark.parametrize("last", [0.0, 0.02, 0.9, 61.0, 14_400.0])
@pytest.mark.parametrize("pods", [0, 1, 2, 7, 150_000])
def test_courses_of_any_length_and_height_are_drawn(last: float, pods: int) -> None:
    """All states at once, in one instant or over hours, of no pods or of very many."""
    course = (_CALM, Point(last, pods, pods, pods, pods, pods))
    assert size(simulation_picture.draw(course, "title", "subtitle")) == (1_200, 675)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_drawn_as_they_are(text: str) -> None:
    """No mathematics, no TeX, no warning of a missing glyph."""
    assert size(simulation_picture.draw((_CALM,), text, text)) == (1_200, 675)


def test_words_stay_within_what_slack_takes() -> None:
    """Of many long commands too."""
    objects = [node("one"), *deployment("web", ["one"])]
    lines = ["kubectl delete pods -n shop --all --wait=false"] * 40
    sketch = simulation_picture.sketch(run(objects, *lines))
    assert sketch is not None
    assert len(sketch.title) <= 200
    assert 1 <= len(sketch.alt) <= 1_000
