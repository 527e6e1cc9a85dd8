"""A simulation's answer for a terminal: the impact by stage first, then what it comes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_smart.bot.render.printable import one_line
from kubectl_smart.bot.render.simulation_past import callers, ground, history
from kubectl_smart.bot.render.tables import table
from kubectl_smart.bot.render.text import heading
from kubectl_smart.simulate.answers.model import Answer, Counts, PodEnd, Stage, WorkloadEnd

_SHOWN = 8
_MESSAGES = 12


def simulation(answer: Answer, *, wide: bool = False) -> list[str]:
    """Lines. wide: every pod of a stage, and workloads that have not changed."""
    return [
        *_said(answer),
        *_stages(answer, wide),
        *_workloads(answer, wide),
        *_pending(answer, wide),
        *_services(answer),
        *_budgets(answer),
        *_lost(answer),
        *history(answer.similar),
        *_basis(answer),
    ]


def _said(answer: Answer) -> Iterator[str]:
    for one in answer.commands:
        yield heading(f"IMPACT of {one_line(one.text)}")
        for refusal in one.refused:
            yield f"  kubectl would say: {one_line(refusal)}"


def _stages(answer: Answer, wide: bool) -> Iterator[str]:
    if not answer.stages:
        yield "  nothing happens to any pod"
    for stage in answer.stages:
        cause = f": {one_line(stage.detail)}" if stage.detail else ""
        yield f"  {_when(stage):<18} {_pods(len(stage.pods))} {stage.name}{cause}"
        if wide:
            yield from (f"{'':20} {space}/{name}" for space, name in stage.pods)


def _when(stage: Stage) -> str:
    """When it happens, or within which bounds, in words."""
    if (stage.earliest, stage.latest) != (stage.begin, stage.end):
        return f"{stage.earliest:.0f}–{stage.latest:.0f} s"
    if stage.end - stage.begin < 1:
        return f"{stage.begin:.0f} s"
    return f"{stage.begin:.0f}–{stage.end:.0f} s"


def _pods(number: int) -> str:
    return f"{number:>4} {'pod' if number == 1 else 'pods'}"


def _workloads(answer: Answer, wide: bool) -> Iterator[str]:
    found = [one for one in answer.workloads if wide or _touched(one)]
    if not found:
        return
    yield ""
    yield heading("WORKLOADS")
    rows = [
        [
            f"{one.namespace}/{one.kind.lower()}/{one.name}",
            _counts(one.before),
            _counts(one.after),
            f"{one.least} at {one.least_at:.0f} s" if one.least < one.before.ready else "",
        ]
        for one in found
    ]
    yield from table(["WORKLOAD", "BEFORE", "AFTER", "FEWEST READY"], rows)


def _touched(one: WorkloadEnd) -> bool:
    return one.before != one.after or one.least < one.before.ready


def _counts(one: Counts) -> str:
    pending = f", {one.pending} pending" if one.pending else ""
    return f"{one.ready}/{one.bound + one.pending} ready{pending}"


def _pending(answer: Answer, wide: bool) -> Iterator[str]:
    groups: dict[tuple[str, str], list[PodEnd]] = {}
    for one in answer.pods:
        if one.node is None and (wide or one.outcome == "pending"):
            owner = one.name if one.owner is None else f"{one.owner[0].lower()}/{one.owner[1]}"
            key = (f"{one.namespace}/{owner}", one.message or "")
            groups.setdefault(key, []).append(one)
    if not groups:
        return
    yield ""
    yield heading("PENDING, in the scheduler's words")
    for (owner, message), pods in list(groups.items())[: None if wide else _MESSAGES]:
        yield f"  {len(pods)} × {owner}"
        yield f"    {one_line(message)}"
    if not wide and len(groups) > _MESSAGES:
        yield f"  and {len(groups) - _MESSAGES} more; -o wide shows them all"


def _services(answer: Answer) -> Iterator[str]:
    found = [one for one in answer.services if one.empty is not None]
    if not found:
        return
    yield ""
    yield heading("SERVICES WITHOUT ENDPOINTS")
    for one in found:
        since, until = one.empty or (0.0, None)
        lasting = "and stays so" if until is None else f"until {until:.0f} s"
        yield f"  {one.namespace}/{one.name}: from {since:.0f} s {lasting}"
        yield from callers(one)


def _budgets(answer: Answer) -> Iterator[str]:
    found = [one for one in answer.budgets if one.broken or one.blocked]
    if not found:
        return
    yield ""
    yield heading("DISRUPTION BUDGETS")
    for one in found:
        place = f"{one.namespace}/{one.name}"
        if one.blocked:
            yield f"  {place} refuses the eviction of {_listed(one.blocked)}"
        if one.broken:
            yield f"  {place} is broken: {one.healthy_after} healthy, {one.desired} needed"


def _lost(answer: Answer) -> Iterator[str]:
    if not answer.lost:
        return
    yield ""
    yield heading("LOST")
    for one in answer.lost:
        yield f"  {one.namespace}/{one.pod}: {one.what}: {one_line(one.detail)}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"


def _basis(answer: Answer) -> Iterator[str]:
    tied = sum(bool(one.tied) for one in answer.pods)
    yield ""
    before, after = answer.nodes
    yield f"{before} nodes before, {after} after; quiet after {answer.seconds:.0f} s"
    if not answer.settled:
        yield "the end of the simulated time came before everything was quiet"
    if tied:
        yield f"{_pods(tied).strip()} had equally good nodes: seed {answer.seed} chose"
    yield "not modelled: " + "; ".join(answer.not_modelled)
    yield from ground(answer.ground)
