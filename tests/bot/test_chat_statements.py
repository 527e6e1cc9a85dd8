"""What people say in a channel."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.bot.grammar.chat import LONGEST, QUESTIONS
from kubectl_smart.bot.grammar.chat_statements import is_statement, parse_statement
from kubectl_smart.bot.grammar.objects import Named
from kubectl_smart.bot.grammar.statements import (
    INCIDENT_VERBS,
    STATEMENTS,
    BecauseRequest,
    ForgetRequest,
    IncidentQuestion,
    LinkRequest,
    ListRequest,
    NoteRequest,
    OpenRequest,
    RememberRequest,
    ReportRequest,
    StatementRequest,
    TurnRequest,
)
from kubectl_smart.memory.records.errors import BadInput

API = Named("deployment", "payment-api")
CASE = "2026-11-23-cache-outage"


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("remember deployment/payment-api don't go below 5",
         RememberRequest(API, "", "don't go below 5", None)),
        ("Remember deployment/payment-api \N{EM DASH}field replicas -n payments "
         "\N{LEFT DOUBLE QUOTATION MARK}never below 5\N{RIGHT DOUBLE QUOTATION MARK}",
         RememberRequest(API, "replicas", "never below 5", "payments")),
        ("remember --field=spec.paused deployment/payment-api a &lt; b\n- and  c",
         RememberRequest(API, "spec.paused", "a < b\n- and  c", None)),
        ("because the cache was full", BecauseRequest("", None, "the cache was full", None)),
        ("because 1a2b3c4d5 the cache was full",
         BecauseRequest("1a2b3c4d5", None, "the cache was full", None)),
        ('because deployment/payment-api "Black Friday"',
         BecauseRequest("", API, "Black Friday", None)),
        ('because "we" said "so"', BecauseRequest("", None, '"we" said "so"', None)),
        ("because see <https://wiki.example/a b|no link> and <https://wiki.example/x|the wiki>",
         BecauseRequest(
             "", None,
             "see <https://wiki.example/a b|no link> and the wiki (https://wiki.example/x)", None)),
        ("note it is full -n really", NoteRequest("", "it is full -n really")),
        (f"note {CASE} it is full", NoteRequest(CASE, "it is full")),
        ("forget 1a2b3c4d", ForgetRequest("1a2b3c4d")),
        ('incident open "Cache outage"', OpenRequest("Cache outage")),
        ("incident note it's full", NoteRequest("", "it's full")),
        (f"incident step {CASE} looked at logs", NoteRequest(CASE, "looked at logs", step=True)),
        (f"incident link {CASE} 1a2b3c4 it did it",
         LinkRequest(CASE, "1a2b3c4", None, "it did it", None)),
        ("incident link deployment/payment-api -n prod",
         LinkRequest("", "", API, "", "prod")),
        ("incident close", TurnRequest("", True, "")),
        (f"incident reopen {CASE} again", TurnRequest(CASE, False, "again")),
        ("incident list", ListRequest()),
        (f"incident show {CASE}", ReportRequest(CASE)),
    ],
)  # fmt: skip
def test_what_is_said_is_understood(
    text: str, request_: StatementRequest | IncidentQuestion
) -> None:
    """The same requests as on a command line; the words are kept as they are."""
    assert is_statement(text)
    assert parse_statement(text) == request_


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("remember", "does not begin with an object"),
        ("remember deployment/payment-api", "there are no words"),
        ("note --field x y", "note has no option --field"),
        ("because", "there are no words"),
        ("forget this", "is no id of a note"),
        ("incident", "incident needs to be told what to do"),
        ("incident burn", "incident burn is not known"),
        ("incident list everything", "incident list is not known"),
        ("incident show it", "'it' is no incident"),
        ("incident open", "there are no words"),
        ("note " + "x" * LONGEST, "characters long"),
    ],
)
def test_what_is_not_understood_is_said_in_a_sentence(text: str, said: str) -> None:
    """What is wrong, and what to write instead."""
    with pytest.raises(BadInput, match=said) as caught:
        parse_statement(text)

    assert caught.value.remedy


def test_no_word_is_both() -> None:
    """A command is a question or it says something."""
    assert not any(is_statement(f"{word} x") for word in QUESTIONS)
    assert not is_statement("  ")
    assert all(is_statement(word.upper()) for word in STATEMENTS)


@given(st.sampled_from([*STATEMENTS, *(f"incident {verb}" for verb in INCIDENT_VERBS)]), st.text())
def test_any_text_is_a_request_or_a_sentence(verb: str, text: str) -> None:
    """Nothing that is typed makes the grammar fail."""
    with contextlib.suppress(BadInput):
        assert parse_statement(f"{verb} {text}") is not None
