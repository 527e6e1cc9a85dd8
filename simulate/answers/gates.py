"""Gates: what of an answer a script does not let pass, and the sentence that says what it was."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from kubectl_smart.simulate.answers.toll import Toll, counted

GATES = {
    "pending": "a pod stays pending, or a quota or limit refuses it",
    "budget": "a disruption budget is broken, or refuses an eviction",
    "data-loss": "data is gone or out of reach",
    "unavailable": (
        "a service has no endpoint for some time, a workload ends without ready pods, "
        "a Job fails, or nobody makes a pod again"
    ),
}
"""What closes each gate."""
_NAMED = 3


def closed(found: Toll, gates: Collection[str]) -> list[str]:
    """Of these gates, what closes each that is closed, in words, in the order of GATES."""
    return [said for gate, said in _all(found) if gate in gates]


def _all(found: Toll) -> Iterator[tuple[str, str]]:
    if found.pending:
        yield "pending", f"{_number(found.pending, 'pod')} pending ({_listed(found.pending)})"
    if found.refused:
        said = f"{_number(found.refused, 'pod')} refused by a quota or limit"
        yield "pending", f"{said} ({_listed(found.refused)})"
    if found.budgets:
        yield "budget", f"{_number(found.budgets, 'budget')} broken ({_listed(found.budgets)})"
    if found.blocked:
        said = "refuses evictions" if len(found.blocked) == 1 else "refuse evictions"
        yield "budget", f"{_number(found.blocked, 'budget')} {said} ({_listed(found.blocked)})"
    if found.data:
        said = "loses data" if len(found.data) == 1 else "lose data"
        yield "data-loss", f"{_number(found.data, 'pod')} {said} ({_listed(found.data)})"
    for names, noun, said in (
        (found.services, "service", "without endpoints"),
        (found.down, "workload", "without ready pods"),
        (found.failed, "Job", "failed"),
        (found.lost, "pod", "not made again"),
    ):
        if names:
            yield "unavailable", f"{_number(names, noun)} {said} ({_listed(names)})"


def _number(names: Sequence[str], noun: str) -> str:
    return f"{len(names):,} {noun}{'' if len(names) == 1 else 's'}"


def _listed(names: Sequence[str]) -> str:
    """The names; one that comes several times with how often, more than a few with how many."""
    found = [f"{name} × {often:,}" if often > 1 else name for name, often in counted(names)]
    more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
    return ", ".join(found[:_NAMED]) + more
