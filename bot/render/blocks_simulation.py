"""`simulate` in Slack: the stages and what they come to in six lines at most, and a picture.

Everything else is in the evidence: all stages, messages of the scheduler, workloads, past cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo

from kubectl_smart.bot.render import simulation_markdown, simulation_picture
from kubectl_smart.bot.render import simulation_words as words
from kubectl_smart.bot.render.messages import MOST_LINES, Entry, Evidence, Message, message
from kubectl_smart.bot.render.simulation_past import callers, history
from kubectl_smart.bot.render.spans import Data, Line, Moment, Ours, Span, Strong
from kubectl_smart.bot.render.words import zone_name
from kubectl_smart.simulate.answers.model import Answer, Said, Stage
from kubectl_smart.simulate.answers.toll import counted, toll

_NAMED = 4
_STAGES = 4


def simulation(answer: Answer, zone: tzinfo, handle: str) -> Message:
    """The impact; nothing was done."""
    ends = list(_ends(answer))
    lines = [_head(answer), *_impact(answer, MOST_LINES - 1 - len(ends)), *ends]
    return message(
        lines,
        _basis(answer, zone),
        Evidence("Impact", "lines", list(_entries(answer))),
        zone,
        handle=handle,
        report=simulation_markdown.simulation(answer),
        picture=simulation_picture.sketch(answer),
    )


def _head(answer: Answer) -> Line:
    count = len(answer.commands)
    said: Span = Data(answer.commands[0].text, 240)
    if count > 1:
        said = Ours(f"{count:,} commands, one after the other")
    return (Strong("Impact"), Ours(" of "), said, Ours(" (simulated, nothing was done)"))


def _impact(answer: Answer, room: int) -> Iterator[Line]:
    """A line of stages; of several commands one for each, with its number, in so many lines.

    Where there are more, those that nothing follows are left out first.
    """
    shown = list(enumerate(answer.commands, start=1))
    rest = 0 if len(shown) <= room else len(shown) - max(1, room - 1)
    if rest:
        telling = {one.command for one in answer.stages}
        shown.sort(key=lambda one: one[1].done and one[0] not in telling)
        shown = sorted(shown[: len(shown) - rest])
    for number, one in shown:
        head: Line = ()
        if len(answer.commands) > 1:
            head = (Strong(f"{number}."), Ours(" "), Data(one.text, 100), Ours(": "))
        stages = words.stages_of(answer, number)
        yield (*head, *_stages(stages, one, words.nothing(answer, number)))
    if rest and room > 1:
        noun = "command" if rest == 1 else "commands"
        yield (Ours(f"(+{rest:,} more {noun}, in the evidence)"),)


def _stages(stages: Sequence[Stage], one: Said, nothing: str) -> Line:
    refused = one.refused
    if not one.done:
        return (Ours("kubectl refuses all of it: "), Data(refused[0], 240))
    if not stages:
        said: Line = (Ours(nothing),)
        return said if not refused else (*said, Ours("; kubectl: "), Data(refused[0], 240))
    spans: list[Span] = []
    for at, stage in enumerate(stages[:_STAGES]):
        spans += [Ours(f"{'; ' if at else ''}{words.when(stage)}: {words.pods(len(stage.pods))} ")]
        spans += [Data(words.stage(stage), 60)]
    rest = len(stages) - _STAGES
    if rest > 0:
        spans.append(Ours(f" (+{rest:,} more stages)"))
    if refused:
        spans += [Ours("; kubectl refuses: "), Data(refused[0], 120)]
    return tuple(spans)


def _ends(answer: Answer) -> Iterator[Line]:
    """At most five lines: what is pending or refused, what failed, services, budgets, lost."""
    found = toll(answer)
    if found.pending:
        message_of_first = next(iter(words.pending(answer)))[1]
        yield (
            Strong(f"{words.pods(len(found.pending))} pending:"),
            Ours(" "),
            _names(found.pending),
            Ours(": "),
            Data(message_of_first, 200),
            Ours(f"; {words.pods(len(found.refused))} refused by quotas" if found.refused else ""),
        )
    elif found.refused:
        yield (
            Strong(f"{words.pods(len(found.refused))} refused:"),
            Ours(" "),
            Data(words.shortage(answer.refused[0]), 280),
            Ours(_more(len(answer.refused) - 1)),
        )
    failed = words.failures(answer)
    if failed:
        yield (
            Strong("failed:"),
            Ours(" "),
            Data("; ".join(failed[:_NAMED]), 280),
            Ours(_more(len(failed) - _NAMED)),
        )
    if found.services:
        empty = list(words.empty_services(answer))
        yield (
            Strong("without endpoints:"),
            Ours(" "),
            Data("; ".join(words.service(one) for one in empty[:_NAMED]), 280),
            Ours(_more(len(empty) - _NAMED)),
        )
    budgets = [said for one in answer.budgets for said in words.budget(one)]
    if budgets:
        yield (
            Strong("budgets:"),
            Ours(" "),
            Data("; ".join(budgets[:2]), 280),
            Ours(_more(len(budgets) - 2)),
        )
    if answer.lost:
        lost = [words.loss(one) for one in answer.lost]
        yield (
            Strong("lost:"),
            Ours(" "),
            Data("; ".join(lost[:2]), 280),
            Ours(_more(len(lost) - 2)),
        )
    if not (found.pending or found.refused or failed or found.services or budgets or answer.lost):
        yield (Ours("nothing stays pending, no service is without endpoints, nothing is lost"),)


def _entries(answer: Answer) -> Iterator[Entry]:
    """What matters most for the reader has the lowest rank."""
    lines: list[tuple[int, Line]] = []
    for number, command in enumerate(answer.commands, start=1):
        if len(answer.commands) > 1:
            told = f"{number}. {command.text}, {words.given(answer, number)}"
            lines.append((0, (Data(told, 380),)))
        lines += [(0, _bullet(f"kubectl would say: {said}")) for said in command.refused]
        lines += [
            (0, _bullet(f"{words.when(one)}: {words.pods(len(one.pods))} {words.stage(one)}"))
            for one in words.stages_of(answer, number)
        ]
    for (owner, said), pods in words.pending(answer).items():
        lines.append((1, _bullet(f"pending: {len(pods)} × {owner}: {said}")))
    lines += [(1, _bullet(f"refused: {words.shortage(one)}")) for one in answer.refused]
    for service in words.empty_services(answer):
        called = "".join(f"; {each.strip()}" for each in callers(service))
        lines.append((1, _bullet(f"without endpoints: {words.service(service)}{called}")))
    lines += [
        (1, _bullet(f"budget {said}")) for one in answer.budgets for said in words.budget(one)
    ]
    lines += [
        (1, _bullet(f"single point of failure: {said}")) for said in words.single_points(answer)
    ]
    lines += [(1, _bullet(f"lost: {words.loss(one)}")) for one in answer.lost]
    for one in answer.workloads:
        if words.touched(one):
            fewest = f", fewest ready {words.fewest(one)}" if words.fewest(one) else ""
            before, after = words.counts(one.before), words.counts(one.after, one.wanted)
            lines.append((2, _bullet(f"{words.title(one)}: {before} → {after}{fewest}")))
    lines += [(3, (Data(said.strip(), 360),)) for said in list(history(answer.similar))[2:]]
    lines += [(4, _bullet(said)) for said in _left_open(answer)]
    return (Entry((rank, at), (line,)) for at, (rank, line) in enumerate(lines))


def _left_open(answer: Answer) -> Iterable[str]:
    lacks = () if answer.ground is None else answer.ground.lacks
    yield from (f"not known: {one}" for one in lacks)
    yield from (f"not modelled: {one}" for one in answer.not_modelled)


def _bullet(said: str) -> Line:
    return (Ours("• "), Data(said, 380))


def _names(found: Sequence[str]) -> Span:
    names = [f"{name} × {often:,}" if often > 1 else name for name, often in counted(found)]
    return Data(", ".join(names[:_NAMED]) + _more(len(names) - _NAMED), 160)


def _basis(answer: Answer, zone: tzinfo) -> Line:
    """From which state, what is not known of it, how many nodes, until when it was simulated."""
    before, after = answer.nodes
    spans: list[Span] = []
    ground = answer.ground
    if ground is not None and ground.at is not None:
        spans += [Ours("memory "), Data(ground.place, 60), Ours(", the cluster as of ")]
        spans += [Moment(ground.at), Ours("; ")]
    spans.append(Ours(f"{before:,} nodes before, {after:,} after; "))
    spans.append(
        Ours(f"quiet after {answer.seconds:.0f} s")
        if answer.settled
        else Ours("not quiet when the simulated hour ended")
    )
    if answer.confidence is not None:
        spans += [Ours("; "), Data(words.confidence(answer.confidence), 160)]
    if ground is not None and ground.lacks:
        spans += [Ours("; not known: "), Data(ground.lacks[0], 120)]
        spans.append(Ours(_more(len(ground.lacks) - 1)))
    if ground is not None and ground.at is not None:
        spans.append(Ours(f"; times in {zone_name(ground.at, zone)}"))
    return tuple(spans)


def _more(count: int) -> str:
    return f" (+{count:,} more)" if count > 0 else ""
