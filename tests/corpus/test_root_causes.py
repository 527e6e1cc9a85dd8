"""Public root-cause cases: the share that is traced right, and floors it never falls below.

One algorithm and one set of constants for all. Chance is what a random order of the candidates
would reach.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from kubectl_smart.memory.formats.bundles import read_bundle
from kubectl_smart.memory.questions.bundle_trace import trace_bundle

FLOORS = {
    "petshop": (0.65, 0.88),
    "nezha_ob": (0.80, 0.93),
    "nezha_tt": (0.40, 0.60),
    "rcd_sockshop": (0.98, 0.98),
}
"""(AC@1, AC@3): the part of the cases where a true cause is first, or among the first three."""
TRUE_CHANGE, NONE_ACCUSED = 0.80, 0.95


class Scored(NamedTuple):
    """One case; the change is None where the case has none, and free is without it."""

    rank: int
    chance: tuple[float, float]
    change: bool | None
    free: bool


@pytest.fixture(scope="module")
def cases(corpus: Path) -> Path:
    """The folder of the cases; skips where it is not there."""
    if not (corpus / "rca" / "cases").is_dir():
        pytest.skip("no root-cause cases here")
    return corpus / "rca"


@cache
def _scored(folder: Path, dataset: str) -> list[Scored]:
    truth = json.loads((folder / "truth" / f"{dataset}.json").read_bytes())
    return list(_each(folder, dataset, truth))


def _each(folder: Path, dataset: str, truth: dict[str, dict[str, object]]) -> Iterator[Scored]:
    for path in sorted((folder / "cases" / dataset).glob("*.json.gz")):
        evidence = read_bundle(path)
        answer = trace_bundle(evidence)
        known = truth[evidence.name]
        right = known["entities"]
        assert isinstance(right, list)
        rank = next(at for at, one in enumerate(answer.causes) if one.entity in right)
        size, hits = len(answer.causes), len(right)
        missed = (size - hits) * (size - hits - 1) * (size - hits - 2)
        chance = (hits / size, 1.0 - missed / (size * (size - 1) * (size - 2)))
        change = known["change_aug_id"]
        accused = None if answer.change is None else answer.change.id
        if change is None:
            yield Scored(rank, chance, None, accused is None)
            continue
        others = tuple(one for one in evidence.edits if one.id != change)
        free = trace_bundle(replace(evidence, edits=others)).change is None
        yield Scored(rank, chance, accused == change, free)


@pytest.mark.parametrize("dataset", sorted(FLOORS))
def test_the_true_cause_is_among_the_first(cases: Path, dataset: str) -> None:
    """At least as often as the floor says; and what chance would reach, for comparison."""
    found = _scored(cases, dataset)
    shares = tuple(sum(one.rank < most for one in found) / len(found) for most in (1, 3))
    chance = tuple(sum(one.chance[at] for one in found) / len(found) for at in (0, 1))
    print(
        f"{dataset}: {len(found)} cases, AC@1 {shares[0]:.2f} (chance {chance[0]:.2f}),"
        f" AC@3 {shares[1]:.2f} (chance {chance[1]:.2f})"
    )
    assert shares[0] >= FLOORS[dataset][0]
    assert shares[1] >= FLOORS[dataset][1]


def test_the_true_change_is_accused_and_no_other(cases: Path) -> None:
    """Where there is one, mostly; where there is none (or it is taken away), hardly ever any."""
    found = [one for dataset in FLOORS for one in _scored(cases, dataset)]
    changed = [one.change for one in found if one.change is not None]
    print(
        f"true change {sum(changed)}/{len(changed)},"
        f" none accused {sum(one.free for one in found)}/{len(found)}"
    )
    assert sum(changed) / len(changed) >= TRUE_CHANGE
    assert sum(one.free for one in found) / len(found) >= NONE_ACCUSED
