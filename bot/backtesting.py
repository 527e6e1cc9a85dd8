"""Past operations of a memory, each predicted from the state just before it and compared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from kubectl_smart.memory.formats.operations import DELETE, DRAIN, RESTART, ROLLOUT, SCALE
from kubectl_smart.memory.questions.backtest import MOST_CASES, Meanwhile, past_cases
from kubectl_smart.simulate.backtesting import Operation, Other, Row, predicted
from kubectl_smart.simulate.cluster.remembered import remembered

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.operations import PastOperation
    from kubectl_smart.memory.opening import Memory

WORDS = frozenset({DELETE, DRAIN, RESTART, ROLLOUT, SCALE})


class Backtested(NamedTuple):
    """One operation. until: when it was compared, microseconds since 1970-01-01 UTC."""

    past: PastOperation
    until: int
    rows: tuple[Row, ...]
    lacks: tuple[str, ...]


def backtested(
    memory: Memory,
    *,
    since: int | None = None,
    until: int | None = None,
    namespace: str | None = None,
    seed: int = 0,
    limit: int = MOST_CASES,
) -> tuple[Backtested, ...]:
    """The newest operations of a window, oldest first.

    namespace  only of workloads there
    limit      at most so many
    """
    found = []
    with memory.index.snapshot():
        cases = past_cases(
            memory.store, memory.index, words=WORDS, since=since, until=until,
            namespace=namespace, limit=limit,
        )  # fmt: skip
        for case in cases:
            past, before = case.past, remembered(case.before)
            rows = predicted(
                before.objects,
                remembered(case.after).objects,
                Operation(past.operation, past.object, case.made, past.at, case.until),
                _others(case.meanwhile),
                _others(case.earlier),
                seed=seed,
            )
            found.append(Backtested(past, case.until, rows, before.lacks))
    return tuple(reversed(found))


def _others(found: Iterable[Meanwhile]) -> tuple[Other, ...]:
    return tuple(Other(one.at, one.object, one.word, one.sentence) for one in found)


class Score(NamedTuple):
    """How many workloads were compared; of these how many had the counts, and the very pods."""

    operations: int
    compared: int
    counts: int
    pods: int
    disturbed: int


def score(found: Iterable[Backtested]) -> Score:
    """The figures of all of it; workloads to which something else was done are no test."""
    operations = list(found)
    rows = [row for one in operations for row in one.rows]
    tests = [row for row in rows if not row.disturbed]
    return Score(
        len(operations),
        len(tests),
        sum(row.counts_right for row in tests),
        sum(row.pods_right for row in tests),
        len(rows) - len(tests),
    )
