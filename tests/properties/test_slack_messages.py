"""Whatever an answer holds, Slack takes its message, and what was cut is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_answers import (
    HOSTILE,
    difference_answer,
    log_answer,
    replay_answer,
    show_answer,
    state_answer,
    trace_answer,
    why_answer,
)
from slack_limits import check, texts

from kubectl_smart.bot.render import blocks, blocks_trace
from kubectl_smart.bot.render.messages import Message
from kubectl_smart.memory.records.errors import SmartError

MADE: dict[str, tuple[Callable[..., Any], Callable[..., Message]]] = {
    "why": (why_answer, blocks.why),
    "replay": (replay_answer, blocks.replay),
    "trace": (trace_answer, blocks_trace.trace),
    "state": (state_answer, blocks.state),
    "difference": (difference_answer, blocks.difference),
    "log": (log_answer, blocks.log),
    "show": (show_answer, blocks.show),
}
HUGE = ("v" * 200_000, "<!channel>" * 20_000, "\u202e`\n" * 60_000, '"\\' * 100_000)


@pytest.mark.parametrize("name", MADE)
@settings(max_examples=25)
@given(
    st.lists(st.one_of(st.text(), st.sampled_from(HOSTILE)), min_size=1, max_size=4).map(tuple),
    st.integers(0, 40),
)
def test_any_answer_is_within_the_limits(name: str, said: tuple[str, ...], count: int) -> None:
    """Texts of any kind, none to forty of whatever the answer lists."""
    make, write = MADE[name]
    if name == "why" and count == 0:
        count = 1

    check(write(make(said, count), UTC, "handle"))


@pytest.mark.parametrize("name", MADE)
def test_a_huge_answer_says_what_was_cut(name: str) -> None:
    """Five thousand of everything: the thread and the text name how many are shown of them."""
    make, write = MADE[name]

    message = write(make(HOSTILE, 5_000), UTC, "handle")

    check(message)
    total = next(texts(list(message.evidence[0])))
    assert " of 5," in total or " of 6," in total
    assert "shown" in total
    assert "all of them are in the full report" in total
    assert len(message.evidence) <= 5


@pytest.mark.parametrize("name", MADE)
def test_huge_values_are_cut(name: str) -> None:
    """Values of 200 kB, in every place that takes a text."""
    make, write = MADE[name]

    check(write(make(HUGE, 4), UTC, "handle"))


@pytest.mark.parametrize("name", MADE)
def test_nothing_is_said_to_be_cut_that_is_not(name: str) -> None:
    """A small answer is shown whole, and has no such words."""
    make, write = MADE[name]

    message = write(make(("web",), 2), UTC, "handle")

    check(message)
    assert "shown" not in str(message.evidence)


@given(st.text(), st.text())
def test_an_error_is_a_sentence_and_a_remedy(sentence: str, remedy: str) -> None:
    """Both within the limits, whatever name of the user's they repeat."""
    check(blocks.error(SmartError(sentence, remedy), UTC))


def test_a_command_in_a_remedy_is_code() -> None:
    """Errors name commands between backticks; they stay so in blocks, not in the text."""
    message = blocks.error(SmartError("x is gone.", "see `kubectl smart why x` for <when>"), UTC)

    assert message.text == "error: x is gone; see kubectl smart why x for &lt;when&gt;"
    assert message.blocks[1]["elements"][0]["text"] == (
        "see `kubectl smart why x` for &lt;when&gt;"
    )


@pytest.mark.parametrize("handle", ["", "h" * 2_001])
def test_a_handle_slack_would_refuse_is_refused(handle: str) -> None:
    """A button's value has 1 to 2,000 characters."""
    with pytest.raises(ValueError, match="2000"):
        blocks.log(log_answer(("web",), 1), UTC, handle)


def test_an_empty_history_has_no_evidence_and_no_picture() -> None:
    """It says so, and offers only the report."""
    answer = why_answer(("web",), 0)
    message = blocks.log(log_answer(("web",), 0), UTC, "h")

    assert blocks.why(answer, UTC, "h").picture is None
    assert message.evidence == ()
    assert [one["action_id"] for one in message.blocks[2]["elements"]] == ["smart_report"]
    assert "no change known" in message.text
