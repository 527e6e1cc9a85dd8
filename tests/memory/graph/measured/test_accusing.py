"""Who is accused: how near is near enough depends on among how many the first was chosen."""

from __future__ import annotations

import pytest

from kubectl_smart.memory.graph.measured.accusing import Weighed, accused
from kubectl_smart.memory.graph.measured.blame import Blame
from kubectl_smart.memory.records.evidence import Edit, Effect

EDIT = Edit("a", 1, "tom", "api", "patch", "image", "1", "2", "")


def verdict(
    surprise: float, among: int, *, evidence: float = 2.0, path: float = 1.0,
    effect: Effect | None = None,
) -> bool:  # fmt: skip
    """Whether the change on the first of so many candidates is accused."""
    first = Blame("api", (), evidence, path, ())
    others = [Blame(f"other-{at}", (), 0.1, 1.0, ()) for at in range(among - 1)]
    change = Weighed(EDIT, "api", 60, surprise, False, effect)
    return accused([first, *others], {"api": change}) is change


@pytest.mark.parametrize("among", [1, 10, 46])
def test_one_in_twenty_for_any_of_them(among: int) -> None:
    """The chance for one entity, times how many there are."""
    chance = 0.05 / among
    assert verdict(_surprise(chance * 0.9), among)
    assert not verdict(_surprise(chance * 1.1), among)


def test_where_nothing_deviates_it_must_be_nearer() -> None:
    """One in a hundred, and only on what the symptom depends on."""
    assert verdict(_surprise(0.0009), 10, evidence=0.1)
    assert not verdict(_surprise(0.0011), 10, evidence=0.1)
    assert not verdict(_surprise(0.0009), 10, evidence=0.1, path=0.5)
    assert verdict(_surprise(0.0049), 10, evidence=1.0, path=0.5)


def test_what_a_memory_weighed_is_counted_already() -> None:
    """However many candidates, and whether they deviate: the memory saw the trouble itself."""
    known = Effect("api", 5.0, 0.1)
    assert verdict(1.6, 46, evidence=0.1, effect=known)
    assert not verdict(1.5, 46, evidence=5.0, effect=known)
    assert not verdict(3.0, 46, evidence=5.0, path=0.5, effect=known)


def test_without_a_change_nobody_is_accused() -> None:
    """Nor without candidates."""
    assert accused([], {}) is None
    assert accused([Blame("api", (), 5.0, 1.0, ())], {}) is None


def _surprise(chance: float) -> float:
    from math import log10

    return -log10(chance)
