"""Requests as people type them in a channel."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.bot.asking import window
from kubectl_smart.bot.grammar.chat import LONGEST, QUESTIONS, Typed, parse_question, typed
from kubectl_smart.bot.grammar.objects import Named
from kubectl_smart.bot.grammar.requests import (
    PARTS,
    SHOWN,
    DependenciesRequest,
    DifferenceRequest,
    LogRequest,
    PatternsRequest,
    ReplayRequest,
    Request,
    Scope,
    ShowRequest,
    SimulateRequest,
    StateRequest,
    WhyRequest,
)
from kubectl_smart.memory.records.errors import BadInput

HOUR = 3_600_000_000
NOW = int(datetime(2026, 11, 23, 15, 0, tzinfo=UTC).timestamp()) * 1_000_000
API = Named("deployment", "payment-api")
ANYWHERE = Scope()


def _request(text: str) -> Request:
    return parse_question(typed(text), now=NOW, zone=UTC)


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("why deployment/payment-api", WhyRequest(API, "", None, ANYWHERE, SHOWN)),
        ("why deployment payment-api --replicas=5",
         WhyRequest(API, "replicas", "5", ANYWHERE, SHOWN)),
        ("WHY deployment/payment-api --field spec.template -n payments",
         WhyRequest(API, "spec.template", None, Scope("payments"), SHOWN)),
        ("why deployment/payment-api --image='r.io/a b' --since=-2h",
         WhyRequest(API, "image", "r.io/a b", Scope(since=NOW - 2 * HOUR), SHOWN)),
        ("dependencies deployment/payment-api --at -2h",
         DependenciesRequest(API, NOW - 2 * HOUR, ANYWHERE)),
        ("dependencies deployment payment-api -n payments --since -2h",
         DependenciesRequest(API, None, Scope("payments", since=NOW - 2 * HOUR))),
        ("patterns", PatternsRequest(PARTS, UTC, ANYWHERE)),
        ("patterns --operational --human", PatternsRequest(PARTS, UTC, ANYWHERE)),
        ("patterns --systematic --temporal -n payments --since -2h",
         PatternsRequest(("temporal", "systematic"), UTC, Scope("payments", since=NOW - 2 * HOUR))),
        ("replay", ReplayRequest("", None, None, ANYWHERE)),
        ('replay the outage --at "2026-11-23 14:30" --window 1h',
         ReplayRequest("the outage", NOW - HOUR // 2, HOUR, ANYWHERE)),
        ("at -2h get pods -A", StateRequest(NOW - 2 * HOUR, Named("pods", ""), Scope(None, True))),
        ("at 14:00 get deployment payment-api", StateRequest(NOW - HOUR, API, ANYWHERE)),
        ("at 14:00 dump --namespace=prod", StateRequest(NOW - HOUR, None, Scope("prod"))),
        ("at -2h diff", DifferenceRequest(NOW - 2 * HOUR, NOW, False, ANYWHERE)),
        ("at -2h diff -1h --derived",
         DifferenceRequest(NOW - 2 * HOUR, NOW - HOUR, True, ANYWHERE)),
        ("log", LogRequest(None, "", False, 10, ANYWHERE)),
        ("log deployment/payment-api --actor sarah --limit 3",
         LogRequest(API, "sarah", False, 3, ANYWHERE)),
        ("show 1a2b3c4d", ShowRequest("1a2b3c4d")),
        ('simulate "kubectl delete node a" "kubectl drain b" --at -2h',
         SimulateRequest(("kubectl delete node a", "kubectl drain b"), NOW - 2 * HOUR)),
        ("simulate --at=14:00 kubectl scale deployment web -n prod --replicas=0",
         SimulateRequest(("kubectl scale deployment web -n prod --replicas=0",), NOW - HOUR)),
        ("simulate drain worker-5 —ignore-daemonsets",
         SimulateRequest(("drain worker-5 --ignore-daemonsets",), None)),
        ("simulate patch deployment web -p '{\"spec\": {}}'",
         SimulateRequest(("patch deployment web -p '{\"spec\": {}}'",), None)),
    ],
)  # fmt: skip
def test_what_is_typed_is_understood(text: str, request_: Request) -> None:
    """Every question, in the words of the command line."""
    assert _request(text) == request_


@pytest.mark.parametrize(
    "text",
    [
        "why deployment/payment-api \N{EM DASH}image=\N{LEFT DOUBLE QUOTATION MARK}a b"
        "\N{RIGHT DOUBLE QUOTATION MARK}",
        "why deployment/payment-api \N{EN DASH}image=\N{LEFT SINGLE QUOTATION MARK}a b"
        "\N{RIGHT SINGLE QUOTATION MARK}",
        "why\N{NO-BREAK SPACE}deployment/payment-api --image='a b'",
        "why  deployment/payment-api\n--image='a b'",
    ],
)
def test_what_chat_programs_make_of_it_is_turned_back(text: str) -> None:
    """Curly quotes, dashes for two hyphens, blanks that do not break."""
    assert _request(text) == WhyRequest(API, "image", "a b", ANYWHERE, SHOWN)


def test_what_slack_makes_of_it_is_turned_back() -> None:
    """Entities and addresses; an entity that was typed is turned back once."""
    assert typed("why x --a=&lt;b&gt;&amp;lt;").words == ("x", "--a=<b>&lt;")
    assert typed("why <https://a.example/x|a.example/x>").words == ("a.example/x",)
    assert typed("why <https://a.example/x>").words == ("https://a.example/x",)
    assert typed("why a \N{EM DASH} b").words == ("a", "\N{EM DASH}", "b")
    assert typed("  ") == Typed("", ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("why", "no object was named"),
        ("why payment-api", "'payment-api' names no object"),
        ("why a/b --x --y", "two fields at once"),
        ("why a/b -n", "-n needs a value"),
        ("why a/b -n x -A", "-n and -A exclude each other"),
        ("why a/b --since=-1h --until=-2h", "--until is not after --since"),
        ("why a/b 'open", "a quote is opened and not closed"),
        ("why a/b --since=soon", "'soon' is no time"),
        ("replay --image=x", "replay has no option --image"),
        ("replay --window=1x", "'1x' is no duration"),
        ("at 14:00", "at needs a time and what to do"),
        ("at 14:00 eat pods", "at TIME eat is not known"),
        ("at 14:00 get", "no object was named"),
        ("log --limit 0", "--limit is '0'"),
        ("log --limit 1e9", "--limit is '1e9'"),
        ("show", "show takes one id"),
        ("show a -n b", "show has no option -n"),
        ("why a/b -o json", "why has no option -o"),
        ("x" * (LONGEST + 1), "characters long"),
    ],
)
def test_what_cannot_be_understood_is_said_in_a_sentence(text: str, said: str) -> None:
    """What, and what to do next."""
    with pytest.raises(BadInput) as caught:
        _request(text)

    assert said in caught.value.message
    assert caught.value.remedy


@given(st.text(max_size=60), st.sampled_from(QUESTIONS))
def test_whatever_is_typed_ends_in_a_request_or_a_sentence(text: str, verb: str) -> None:
    """Never in anything else."""
    with contextlib.suppress(BadInput):
        command = typed(f"{verb} {text}")
        parse_question(command, now=NOW, zone=ZoneInfo("Europe/Berlin"))


def test_the_window_of_a_replay() -> None:
    """Around a moment, from an instant on, or the last hour known."""
    last = NOW
    minute = HOUR // 60
    ask = ReplayRequest("", None, None, ANYWHERE)
    assert window(ask, last) == (last + 1 - HOUR, last + 1)

    around = ReplayRequest("", NOW, None, ANYWHERE)
    assert window(around, last) == (NOW - 30 * minute, NOW + 15 * minute)
    assert window(ReplayRequest("", NOW, HOUR, ANYWHERE), last) == (
        NOW - 30 * minute,
        NOW + 30 * minute,
    )
    since = Scope(since=NOW - minute)
    assert window(ReplayRequest("", None, None, since), last) == (NOW - minute, last + 1)
    assert window(ReplayRequest("", None, None, Scope(since=NOW + HOUR)), last) == (
        NOW + HOUR,
        NOW + HOUR + 1,
    )
