"""`why` on notes pinned to fields: rules that were broken, and facts gone by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

from built_memory import START, TOM, Past, deployment, minutes

from kubectl_smart.bot.render import blocks, documents, markdown, text, words
from kubectl_smart.memory.answers.why import WhyAnswer
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.pinned_notes import rules_broken
from kubectl_smart.memory.questions.why import why
from kubectl_smart.memory.records.actors import Actor, ActorKind

API = deployment("api")
Opened = Callable[[Past], Memory]


def ask(memory: Memory, field: str = "", until: int | None = None) -> WhyAnswer:
    """The answer about the api."""
    row = memory.index.find_objects([("apps", "Deployment")], "api", "payments")[0]
    return why(memory.store, memory.index, row, field=field, until=until)


def ruled() -> Past:
    """Replicas 5, then a rule, then 8, 3, 6; another field in between."""
    past = Past()
    past.heard(START, minutes(60))
    past.write(API, replicas=2)
    past.write(API, minutes(1), replicas=5)
    past.note(
        minutes(2), "never below 5 because of the SLA", about=API, of_field="replicas",
        of_incident="2020-11-blackfriday",
    )  # fmt: skip
    past.write(API, minutes(3), replicas=8)
    past.write(API, minutes(4), by=TOM, replicas=3)
    past.write(API, minutes(5), by=TOM, replicas=3, paused=True)
    past.write(API, minutes(6), replicas=6, paused=True)
    return past


def test_why_names_the_rule_and_what_broke_it_since(opened: Opened) -> None:
    """Asked for the field and for the object; what was before the rule did not break it."""
    memory = opened(ruled())

    for field in ("", "replicas"):
        (known,) = ask(memory, field).knowledge
        assert known.rule is not None
        assert (known.rule.words, known.rule.because) == ("never below 5", "of the SLA")
        assert known.incident == "2020-11-blackfriday"
        assert [(one.at, one.actor, one.after) for one in known.broken_by] == [
            (minutes(4), TOM.name, 3)
        ]
        assert memory.store.change_of_commit(known.broken_by[0].citation.commit)
        assert known.stale is None
    assert ask(memory, until=minutes(4)).knowledge[0].broken_by == ()


def test_what_an_alert_says_in_an_incident_is_no_knowledge(opened: Opened) -> None:
    """It links the object to the incident; `why` tells what people know."""
    past = Past()
    past.write(API, replicas=2)
    machine = Actor("alertmanager", ActorKind.AUTOMATION)
    past.note(minutes(1), "Slow fires", about=API, of_incident="2026-11-23-slow", by=machine)
    past.note(minutes(2), "see the runbook", about=API, of_incident="2026-11-23-slow")
    (known,) = ask(opened(past)).knowledge
    assert known.text == "see the runbook"


def test_every_face_shows_the_rule_its_incident_and_its_breach(opened: Opened) -> None:
    """Terminal, JSON, Markdown and Slack."""
    answer = ask(opened(ruled()), "replicas")

    lines = text.why(answer, UTC)
    said = "  never below 5 because of the SLA on replicas — sarah@example.com, 2025-11-23 09:02:00"
    at = next(number for number, line in enumerate(lines) if line.startswith(said))
    assert lines[at + 1 : at + 4] == [
        "      from incident 2020-11-blackfriday",
        "      a rule: never below 5",
        "      broken 2025-11-23 09:04:00 by tom@example.com: spec.replicas = 3",
    ]
    (known,) = documents.why(answer)["knowledge"]
    assert known["rule"]["limit"] == "5"
    assert [one["value"] for one in known["rule"]["brokenBy"]] == [3]
    assert any("broken 2025-11-23 09:04:00" in line for line in markdown.why(answer, UTC))
    message = blocks.why(answer, UTC, "handle")
    assert "(a rule, broken since)" in str(message.blocks)
    assert "spec.replicas = 3" in str(message.evidence)


def test_a_note_whose_fact_has_changed_is_stale(opened: Opened) -> None:
    """It says what the value was then, what it is now, since when and by whom."""
    past = Past()
    past.heard(START, minutes(60))
    past.write(API, replicas=5)
    past.note(minutes(1), "five is what the queue needs", about=API, of_field="spec.replicas")
    past.note(minutes(1), "about all of it", about=API)
    past.write(API, minutes(2), replicas=7)
    past.write(API, minutes(3), by=TOM, replicas=9)
    memory = opened(past)

    known, whole = ask(memory, "replicas").knowledge

    assert whole.stale is None
    stale = known.stale
    assert stale is not None
    assert (stale.path, stale.before, stale.after) == ("spec.replicas", 5, 9)
    assert (stale.at, stale.actor) == (minutes(3), TOM.name)
    said = "stale: spec.replicas was 5 then, and is 9 since 2025-11-23 09:03:00, by tom@example.com"
    answer = ask(memory, "replicas")
    assert f"      {said}" in text.why(answer, UTC)
    assert documents.why(answer)["knowledge"][0]["stale"]["after"] == 9
    assert any("stale: " in line for line in markdown.why(answer, UTC))
    assert "spec.replicas was 5 then" in str(blocks.why(answer, UTC, "handle").evidence)
    assert ask(memory, "replicas", until=minutes(2)).knowledge[0].stale is None


def test_a_value_that_came_back_is_not_stale(opened: Opened) -> None:
    """What was said is so."""
    past = Past()
    past.write(API, replicas=5)
    past.note(minutes(1), "five is enough", about=API, of_field="replicas")
    past.write(API, minutes(2), replicas=7)
    past.write(API, minutes(3), replicas=5)

    (known,) = ask(opened(past), "replicas").knowledge

    assert known.stale is None


def test_a_note_taken_back_is_not_shown(opened: Opened) -> None:
    """A note without words says nothing any more."""
    past = Past()
    past.write(API, replicas=5)
    past.note(minutes(1), "  ", about=API, of_field="replicas")

    assert ask(opened(past)).knowledge == ()


def test_a_change_that_breaks_a_rule_is_known_at_once(opened: Opened) -> None:
    """With the rule, its author and its incident; not by what was before the rule."""
    past = ruled()
    changes = {one.happened_at: one for one in past.records if hasattr(one, "verb")}
    memory = opened(past)

    (breach,) = rules_broken(memory.index, changes[minutes(4)])

    assert (breach.path, breach.before, breach.after) == ("spec.replicas", 8, 3)
    assert breach.rule.author == "sarah@example.com"
    assert breach.rule.incident == "2020-11-blackfriday"
    assert words.breach(breach) == (
        "never below 5: of the SLA (sarah@example.com, see 2020-11-blackfriday); "
        "spec.replicas is now 3"
    )
    assert [rules_broken(memory.index, changes[at]) for at in (START, minutes(3))] == [(), ()]
