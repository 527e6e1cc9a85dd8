"""What is in a simulation's answer, in the words that all faces use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_smart.simulate.answers.model import (
    Answer,
    BudgetEnd,
    Counts,
    Loss,
    Outcome,
    PodEnd,
    ServiceEnd,
    Stage,
    WorkloadEnd,
)
from kubectl_smart.simulate.answers.toll import owner_of, title_of

_SHOWN = 8

title = title_of


def when(one: Stage) -> str:
    """When it happens, or within which bounds: `40–80 s`."""
    if (one.earliest, one.latest) != (one.begin, one.end):
        return f"{one.earliest:.0f}–{one.latest:.0f} s"
    if one.end - one.begin < 1:
        return f"{one.begin:.0f} s"
    return f"{one.begin:.0f}–{one.end:.0f} s"


def pods(number: int) -> str:
    """`1 pod`, `12 pods`."""
    return f"{number:,} {'pod' if number == 1 else 'pods'}"


def stage(one: Stage) -> str:
    """What happens, and why where that is known: `ended: its node is gone`."""
    return f"{one.name}: {one.detail}" if one.detail else one.name


def stages_of(answer: Answer, number: int) -> list[Stage]:
    """The stages that begin after the command of that number, from 1, and before the next."""
    return [one for one in answer.stages if one.command == number]


def nothing(answer: Answer, number: int) -> str:
    """What is said of a command after which no stage begins."""
    if any(one.done for one in answer.commands[number:]):
        return "nothing happens to any pod before the next command"
    return "nothing happens to any pod"


def given(answer: Answer, number: int) -> str:
    """`at 12 s`; or that it was refused, which a shell passes over as it does after a `;`."""
    one = answer.commands[number - 1]
    return f"at {one.at:.0f} s" if one.done else "refused as a whole"


def refused(answer: Answer) -> str:
    """One sentence about the commands of several that came to nothing; "" if none did."""
    found = [
        f"command {number} of {len(answer.commands)} is refused: {'; '.join(one.refused)}"
        for number, one in enumerate(answer.commands, start=1)
        if not one.done
    ]
    return f"{'; '.join(found)}; the others are simulated without it" if found else ""


def touched(one: WorkloadEnd) -> bool:
    """Whether anything changed, or was less for a while."""
    return one.before != one.after or one.least < one.before.ready


def counts(one: Counts, asked: int | None = None) -> str:
    """`2/3 ready, 1 pending`: of those that are wanted, if that is known, else of those there."""
    waiting = f", {one.pending} pending" if one.pending else ""
    return f"{one.ready}/{one.bound + one.pending if asked is None else asked} ready{waiting}"


def fewest(one: WorkloadEnd) -> str:
    """`1 at 53 s`; "" if there were never fewer than before."""
    return f"{one.least} at {one.least_at:.0f} s" if one.least < one.before.ready else ""


def pending(answer: Answer, *, old: bool = False) -> dict[tuple[str, str], list[PodEnd]]:
    """By (workload, message) the pods that came to wait; old: also those that had waited before."""
    groups: dict[tuple[str, str], list[PodEnd]] = {}
    for one in answer.pods:
        if one.node is None and (old or one.outcome == Outcome.PENDING):
            groups.setdefault((owner_of(one), one.message or ""), []).append(one)
    return groups


def empty_services(answer: Answer) -> Iterator[ServiceEnd]:
    """Those that have no endpoint at some time."""
    return (one for one in answer.services if one.empty is not None)


def service(one: ServiceEnd) -> str:
    """`shop/api: from 0 s until 53 s`."""
    since, until = one.empty or (0.0, None)
    lasting = "and stays so" if until is None else f"until {until:.0f} s"
    return f"{one.namespace}/{one.name}: from {since:.0f} s {lasting}"


def budget(one: BudgetEnd) -> Iterator[str]:
    """What became of it; nothing if all is well."""
    place = f"{one.namespace}/{one.name}"
    if one.blocked:
        yield f"{place} refuses the eviction of {listed(one.blocked)}"
    if one.broken:
        yield f"{place} is broken: {one.healthy_after} healthy, {one.desired} needed"


def loss(one: Loss) -> str:
    """`shop/db-0: local volume: pv-1 of claim data-db-0 is reachable from no node that is left`."""
    return f"{one.namespace}/{one.pod}: {one.what}: {one.detail}"


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more."""
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"


def ground(answer: Answer) -> Iterator[str]:
    """What the answer rests on, and what it leaves out."""
    tied = sum(bool(one.tied) for one in answer.pods)
    before, after = answer.nodes
    yield f"{before} nodes before, {after} after; quiet after {answer.seconds:.0f} s"
    if not answer.settled:
        yield "the end of the simulated time came before everything was quiet"
    if tied:
        yield f"{pods(tied)} had equally good nodes: seed {answer.seed} chose"
    beside = [f"{one.namespace}/{one.name} ({one.beside})" for one in answer.services if one.beside]
    if beside:
        yield f"endpoints that others wrote into EndpointSlices are taken to stay: {listed(beside)}"
    yield "not modelled: " + "; ".join(answer.not_modelled)
