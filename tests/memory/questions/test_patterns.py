"""The question `patterns`, from a memory in git to its answer."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from built_memory import Past
from patterned_year import MINUTE, PEOPLE, PLANTS, ZONE, Maker, Told, when

from kubectl_smart.bot.render import patterns as written
from kubectl_smart.memory.answers.patterns import Part, PatternsAnswer
from kubectl_smart.memory.index.restricted import RestrictedIndex
from kubectl_smart.memory.opening import Memory, open_memory
from kubectl_smart.memory.patterns.rhythms import LEAST
from kubectl_smart.memory.questions.pattern_reading import read_history
from kubectl_smart.memory.questions.patterns import SURE, mined, patterns
from kubectl_smart.memory.records.changes import FieldEdit
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.privacy import Privacy

NAMED = Privacy(names=True)
PERSON = re.compile(r"[a-z]+@example\.com")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year with all that is planted, committed."""
    made = Maker(8, changes=1_200).history()
    first, last = Told(made.records).span
    heard = Heard(source="audit-log", session="year", from_at=first, to_at=last)
    folder = tmp_path_factory.mktemp("patterns") / "memory"
    Past(records=[*made.records, heard]).record(folder)
    return folder


@pytest.fixture
def memory(folder: Path) -> Iterator[Memory]:
    """It, open for questions."""
    with open_memory(folder) as opened:
        yield opened


def _asked(memory: Memory, privacy: Privacy | None = None, **more: object) -> PatternsAnswer:
    return patterns(memory.store, memory.index, zone=ZONE, privacy=privacy, **more)  # type: ignore[arg-type]


def test_all_that_is_planted_is_told(memory: Memory) -> None:
    """With figures that fit each other, and commits of examples."""
    answer = _asked(memory, NAMED)
    said = [one.statement for one in answer.patterns]
    missing = [
        name for name, each in PLANTS.items() if not any(re.search(each, one) for one in said)
    ]
    assert not missing
    for one in answer.patterns:
        assert LEAST <= one.held <= one.times
        assert one.low <= one.held / one.times <= one.high
        assert one.p <= one.q <= SURE
        assert one.expected < one.within <= one.trials
        assert one.first == one.examples[0].at
        assert one.last == one.examples[-1].at
        assert all(each.citation is not None for each in one.examples)


def test_the_same_question_gives_the_same_bytes(folder: Path) -> None:
    """In every zone the machine may be in."""
    told = []
    for zone in ("UTC", "America/New_York"):
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("TZ", zone)
            time.tzset()
            with open_memory(folder) as opened:
                told.append(repr(_asked(opened)))
    time.tzset()
    assert told[0] == told[1]


def test_people_are_told_by_role_and_cited_nowhere(memory: Memory) -> None:
    """Unless names are wanted; the figures are the same."""
    plain, named = _asked(memory), _asked(memory, NAMED)
    roles = _asked(memory, Privacy(roles={"sarah@example.com": "the cache team"}))
    assert not PERSON.search(" ".join(one.statement for one in plain.patterns))
    assert "somebody on call checks data/redis first" in repr(plain)
    assert "somebody of the cache team checks data/redis first" in repr(roles)
    assert "sarah@example.com checks data/redis first" in repr(named)
    assert sorted(one.q for one in plain.patterns) == sorted(one.q for one in named.patterns)
    for one in plain.patterns:
        if "somebody" in one.statement and one.part is Part.HUMAN:
            assert all(each.citation is None for each in (*one.examples, *one.against))


def test_an_order_of_one_person_is_told_of_nobody(memory: Memory) -> None:
    """By role, in no commit, and not at all of who wants no part in it; of the team it is cited."""
    steps = "lists nodes, then lists pods, and next checks the usage of nodes"
    (one,) = [each for each in _asked(memory).patterns if steps in each.statement]
    assert one.statement == f"in trouble, somebody on call {steps}"
    assert all(each.citation is None for each in (*one.examples, *one.against))
    assert f"priya@example.com {steps}" in repr(_asked(memory, NAMED))
    silent = Privacy(names=True, silent=frozenset({"priya@example.com"}))
    assert "priya" not in repr(_asked(memory, silent))
    (team,) = [each for each in _asked(memory).patterns if "then lists pods" in each.statement
               and "the team" in each.statement]  # fmt: skip
    assert all(each.citation is not None for each in team.examples)
    assert "the team" not in repr(_asked(memory, Privacy(least_group=7)))


def test_what_one_person_edits_together_is_cited_nowhere(memory: Memory) -> None:
    """Of fewer than make a group; with names it is, and of the group it is."""
    (group,) = [one for one in _asked(memory).patterns if one.kind == "together"]
    (few,) = [one for one in _asked(memory, Privacy(least_group=7)).patterns
              if one.kind == "together"]  # fmt: skip
    assert group.statement.startswith("whoever edits")
    assert few.statement.startswith("somebody who edits")
    assert all(each.citation is not None for each in group.examples)
    assert all(each.citation is None for each in (*few.examples, *few.against))


