"""A sweep for a terminal: the losses as a table, the worst first, and what the worst one does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_smart.bot.render.printable import one_line
from kubectl_smart.bot.render.simulation_past import ground as began_from
from kubectl_smart.bot.render.tables import table
from kubectl_smart.bot.render.text import heading
from kubectl_smart.simulate.answers.gates import GATES, closed
from kubectl_smart.simulate.answers.toll import ORDER, Toll
from kubectl_smart.simulate.sweeps.sweep import Loss, SweepAnswer

HEADS = ("PODS", "GONE", "DATA", "PENDING", "SERVICES", "BUDGETS", "WITHOUT")
"""What stands in a row behind the name; `cells` makes it."""


def sweep(answer: SweepAnswer, top: int | None, *, wide: bool = False) -> list[str]:
    """Lines. top: how many losses; None for all. wide: with the command that each is like."""
    shown = answer.losses[:top]
    lines = [heading(title(answer)), ""]
    lines += table(
        ["#", answer.what[:-1].upper(), *HEADS, *(["LIKE"] if wide else [])],
        [
            [str(place), one_line(one.case.name), *cells(one), *(_like(one) if wide else [])]
            for place, one in enumerate(shown, start=1)
        ],
    )
    rest = len(answer.losses) - len(shown)
    if rest:
        lines.append(f"and {rest:,} more; -o wide shows them all")
    return [*lines, *_worst(answer), "", *ground(answer)]


def title(answer: SweepAnswer) -> str:
    """`SWEEP of 6 nodes, each lost by itself, the worst first`."""
    count = len(answer.losses)
    noun = answer.what[:-1] if count == 1 else answer.what
    return f"SWEEP of {count:,} {noun}, each lost by itself, the worst first"


def cells(one: Loss) -> list[str]:
    """The numbers under HEADS; nothing for none."""
    found = one.toll
    counts = (one.case.pods, *map(len, (found.lost, found.data, (*found.pending, *found.refused))))
    more = (len(found.services), len(found.budgets))
    return [*(f"{count:,}" if count else "" for count in (*counts, *more)), without(found)]


def without(found: Toll) -> str:
    """How long a service has no endpoint: `52 s`, `for good`; "" if none is without."""
    if not found.services:
        return ""
    return "for good" if found.without is None else f"{found.without:.0f} s"


def hurts(found: Toll) -> bool:
    """Whether it does anything of what losses are ranked by."""
    return any(found.rank)


def worst(answer: SweepAnswer) -> tuple[Loss, Sequence[str]] | None:
    """The worst loss and what it does, in words; None if none does anything."""
    first = answer.losses[0]
    return (first, closed(first.toll, GATES)) if hurts(first.toll) else None


def ground(answer: SweepAnswer) -> list[str]:
    """What the ranking rests on."""
    harmless = sum(not hurts(one.toll) for one in answer.losses)
    unsettled = sum(not one.settled for one in answer.losses)
    return [
        f"{answer.pods:,} pods on {answer.nodes:,} nodes; losses that do nothing that counts: "
        f"{harmless:,}; seed {answer.seed}",
        f"ranked by {', then '.join(ORDER)}",
        *([f"{unsettled:,} were not quiet at the end of the simulated time"] if unsettled else []),
        "not modelled: " + "; ".join(answer.not_modelled),
        *began_from(answer.ground),
    ]


def _worst(answer: SweepAnswer) -> Iterator[str]:
    found = worst(answer)
    if found is None:
        return
    loss, said = found
    yield ""
    yield heading(f"WITHOUT {one_line(loss.case.name)}")
    yield from (f"  {one_line(each)}" for each in said)
    yield from (f"  all of it: simulate {_quoted(line)}" for line in loss.case.lines[:1])


def _like(one: Loss) -> list[str]:
    more = f" (and {len(one.case.lines) - 1:,} more)" if len(one.case.lines) > 1 else ""
    return [one_line(one.case.lines[0]) + more]


def _quoted(line: str) -> str:
    return f'"{one_line(line)}"'
