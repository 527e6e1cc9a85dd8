"""Coverage in words: gaps that matter are listed, the rest is counted."""

from __future__ import annotations

from datetime import UTC
from itertools import pairwise

from kubectl_smart.bot.render.coverage_text import coverage_lines
from kubectl_smart.memory.answers.basis import Basis
from kubectl_smart.memory.records.coverage import Heard

_SECOND = 1_000_000


def basis(heard: list[tuple[int, int]], gaps: list[tuple[int, int]]) -> Basis:
    """What an answer rests on, of one source."""
    return Basis(
        memory="a1",
        behind=(),
        heard=tuple(Heard(source="watch", session=str(a), from_at=a, to_at=b) for a, b in heard),
        covered=not gaps,
        gaps=tuple(gaps),
        reaches=None,
    )


def test_gaps_of_less_than_a_second_are_counted() -> None:
    """A thousand batches a millisecond apart are one interval, and one line about the gaps."""
    heard = [(at * _SECOND, at * _SECOND + 999_000) for at in range(1_000)]
    gaps = [(to, to + 1_000) for _, to in heard[:-1]]

    assert coverage_lines(basis(heard, gaps), UTC) == [
        "heard watch from 1970-01-01 00:00:00 to 1970-01-01 00:16:39",
        "not heard: 999 gaps of less than a second",
    ]


def test_the_longest_of_many_gaps_are_listed() -> None:
    """In order of time; how many shorter ones there are is said."""
    heard = [(at * 100 * _SECOND, (at * 100 + 90 - at) * _SECOND) for at in range(20)]
    gaps = [(to, following) for (_, to), (following, _) in pairwise(heard)]
    lines = coverage_lines(basis(heard, gaps), UTC)

    assert sum(line.startswith("heard watch") for line in lines) == 12
    assert "and 8 shorter intervals" in lines
    listed = [line for line in lines if line.startswith("not heard: 1970")]
    assert listed == sorted(listed)
    assert len(listed) == 12
    assert lines[-1] == "not heard: 7 shorter gaps of a second or more"


def test_nothing_heard_is_said() -> None:
    """An empty memory, or a time before it."""
    assert coverage_lines(basis([], [(1, 5 * _SECOND)]), UTC)[0] == "heard nothing of this time"
