"""A simulation's answer in Markdown: the stages, and what they come to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_smart.bot.render import simulation_words as words
from kubectl_smart.bot.render.markdown import code, escape, table
from kubectl_smart.bot.render.simulation_past import callers, ground, history
from kubectl_smart.simulate.answers.model import Answer, Stage


def simulation(answer: Answer) -> list[str]:
    """Everything that changes; nothing is cut."""
    return [
        *_impact(answer),
        *_workloads(answer),
        *_pending(answer),
        *_list("Refused by a quota or limit", map(words.shortage, answer.refused)),
        *_list("Services without endpoints", _services(answer)),
        *_list(
            "Disruption budgets",
            (said for one in answer.budgets for said in words.budget(one)),
        ),
        *_list("Single points of failure", iter(words.single_points(answer))),
        *_list("Lost", map(words.loss, answer.lost)),
        *_history(answer),
        "",
        "---",
        *(f"{escape(said)}  " for said in (*words.ground(answer), *ground(answer.ground))),
    ]


def _impact(answer: Answer) -> Iterator[str]:
    yield f"# Impact of {', then '.join(code(one.text) for one in answer.commands)}"
    for number, one in enumerate(answer.commands, start=1):
        if len(answer.commands) > 1:
            yield from ("", f"## {number}. {code(one.text)}, {words.given(answer, number)}")
        if one.refused:
            yield ""
            yield from (f"- kubectl would say: {escape(refusal)}" for refusal in one.refused)
        if one.done:
            yield ""
            yield from _stages(words.stages_of(answer, number), words.nothing(answer, number))


def _stages(stages: Sequence[Stage], nothing: str) -> Iterator[str]:
    if not stages:
        yield f"{nothing[:1].upper()}{nothing[1:]}."
        return
    rows = [
        [words.when(one), words.pods(len(one.pods)), escape(words.stage(one))] for one in stages
    ]
    yield from table(["When", "Pods", "What"], rows)


def _workloads(answer: Answer) -> Iterator[str]:
    found = [one for one in answer.workloads if words.touched(one)]
    if not found:
        return
    yield from ("", "## Workloads", "")
    rows = [
        [
            escape(words.title(one)),
            words.counts(one.before),
            words.counts(one.after, one.wanted),
            words.fewest(one),
        ]
        for one in found
    ]
    yield from table(["Workload", "Before", "After", "Fewest ready"], rows)


def _pending(answer: Answer) -> Iterator[str]:
    yield from _list(
        "Pending, in the scheduler's words",
        (
            f"{len(found)} × {owner}: {message}"
            for (owner, message), found in words.pending(answer).items()
        ),
    )


def _services(answer: Answer) -> Iterator[str]:
    for one in words.empty_services(answer):
        yield "; ".join([words.service(one), *(said.strip() for said in callers(one))])


def _history(answer: Answer) -> Iterator[str]:
    """The same lines as at a terminal, as a list; the first of each case stands out."""
    said = list(history(answer.similar))[2:]
    if said:
        yield from ("", "## Historical context", "")
        yield from (
            f"{'  ' if one.startswith('    ') else ''}- {escape(one.strip())}" for one in said
        )


def _list(heading: str, found: Iterator[str]) -> Iterator[str]:
    said = list(found)
    if said:
        yield from ("", f"## {heading}", "")
        yield from (f"- {escape(one)}" for one in said)
