"""`dependencies`: what is needed, who needs it, at an instant or in a window, and its proofs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from built_memory import START, TOM, Past, config, container, deployment, minutes, pod

from kubectl_smart.memory.answers.dependencies import DependenciesAnswer, Needed
from kubectl_smart.memory.formats.identity import dependency_id
from kubectl_smart.memory.index.restricted import RestrictedIndex
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.dependencies import SEEN_WITHIN, dependencies
from kubectl_smart.memory.records.dependencies import Dependency
from kubectl_smart.memory.records.errors import NotCovered
from kubectl_smart.memory.records.objects import ObjectRef

API, WEB, CONF = deployment("api"), deployment("web"), config("conf")
DB, BEHIND = ObjectRef("", "Service", "data", "db"), ObjectRef("", "Service", "payments", "api")
Opened = Callable[[Past], Memory]


def _past() -> Past:
    past = Past()
    past.heard(START, minutes(60))
    past.write(DB, ports=[{"port": 5432}])
    past.write(BEHIND, selector={"app": "api"}, ports=[{"port": 80}])
    template = {
        "metadata": {"labels": {"app": "api"}},
        "spec": {"containers": [container("main", "api:1", DB_HOST="db.data")]},
    }
    past.write(API, minutes(1), by=TOM, template=template)
    past.write(WEB, minutes(2), containers=[container("main", "web:1", URL="http://api")])
    past.write(pod("api-1"), minutes(3), derived=True, owner=API)
    past.write(CONF, minutes(4), data={"API_URL": "http://api"})
    past.delete(CONF, minutes(9))
    return past


def _ask(memory: Memory, ref: ObjectRef, **window: int) -> DependenciesAnswer:
    (row,) = memory.index.find_objects([(ref.group, ref.kind)], ref.name, ref.namespace)
    return dependencies(memory.store, memory.index, row, **window)


def _told(found: tuple[Needed, ...]) -> list[tuple[Any, ...]]:
    return [(one.kind, one.caller.name, one.callee.name, one.source) for one in found]


def test_what_it_needs_and_who_needs_it_now(opened: Opened) -> None:
    """With field, value, instant and commit; through the Service that leads to it as well."""
    memory = opened(_past())
    answer = _ask(memory, API)
    assert _told(answer.needs) == [("calls", "api", "db", "configuration")]
    (needed,) = answer.needs
    (proof,) = needed.evidence
    assert (needed.since, needed.until) == (minutes(1), None)
    assert proof.field == "spec.template.spec.containers[main].env[DB_HOST].value"
    assert (proof.object, proof.value, proof.since) == (API, "db.data", minutes(1))
    assert proof.citation is not None
    (change,) = memory.index.change(proof.citation.record)
    assert (change.commit, change.record.happened_at) == (proof.citation.commit, minutes(1))
    assert _told(answer.needed_by) == [
        ("calls", "web", "api", "configuration"),
        ("selects", "api", "api", "configuration"),
    ]
    assert answer.needed_by[0].callee == BEHIND
    assert (answer.since, answer.until) == (minutes(60), minutes(60))


def test_of_an_instant_and_of_a_window(opened: Opened) -> None:
    """An edge counts from its beginning, and no more at its end."""
    memory = opened(_past())

    def naming(**window: int) -> list[tuple[Any, ...]]:
        found = _ask(memory, BEHIND, **window).needed_by
        return [(one.since, one.until) for one in found if one.caller == CONF]

    stood = [(minutes(4), minutes(9))]
    assert naming(since=minutes(4), until=minutes(4)) == stood
    assert naming(since=minutes(9), until=minutes(9)) == []
    assert naming(since=minutes(8)) == stood
    assert naming(until=minutes(4)) == []
    assert naming() == []
    assert not _ask(memory, CONF).exists
    assert _ask(memory, CONF, since=minutes(5)).exists
    with pytest.raises(NotCovered):
        _ask(memory, API, since=START - 1, until=START - 1)


def test_a_pod_has_the_dependencies_of_what_it_is_made_for(opened: Opened) -> None:
    """And the answer says whose they are."""
    answer = _ask(opened(_past()), pod("api-1"))
    assert (answer.asked, answer.object) == (pod("api-1"), API)
    assert _told(answer.needs) == [("calls", "api", "db", "configuration")]


def test_what_was_measured_stands_beside_it(opened: Opened) -> None:
    """The service graph's edges, with when they were first and last seen, if that is lately."""
    past = _past()
    past.heard(minutes(60), minutes(120))
    past.records += [
        Dependency(
            id=dependency_id(WEB, callee, "calls", "prometheus"),
            caller=WEB,
            callee=callee,
            kind="calls",
            source="prometheus",
            evidence="sum by (…)",
            first_at=START,
            last_at=last_at,
        )
        for callee, last_at in ((BEHIND, minutes(99)), (DB, minutes(120) - SEEN_WITHIN - 1))
    ]
    memory = opened(past)
    answer = _ask(memory, WEB)
    assert _told(answer.needs) == [
        ("calls", "web", "api", "configuration"),
        ("calls", "web", "api", "prometheus"),
    ]
    seen = answer.needs[1]
    assert (seen.since, seen.until, seen.evidence[0].value) == (START, minutes(99), "sum by (…)")
    assert ("calls", "web", "api", "prometheus") in _told(_ask(memory, API).needed_by)
    assert len(_ask(memory, WEB, since=START).needs) == 3


def test_what_may_not_be_seen_is_not_told(opened: Opened) -> None:
    """Neither an end that is hidden nor a field that names it, not even by its whole name."""
    past = _past()
    past.write(WEB, minutes(20), containers=[container("main", "web:1", URL="http://db.data.svc")])
    memory = opened(past)
    (row,) = memory.index.find_objects(None, "web", "payments")

    def needs(index: Any) -> list[str]:
        return [one.callee.name for one in dependencies(memory.store, index, row).needs]

    assert needs(memory.index) == ["db"]
    assert needs(RestrictedIndex(memory.index, {"payments"})) == []
    assert needs(RestrictedIndex(memory.index, {"payments", "data"})) == ["db"]
    hidden = RestrictedIndex(
        memory.index, {"payments", "data"}, may=lambda _, kind, __: kind != "Service"
    )
    assert needs(hidden) == []


def test_a_rebuilt_index_answers_with_the_same(opened: Opened, tmp_path: Any) -> None:
    """Nothing of it is recorded: it follows from the states in git."""
    past = _past()
    memory = opened(past)
    before = [_ask(memory, ref) for ref in (API, WEB, DB, BEHIND)]
    (memory.path / "smart" / "index.sqlite").unlink()
    memory.close()
    from kubectl_smart.memory.opening import open_memory

    with open_memory(memory.path) as again:
        assert [_ask(again, ref) for ref in (API, WEB, DB, BEHIND)] == before
