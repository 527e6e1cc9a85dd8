"""A simulation's answer for a terminal: the impact by stage first, then what it comes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_smart.bot.render import simulation_words as words
from kubectl_smart.bot.render.printable import one_line
from kubectl_smart.bot.render.simulation_past import callers, ground, history
from kubectl_smart.bot.render.tables import table
from kubectl_smart.bot.render.text import heading
from kubectl_smart.simulate.answers.model import Answer, Stage

_MESSAGES = 12


def simulation(answer: Answer, *, wide: bool = False) -> list[str]:
    """Lines. wide: every pod of a stage, and workloads that have not changed."""
    return [
        *_impact(answer, wide),
        *_workloads(answer, wide),
        *_pending(answer, wide),
        *_part("REFUSED by a quota or limit", map(words.shortage, answer.refused)),
        *_part("SERVICES WITHOUT ENDPOINTS", _services(answer)),
        *_part(
            "DISRUPTION BUDGETS", (said for one in answer.budgets for said in words.budget(one))
        ),
        *_part("SINGLE POINTS OF FAILURE", iter(words.single_points(answer))),
        *_part("LOST", map(words.loss, answer.lost)),
        *history(answer.similar),
        "",
        *words.ground(answer),
        *ground(answer.ground),
    ]


def _impact(answer: Answer, wide: bool) -> Iterator[str]:
    if len(answer.commands) > 1:
        yield heading(f"IMPACT of {len(answer.commands)} commands, one after the other")
    for number, one in enumerate(answer.commands, start=1):
        if len(answer.commands) == 1:
            yield heading(f"IMPACT of {one_line(one.text)}")
        else:
            yield ""
            yield heading(f"{number}. {one_line(one.text)}, {words.given(answer, number)}")
        for refusal in one.refused:
            yield f"  kubectl would say: {one_line(refusal)}"
        if one.done:
            yield from _stages(words.stages_of(answer, number), wide, words.nothing(answer, number))


def _stages(stages: Sequence[Stage], wide: bool, nothing: str) -> Iterator[str]:
    if not stages:
        yield f"  {nothing}"
    for stage in stages:
        count = len(stage.pods)
        yield (
            f"  {words.when(stage):<18} {count:>4} {'pod' if count == 1 else 'pods'} "
            f"{one_line(words.stage(stage))}"
        )
        if wide:
            yield from (f"{'':20} {space}/{name}" for space, name in stage.pods)


def _workloads(answer: Answer, wide: bool) -> Iterator[str]:
    found = [one for one in answer.workloads if wide or words.touched(one)]
    if not found:
        return
    yield ""
    yield heading("WORKLOADS")
    rows = [
        [
            words.title(one),
            words.counts(one.before),
            words.counts(one.after, one.wanted),
            words.fewest(one),
        ]
        for one in found
    ]
    yield from table(["WORKLOAD", "BEFORE", "AFTER", "FEWEST READY"], rows)


def _pending(answer: Answer, wide: bool) -> Iterator[str]:
    groups = words.pending(answer, old=wide)
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
    for one in words.empty_services(answer):
        yield words.service(one)
        yield from callers(one)


def _part(title: str, found: Iterator[str]) -> Iterator[str]:
    said = list(found)
    if said:
        yield ""
        yield heading(title)
        yield from (one if one.startswith(" ") else f"  {one_line(one)}" for one in said)
