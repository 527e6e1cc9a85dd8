"""What is learnt from two months of a service in trouble: what came before it, and not chance."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from built_memory import SARAH, TOM, Past, config, container, deployment, minutes, pod

from kubectl_smart.memory.answers.causes import Learnt, TraceAnswer
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.opening import Memory, open_for_writing
from kubectl_smart.memory.questions.tracing import trace
from kubectl_smart.memory.questions.trouble_links import link_trouble, trouble_links
from kubectl_smart.memory.records.links import Link, LinkRule

Opened = Callable[[Past], Memory]
DAY = 24 * 60
API = deployment("api", "prod")
FLAGS = config("flags", "platform")
LAST = 60 * DAY


class Months:
    """Twenty configurations that people edit by day, and an api that seems to read none."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.edits: list[tuple[float, int]] = []
        self.flags: list[tuple[float, str]] = []
        self.troubles: list[float] = []
        for number in range(20):
            for _ in range(self.dice.choice((4, 8, 15))):
                self.edits.append((self.instant(), number))

    def instant(self) -> float:
        """Some time by day."""
        hour = min(max(self.dice.gauss(300, 120), 0), 1_380)
        return self.dice.randrange(1, 58) * DAY + hour

    def past(self) -> Past:
        """All of it as records, in order."""
        past = Past()
        past.heard(minutes(0), minutes(LAST + 60))
        past.write(API, containers=[container("main", "api:1")])
        past.write(FLAGS, data={"MODE": "safe"})
        for number in range(20):
            past.write(config(f"config-{number}", "prod"), data={"A": "0"})
        for serial, (at, number) in enumerate(sorted(self.edits)):
            past.write(config(f"config-{number}", "prod"), minutes(at), by=TOM,
                       data={"A": str(serial + 1)})  # fmt: skip
        for at, mode in self.flags:
            past.write(FLAGS, minutes(at), by=SARAH, data={"MODE": mode})
        for at in self.troubles:
            past.seen(pod("api-1", "prod"), minutes(at), "OOMKilled", owner=API)
        past.records.sort(key=lambda one: getattr(one, "happened_at", getattr(one, "first_at", 0)))
        return past


def traced(memory: Memory, at: float) -> TraceAnswer:
    """`trace restarts deployment/api`, a minute after it began."""
    return trace(
        memory.store, memory.index, ties_of(memory.index), ref=API, symptom=Symptom.RESTARTS,
        at=minutes(at + 1),
    )  # fmt: skip


def learnt(memory: Memory, at: float) -> Learnt | None:
    """What the chain of a trouble has learnt."""
    chains = traced(memory, at).causes.chains
    return chains[0].learnt if chains else None


@pytest.mark.parametrize("seed", [1, 2])
def test_trouble_that_comes_by_chance_accuses_nobody(opened: Opened, seed: int) -> None:
    """Fourteen troubles among two hundred edits, in the same hours, and nothing to learn."""
    months = Months(seed)
    months.troubles = sorted(months.instant() for _ in range(14))
    memory = opened(months.past())
    assert [at for at in months.troubles if traced(memory, at).causes.chains] == []


def risky(months: Months) -> None:
    """Five times MODE is set to something, and back a day later; four times trouble follows."""
    for number in range(5):
        at = (5 + 10 * number) * DAY + 200
        months.flags += [(at, f"risky-{number}"), (at + DAY, "safe")]
        if number != 2:
            months.troubles.append(at + 12)


def test_what_is_set_back_is_not_counted_as_done_again(opened: Opened) -> None:
    """Four of five, not of ten; and the change is found where nothing else tells of it."""
    months = Months(3)
    risky(months)
    months.flags.append((LAST, "bold"))
    months.troubles.append(LAST + 10)
    found = learnt(opened(months.past()), LAST + 10)
    assert found is not None
    assert (found.changed, found.field) == (FLAGS, "data.MODE")
    assert (found.followed, found.times) == (4, 5)
    assert found.q <= 0.001


def test_what_was_learnt_is_a_rule_of_links(opened: Opened) -> None:
    """Where it is the only way to the change; with its figures, and kept like the others."""
    months = Months(3)
    risky(months)
    months.flags.append((LAST, "bold"))
    months.troubles.append(LAST + 10)
    past = months.past()
    past.heard(minutes(LAST + 60), minutes(LAST + 600))
    memory = opened(past)

    def asked(index: Index) -> list[Link]:
        found = trouble_links(
            memory.store, index, ties_of(index), minutes(LAST), minutes(LAST + 60)
        )
        return [one for one in found if one.cause_of == FLAGS]

    (link,) = asked(memory.index)
    assert (link.rule, link.effect_of) == (LinkRule.LEARNT, API)
    assert "restarts of prod/deployment api within 30 min 4 of 5 times" in link.evidence
    assert "expected 0." in link.evidence
    assert "q = " in link.evidence
    assert 0 < link.confidence < 1
    memory.close()
    with open_for_writing(memory.store.path) as writing:
        while not link_trouble(writing.store, writing.index, 5).whole:
            pass
        assert asked(writing.index) == [link]


def test_answers_to_trouble_are_not_counted(opened: Opened) -> None:
    """MODE is set whenever the api is in trouble: that it comes again is not its doing."""
    months = Months(4)
    for number in range(5):
        at = (5 + 10 * number) * DAY + 200
        months.flags.append((at + 5, f"calm-{number}"))
        months.troubles += [at, at + 28]  # it comes again after a pause, within the half hour
    months.flags.append((LAST, "calm"))
    months.troubles.append(LAST + 10)
    assert traced(opened(months.past()), LAST + 10).causes.chains == ()


def test_too_long_before_is_not_soon_after(opened: Opened) -> None:
    """Trouble three quarters of an hour later did not follow."""
    months = Months(5)
    risky(months)
    months.flags.append((LAST, "bold"))
    months.troubles.append(LAST + 45)
    assert traced(opened(months.past()), LAST + 45).causes.chains == ()
