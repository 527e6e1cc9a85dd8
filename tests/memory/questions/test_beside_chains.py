"""What is told beside the chains: what was set back, by time; what nobody looked at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

from built_memory import SARAH, START, TOM, Past, deployment, minutes

from kubectl_smart.bot.render import causes_document, causes_markdown, causes_text
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.causes import causes


def test_it_is_told_in_the_order_of_time(opened: Callable[[Past], Memory]) -> None:
    """The web was edited first of all, and what was set back of it last."""
    web, api = deployment("web"), deployment("api")
    past = Past()
    past.heard(START, minutes(60))
    for ref in (web, api):
        past.write(ref, replicas=1)
    for ref, at, by, replicas in (
        (web, 1, SARAH, 3), (api, 5, TOM, 9), (api, 6, SARAH, 1),
        (web, 9, TOM, 7), (web, 10, SARAH, 3),
    ):  # fmt: skip
        past.write(ref, minutes(at), by=by, replicas=replicas)
    memory = opened(past)
    found = causes(
        memory.store, memory.index, ties_of(memory.index), since=START + 1, until=minutes(60)
    )
    assert [(one.change.object, one.change.at) for one in found.taken_back] == [
        (api, minutes(5)),
        (web, minutes(9)),
    ]


def test_trouble_of_which_no_cause_was_looked_for_is_counted(
    opened: Callable[[Past], Memory],
) -> None:
    """Of a whole cluster in trouble the sixty pieces seen most often are explained."""
    past = Past()
    past.heard(START, minutes(60))
    for number in range(63):
        past.seen(deployment(f"web-{number:02}"), minutes(5) + number, count=70 - number)
    memory = opened(past)
    found = causes(
        memory.store, memory.index, ties_of(memory.index), since=START + 1, until=minutes(60)
    )
    assert (found.troubles, len(found.unexplained), found.left_out) == (63, 60, 3)
    told = "3 more of 63 pieces of trouble"
    assert told in "\n".join(causes_text.causes(found, UTC, explain=False))
    assert told in "\n".join(causes_markdown.causes(found, UTC))
    assert causes_document.causes(found)["leftOut"] == 3
