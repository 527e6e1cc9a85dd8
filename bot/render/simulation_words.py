"""What is in a simulation's answer, in the words that all faces use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_smart.simulate.answers.model import (
    Answer,
    BudgetEnd,
    Confidence,
    Counts,
    Loss,
    Outcome,
    PodEnd,
    ServiceEnd,
    Shortage,
    SinglePoint,
    Stage,
    WorkloadEnd,
)
from kubectl_smart.simulate.answers.toll import owner_of, title_of

_SHOWN = 8
_LONG = 600
"""Seconds from which on minutes are told."""
_SAID = {
    "deletion asked for": "asked to end",
    "eviction refused": "not evicted",
    "makes room": "to be placed where others make room",
    "not placed": "placed nowhere",
}
"""What follows `3 pods`, where the name of a stage does not."""

title = title_of


def when(one: Stage) -> str:
    """When it happens, or within which bounds: `40–80 s`."""
    begin, end = one.begin, one.end
    if (one.earliest, one.latest) != (begin, end):
        begin, end = one.earliest, one.latest
    elif end - begin < 1:
        return lasting(begin)
    if end >= _LONG:
        said = lasting(begin), lasting(end)
        return said[0] if said[0] == said[1] else " – ".join(said)
    return f"{begin:.0f}–{end:.0f} s"


def lasting(seconds: float) -> str:
    """`53 s`, `12 min`, `4 h`, `4 h 10 min`."""
    if seconds < _LONG:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    parts = (f"{hours:,} h" if hours else "", f"{minutes} min" if minutes or not hours else "")
    return " ".join(filter(None, parts))


def pods(number: int) -> str:
    """`1 pod`, `12 pods`."""
    return f"{number:,} {'pod' if number == 1 else 'pods'}"


def stage(one: Stage) -> str:
    """What happens, and why where that is known: `ended: its node is gone`."""
    name = _SAID.get(one.name, one.name)
    if one.name == "failed" and one.detail.startswith("Deployment "):
        name = "not ready in time"
    return f"{name}: {one.detail}" if one.detail else name


def stages_of(answer: Answer, number: int) -> list[Stage]:
    """The stages that begin after the command of that number, from 1, and before the next."""
    return [one for one in answer.stages if one.command == number]


def nothing(answer: Answer, number: int) -> str:
    """What is said of a command after which no stage begins."""
    if answer.commands[number - 1].idle:
        return "it changes nothing: all is so already, or nothing is chosen by it"
    if any(one.done for one in answer.commands[number:]):
        return "nothing happens to any pod before the next command"
    return "nothing happens to any pod"


def given(answer: Answer, number: int) -> str:
    """`at 12 s`; or that it was refused, which a shell passes over as it does after a `;`."""
    one = answer.commands[number - 1]
    return f"at {lasting(one.at)}" if one.done else "refused as a whole"


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
    return (
        one.before != one.after
        or one.least < one.before.ready
        or (one.failed is not None and not one.failed.anyway)
    )


def counts(one: Counts, asked: int | None = None) -> str:
    """`2/3 ready, 1 pending`: of those that are wanted, if that is known, else of those there."""
    waiting = f", {one.pending} pending" if one.pending else ""
    return f"{one.ready}/{one.bound + one.pending if asked is None else asked} ready{waiting}"


def fewest(one: WorkloadEnd) -> str:
    """`1 at 53 s`; "" if there were never fewer than before."""
    return f"{one.least} at {lasting(one.least_at)}" if one.least < one.before.ready else ""


def failure(one: WorkloadEnd) -> str:
    """`shop/deployment/api at 601 s (ProgressDeadlineExceeded)`; "" if it has not failed."""
    if one.failed is None:
        return ""
    return f"{title(one)} at {one.failed.at:.0f} s ({one.failed.reason})"


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
    ends = "and stays so" if until is None else f"until {lasting(until)}"
    return f"{one.namespace}/{one.name}: from {lasting(since)} {ends}"


def shortage(one: Shortage) -> str:
    """`shop/deployment/api: 2 pods not made: exceeded quota: …`."""
    return f"{title(one)}: {pods(one.missing)} not made: {one.message}"


def single_point(one: SinglePoint) -> str:
    """`shop/deployment/api had all its 3 ready pods on node worker-5`, or has them there now."""
    if one.what == "pod":
        had = f"only one ready pod, {one.place}"
    else:
        had = f"all its {one.pods} ready pods {'on' if one.what == 'node' else 'in'}"
        had = f"{had} {one.what} {one.place}"
    return f"{title(one)} {'had' if one.met else 'now has'} {had}"


def single_points(answer: Answer) -> list[str]:
    """All of them; a service that shares that of a workload behind it is not told again."""
    found = answer.single_points
    known = {one[:1] + one[3:] for one in found if one.kind != "Service"}
    return [
        single_point(one)
        for one in found
        if one.kind != "Service" or one[:1] + one[3:] not in known
    ]


def failures(answer: Answer) -> list[str]:
    """Of each workload that fails for the commands."""
    return [failure(one) for one in answer.workloads if one.failed and not one.failed.anyway]


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


def quiet(answer: Answer) -> str:
    """`quiet after 53 s`; or that it was not quiet when the simulated time ended."""
    if answer.settled:
        return f"quiet after {lasting(answer.seconds)}"
    return f"not quiet when the simulated time ended, after {lasting(answer.seconds)}"


def confidence(found: Confidence) -> str:
    """`5 of 5 draws of ties and times end so`; else what ends otherwise in the others."""
    said = f"{found.alike} of {found.draws} draws of ties and times end so"
    return f"{said}; otherwise in the rest: {listed(found.differing)}" if found.differing else said


def ground(answer: Answer) -> Iterator[str]:
    """What the answer rests on, and what it leaves out."""
    tied = sum(bool(one.tied) for one in answer.pods)
    before, after = answer.nodes
    yield f"{before} nodes before, {after} after; {quiet(answer)}"
    if tied:
        yield f"{pods(tied)} had equally good nodes: seed {answer.seed} chose"
    stuck = [title(one) for one in answer.workloads if one.failed and one.failed.anyway]
    if stuck:
        noun = "rollout that was" if len(stuck) == 1 else "rollouts that were"
        yield f"{len(stuck):,} {noun} stuck before, and would fail anyway: {listed(stuck)}"
    if answer.confidence is not None:
        yield f"confidence: {confidence(answer.confidence)}"
    beside = [f"{one.namespace}/{one.name} ({one.beside})" for one in answer.services if one.beside]
    if beside:
        yield f"endpoints that others wrote into EndpointSlices are taken to stay: {listed(beside)}"
    yield "not modelled: " + "; ".join(answer.not_modelled)
