"""The root cause of an incident: its own chains, the same twice, and nothing that is hidden."""

from __future__ import annotations

import json
from collections.abc import Callable

from built_memory import TOM, Past, minutes
from outage_story import BREAKS, JENKINS, MAINTENANCE, SLOW, dropped_index, service

from kubectl_smart.bot.render import incident as render
from kubectl_smart.bot.render import trace_answer
from kubectl_smart.bot.render.documents import replay as replay_document
from kubectl_smart.bot.render.report import update_report
from kubectl_smart.memory.answers.incident import IncidentAnswer
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.index.restricted import RestrictedIndex
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.incident import incident
from kubectl_smart.memory.questions.replay import replay
from kubectl_smart.memory.questions.tracing import trace

Opened = Callable[[Past], Memory]
ID = "2025-11-29-slow"
GATEWAY = service("api-gateway", "prod")
HIDDEN = ("ops", "maintenance", "jenkins", "DROP_UNUSED", "user-db", "data/")


def slow_gateway(about: str = "api-gateway") -> Past:
    """The dropped index, and an incident that names a service."""
    past = dropped_index()
    past.incident(minutes(SLOW + 3), ID, "It is slow", f"Everybody waits for {about}.\n")
    past.note(minutes(SLOW + 10), "Follow-up: watch the indexes", of_incident=ID, by=TOM)
    return past


def ask(memory: Memory) -> IncidentAnswer:
    """The answer about it, half an hour after it began."""
    return incident(memory.store, memory.index, ID, now=minutes(SLOW + 30))


def prod(memory: Memory) -> RestrictedIndex:
    """The index of somebody who sees the namespace prod, and the incident."""
    return RestrictedIndex(memory.index, {"prod"}, lambda: {ID})


def test_an_incident_has_its_root_cause_and_proposals(opened: Opened) -> None:
    """The chain of its object ends at the edit; what would have prevented it is proposed."""
    answer = ask(opened(slow_gateway()))

    root = answer.root_causes[0].root
    assert (root.object, root.actor, root.at) == (MAINTENANCE, JENKINS, minutes(BREAKS))
    assert answer.causes == ()
    assert answer.proposals == answer.root_causes[0].prevention
    assert [one.text for one in answer.follow_ups] == ["watch the indexes"]


def test_a_chain_that_has_nothing_to_do_with_its_objects_is_not_told(opened: Opened) -> None:
    """The api is not on the way from the gateway to the database."""
    answer = ask(opened(slow_gateway("deployment/api")))

    assert {ref.name for ref in answer.objects} == {"api"}
    assert answer.root_causes == ()
    assert answer.proposals == ()


def test_a_report_holds_them_once_and_marked(opened: Opened) -> None:
    """Twice is once; proposals are told from what people noted."""
    memory = opened(slow_gateway())
    first = update_report(None, ask(memory))

    assert update_report(first, ask(memory)) == first
    cause = first.partition("<!-- smart:root-cause -->")[2].partition("<!-- /smart")[0]
    assert "Worked out by the program, confidence" in cause
    assert "jenkins@prod" in cause
    left = first.partition("<!-- smart:follow-ups -->")[2].partition("<!-- /smart")[0].split("\n")
    assert left[1].startswith("- watch the indexes (tom@example.com")
    assert left[2].startswith("- proposed by the program, not by a person: ")


def test_nothing_hidden_is_in_any_chain(opened: Opened) -> None:
    """Who sees prod only: trace, replay and the incident name nothing else anywhere."""
    memory = opened(slow_gateway())
    store, index = memory.store, prod(memory)
    asked = {"ref": GATEWAY, "symptom": Symptom.LATENCY, "at": minutes(SLOW)}

    def said(index: RestrictedIndex) -> list[str]:
        found = [
            trace_answer.document(trace(store, index, ties_of(index), **asked)),
            replay_document(
                replay(store, index, since=minutes(BREAKS - 5), until=minutes(SLOW + 20))
            ),
            render.document(incident(store, index, ID, now=minutes(SLOW + 30))),
        ]
        return [json.dumps(one, ensure_ascii=False) for one in found]

    for whole in said(RestrictedIndex(memory.index, {"prod", "data", "ops"}, lambda: {ID})):
        assert [one for one in HIDDEN if one not in whole] == []
    for part in said(index):
        assert "api-gateway" in part
        assert [one for one in HIDDEN if one in part] == []