def test_who_wants_no_part_in_it_has_none(memory: Memory) -> None:
    """No habit of theirs is told, and the others' are."""
    answer = _asked(memory, Privacy(names=True, silent=frozenset({"sarah@example.com"})))
    assert "sarah" not in repr(answer)
    assert "tom@example.com" in repr(answer)


def test_a_small_group_is_no_team(memory: Memory) -> None:
    """With six people on call a habit of seven is nobody's."""
    assert "the team" in repr(_asked(memory))
    assert "the team" not in repr(_asked(memory, Privacy(least_group=7)))


def test_parts_and_namespaces_narrow_what_is_told(memory: Memory) -> None:
    """Of the parts asked for the same patterns with the same figures."""
    whole = _asked(memory)
    (part,) = {one.part for one in _asked(memory, parts=[Part.TEMPORAL]).patterns}
    assert part is Part.TEMPORAL
    assert _asked(memory, parts=[Part.TEMPORAL]).patterns == tuple(
        one for one in whole.patterns if one.part is Part.TEMPORAL
    )
    billing = _asked(memory, namespace="billing")
    assert billing.patterns
    assert "search" not in repr(billing.patterns)


def test_what_is_hidden_is_in_no_figure(memory: Memory, folder: Path) -> None:
    """Who sees one namespace gets what a memory of that namespace would tell."""
    hidden = RestrictedIndex(memory.index, {"billing"})
    seen = patterns(memory.store, hidden, zone=ZONE)
    with open_memory(folder) as opened:
        alone = _asked(opened, namespace="billing")
    assert seen.patterns == alone.patterns
    assert seen.tested == alone.tested


def test_a_window_has_its_own_patterns(memory: Memory) -> None:
    """Of two weeks nothing is told."""
    since = _asked(memory).since
    assert not _asked(memory, since=since, until=since + 14 * 86_400_000_000).patterns


def test_every_face_tells_all(memory: Memory) -> None:
    """Statement and q of each; the arithmetic on demand."""
    answer = _asked(memory)
    lines = "\n".join(written.as_text(answer, ZONE))
    explained = "\n".join(written.as_text(answer, ZONE, explain=True))
    page = "\n".join(written.as_markdown(answer, ZONE))
    document = written.as_document(answer)
    for one in answer.patterns:
        assert one.statement in lines
        assert one.test in explained
        assert "hypotheses" in page
    assert [each["statement"] for each in document["patterns"]] == [
        one.statement for one in answer.patterns
    ]


@pytest.mark.parametrize("seed", [101, 102, 103])
def test_where_nothing_is_planted_nothing_is_told(seed: int) -> None:
    """Years of ordinary work; `benchmarks/patterns.py free` looks at fifty."""
    told = Told(Maker(seed, changes=1_500, plants=False).history().records)
    assert mined(read_history(told, *told.span), ZONE, NAMED)[0] == []  # type: ignore[arg-type]


def test_the_order_of_the_records_changes_nothing() -> None:
    """As they came, and shuffled, so that everything has another number."""
    records = Maker(9, changes=800).history().records
    plain = Told(records)
    shuffled = Told(random.Random(1).sample(records, len(records)))
    found = [
        [(draft.statement, draft.held, draft.times, p, q) for draft, p, q in
         mined(read_history(each, *plain.span), ZONE, NAMED)[0]]  # type: ignore[arg-type]
        for each in (plain, shuffled)
    ]  # fmt: skip
    assert found[0] == found[1]
    assert found[0]


def test_what_is_edited_one_after_the_other_is_told_once() -> None:
    """Not each of the 45 pairs of ten objects; and one bad afternoon is not told at all."""
    maker = Maker(31, changes=1_200, plants=False)
    records = maker.history().records
    for _ in range(7):
        at = maker.office()
        for number in range(10):
            ref = ObjectRef("", "ConfigMap", "mail", f"part-{number}")
            edit = FieldEdit("data.version", str(at), str(at + 1))
            maker.change(ref, at + number * 5_000_000, PEOPLE[0], edit)
    ref, at = maker.services[2], maker.office()
    config = ObjectRef("", "ConfigMap", ref.namespace, "tuning")
    for number in range(12):
        begun = at + number * 50 * MINUTE
        maker.seen(ref, begun, "OOMKilled", count=3)
        edit = FieldEdit("data.HEAP", str(number), str(number + 1))
        maker.change(config, begun + 35 * MINUTE, PEOPLE[2], edit)
    told = Told(sorted(records, key=when))
    drafts, _ = mined(read_history(told, *told.span), ZONE, Privacy())  # type: ignore[arg-type]
    assert [draft.statement for draft, _, _ in drafts] == [
        "somebody who edits mail/configmap part-0 edits mail/configmap part-1 within the hour; "
        "with them mostly mail/configmap part-2, mail/configmap part-3, mail/configmap part-4 "
        "and 5 more"
    ]
