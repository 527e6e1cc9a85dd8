"""The third like incident: the two before it, what ended them, and what is learnt from all."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import pytest
from built_memory import MINUTE, SARAH, Past, minutes
from cache_story import (
    API,
    CACHE,
    FIRST,
    LAST,
    OVER,
    SECOND,
    reported,
    six_weeks,
)

from kubectl_smart.bot.render import blocks_trace, trace_answer
from kubectl_smart.bot.render import incident as render
from kubectl_smart.memory.answers.causes import TraceAnswer
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.index.restricted import RestrictedIndex
from kubectl_smart.memory.opening import Memory, open_memory
from kubectl_smart.memory.questions.incident import incident
from kubectl_smart.memory.questions.replay import replay
from kubectl_smart.memory.questions.tracing import trace
from kubectl_smart.memory.records.errors import NothingKnown

Opened = Callable[[Past], Memory]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The memory of the six weeks, reports kept by the program."""
    return reported(six_weeks(), tmp_path_factory.mktemp("past") / "memory")


def traced(memory: Memory, index: Index | None = None, at: int = LAST.at) -> TraceAnswer:
    """`trace restarts deployment/api`, some minutes after CACHE_SIZE was raised."""
    asked = memory.index if index is None else index
    return trace(
        memory.store, asked, ties_of(asked), ref=API, symptom=Symptom.RESTARTS, at=minutes(at + 8)
    )


def test_similar_cases_and_what_ended_them(story: Path) -> None:
    """Both incidents, the newer first: by whom and how it ended, and how long it lasted."""
    with open_memory(story) as memory:
        (chain,) = traced(memory).causes.chains
    assert [one.incident[0] for one in chain.similar] == [SECOND.incident, FIRST.incident]
    for past, raised in zip(chain.similar, (SECOND, FIRST), strict=True):
        assert past.ended is not None
        assert past.root is not None
        assert (past.root.at, past.ended.at) == (
            minutes(raised.at), minutes(raised.at + raised.lasted),
        )  # fmt: skip
        assert (past.ended.actor, past.ground) == (SARAH, "set back")
        assert past.lasted == (raised.lasted - 4) * MINUTE  # trouble came four minutes later
        assert past.other == ()


def test_prevention_is_drawn_from_them(story: Path) -> None:
    """What ended both, and what somebody noted that was still to be done."""
    with open_memory(story) as memory:
        (chain,) = traced(memory).causes.chains
    ended, noted = chain.prevention[:2]
    assert ended.startswith(
        "2 of 2 such cases ended before when what had been changed was set back"
    )
    assert noted == (
        f"noted after {SECOND.incident}, by tom@example.com: "
        "check CACHE_SIZE against the memory limit"
    )


def test_what_is_learnt_has_its_figures(story: Path) -> None:
    """Three of three times, the one that nobody reported included, the present one not."""
    with open_memory(story) as memory:
        (chain,) = traced(memory).causes.chains
    learnt = chain.learnt
    assert learnt is not None
    assert (learnt.changed, learnt.field, learnt.troubled) == (CACHE, "data.CACHE_SIZE", API)
    assert (learnt.followed, learnt.times) == (3, 3)
    assert learnt.expected < 0.2
    assert learnt.p <= learnt.q < 0.001


def test_every_face_tells_it(story: Path) -> None:
    """Terminal, Markdown, JSON, Slack; the report of an incident tells the one before it."""
    with open_memory(story) as memory:
        answer = traced(memory)
        second = incident(memory.store, memory.index, SECOND.incident, now=minutes(OVER))
    faces = [
        "\n".join(trace_answer.text(answer, UTC, explain=False)),
        "\n".join(trace_answer.markdown(answer, UTC)).replace("\\", ""),
        json.dumps(trace_answer.document(answer), ensure_ascii=False),
    ]
    for face in faces:
        assert SECOND.incident in face
        assert FIRST.incident in face
        assert "CACHE_SIZE unlimited → 512" in face
        assert "check CACHE_SIZE against the memory limit" in face
    slack = str(blocks_trace.trace(answer, UTC, "x"))
    assert SECOND.incident in slack
    assert "CACHE_SIZE unlimited → 512" in slack
    report = "\n".join(render.lines_of_markdown(second, UTC)).replace("\\", "")
    assert f"- like {FIRST.incident}" in report
    assert "CACHE_SIZE 4096 → 512 (it set back what had been changed); it lasted 21 min" in report


def test_replay_tells_it_too(story: Path) -> None:
    """The chain of the window is the same."""
    with open_memory(story) as memory:
        (chain,) = traced(memory).causes.chains
        found = replay(
            memory.store, memory.index, since=minutes(LAST.at - 10), until=minutes(OVER)
        ).causes.chains
    assert [one.similar for one in found] == [chain.similar]
    assert [one.prevention for one in found] == [chain.prevention]


def test_a_rebuilt_index_says_the_same(story: Path) -> None:
    """Byte by byte: all of it comes from git."""
    with open_memory(story) as memory:
        before = json.dumps(trace_answer.document(traced(memory)))
    for one in (story / "smart").glob("index.sqlite*"):
        one.unlink()
    with open_memory(story) as memory:
        assert json.dumps(trace_answer.document(traced(memory))) == before


def test_a_report_that_keeps_no_chain_is_worked_out(opened: Opened, story: Path) -> None:
    """What people wrote by hand is as good, but for the commits that tell of it."""
    with open_memory(story) as memory:
        (kept,) = traced(memory).causes.chains
    (chain,) = traced(opened(six_weeks())).causes.chains
    assert [(one.incident, one.lasted, one.same) for one in chain.similar] == [
        (one.incident, one.lasted, one.same) for one in kept.similar
    ]


def test_what_came_later_is_no_past_case(story: Path) -> None:
    """The first time nothing was like it, and nothing was learnt."""
    with open_memory(story) as memory:
        (chain,) = traced(memory, at=FIRST.at).causes.chains
        (second,) = traced(memory, at=SECOND.at).causes.chains
    assert (chain.similar, chain.learnt) == ((), None)
    assert [one.incident[0] for one in second.similar] == [FIRST.incident]


def test_who_does_not_see_an_incident_is_not_told_of_it(story: Path) -> None:
    """One of two is hidden; with the namespace hidden there is nothing at all."""
    with open_memory(story) as memory:
        part = RestrictedIndex(memory.index, {"prod"}, lambda: {FIRST.incident})
        (chain,) = traced(memory, part).causes.chains
        assert [one.incident[0] for one in chain.similar] == [FIRST.incident]
        assert SECOND.incident not in json.dumps(trace_answer.document(traced(memory, part)))
        with pytest.raises(NothingKnown):
            incident(memory.store, part, SECOND.incident, now=minutes(OVER))


def test_what_no_configuration_shows_is_reached_by_what_is_learnt(opened: Opened) -> None:
    """The api reads it over the network: only the past tells that it has to do with it."""
    (chain,) = traced(opened(six_weeks(reads=False))).causes.chains
    assert chain.root.object == CACHE
    (way,) = [step for step in chain.steps if step.kind.value == "way"]
    assert "changes of CACHE_SIZE of prod/configmap cache-config were followed" in way.sentence
    assert "3 of 3 times" in way.sentence
    assert "p = " in way.evidence


def test_twice_is_not_enough_to_learn_from(opened: Opened) -> None:
    """Without the third time before, nobody is accused."""
    answer = traced(opened(six_weeks(reads=False, times=3)))
    assert answer.causes.chains == ()
