"""What every index promises, in a SQLite file and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from index_story import (
    API,
    API_UID,
    CALLED_STILL,
    CHANGES,
    CLOSED,
    CONFIG,
    CRASHED,
    FIELDS,
    LISTED,
    LOOKED,
    LOOSE,
    MADE,
    NODE,
    NODE_MADE,
    NODE_STATUS,
    OPENED,
    OTHERS,
    POD,
    POD_BOUND,
    POD_GONE,
    POD_MADE,
    PULLED,
    READ,
    SCALED,
    SETTINGS,
    TOUCHED,
    WEB,
    WHY,
    at,
    uuid,
)
from indexed_memory import Indexed, answers
from plain_index import outlined
from postgresql import running_server, schema_of
from simple_fold import workload

from kubectl_smart.memory.index import lookups
from kubectl_smart.memory.index.opening import open_index
from kubectl_smart.memory.index.rows import Counts, IndexUnusable, ObjectRow, Seed, Standing
from kubectl_smart.memory.records.changes import Change, Facet
from kubectl_smart.memory.records.errors import BadInput, Busy
from kubectl_smart.memory.records.facts import Committed, Record
from kubectl_smart.memory.records.objects import ObjectRef


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A PostgreSQL server for the whole run."""
    with running_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | Path]:
    """Where an index may be: a file, or an empty schema."""
    if request.param == "sqlite":
        yield tmp_path / "index.sqlite"
        return
    with schema_of(request.getfixturevalue("server")) as url:
        yield url


@pytest.fixture
def memory(place: str | Path, tmp_path: Path) -> Iterator[Indexed]:
    """An empty memory."""
    with Indexed.open(tmp_path / "memory", place) as found:
        yield found


@pytest.fixture
def story(memory: Indexed) -> Indexed:
    """A memory in which all of this was recorded, in two runs."""
    memory.tell(*([one] for one in CHANGES), every=3)
    memory.tell(*([one] for one in OTHERS), every=4)
    return memory


def records(found: Sequence[Committed | None]) -> list[Record | None]:
    """The records of what was found."""
    return [None if each is None else each.record for each in found]


def bare(*wanted: Change) -> list[Change]:
    """Changes as look-ups return them: their state stays in git."""
    return [replace(each, state=None) for each in wanted]


def test_changes_of_an_object(story: Indexed) -> None:
    """All of them, exact to the last member, in order; windows are half open."""
    index = story.index
    assert records(index.changes_of(API)) == bare(MADE, SCALED, FIELDS)
    assert records(index.changes_of(API, since=at(5), until=at(7))) == bare(SCALED)
    assert records(index.changes_of(WEB)) == bare(TOUCHED)
    assert records(index.changes_of(POD)) == bare(POD_MADE, POD_BOUND, POD_GONE)
    assert index.changes_of(NODE)[0].record == replace(NODE_MADE, state=None)
    assert records(index.changes_of(NODE, Facet.STATUS)) == bare(NODE_STATUS)
    assert index.changes_of(ObjectRef("", "Pod", "payments", "none")) == []


def test_outlines_are_of_the_same_changes(story: Indexed) -> None:
    """In the same order, with what they say in part; by their numbers the changes are found."""
    index = story.index
    for ref in (API, POD, NODE, CONFIG, WEB):
        changes, outlines = index.changes_of(ref), index.outlines_of(ref)
        whole = index.listed([one.number for one in outlines])

        assert [whole[one.number] for one in outlines] == changes
        assert [outlined(each)[1:] for each in changes] == [one[1:] for one in outlines]
    assert [one.happened_at for one in index.outlines_of(API, at(6))] == [
        each.record.happened_at
        for each in index.changes_of(API, until=at(6))
        if isinstance(each.record, Change)
    ]
    assert index.outlines_of(ObjectRef("", "Pod", "payments", "none")) == []
    assert index.listed([]) == {}


def test_what_is_found_says_where_it_stands(story: Indexed) -> None:
    """Commit, branch, sequence and place are those that were delivered."""
    live = {each.record.id: each for each in story.live if isinstance(each.record, Change)}
    for ref in (API, POD, NODE, CONFIG, WEB):
        for each in story.index.changes_of(ref):
            assert isinstance(each.record, Change)
            delivered = live[each.record.id]
            assert each[1:] == delivered[1:]
            assert isinstance(delivered.record, Change)
            if each.place is not None:
                assert story.store.read_states([each.place]) == [delivered.record.state]


def test_changes_of_a_window(story: Indexed) -> None:
    """Declared ones, the bulk on demand; of a namespace; the oldest few."""
    look_up = story.index.changes_between
    declared = bare(MADE, NODE_MADE, SCALED, SETTINGS, FIELDS, TOUCHED)
    assert records(look_up(None, None)) == declared
    assert records(look_up(at(0.5), at(7))) == declared[1:4]
    assert records(look_up(None, None, "payments")) == bare(MADE, SCALED, SETTINGS, FIELDS)
    assert records(look_up(None, None, "")) == bare(NODE_MADE)
    assert records(look_up(None, None, "nowhere")) == []
    assert records(look_up(None, None, limit=2)) == declared[:2]
    everything = sorted(CHANGES, key=lambda each: each.happened_at)
    assert records(look_up(None, None, derived=True)) == bare(*everything)
    of_payments = [each for each in everything if each.object.namespace == "payments"]
    assert records(look_up(at(1), at(6), "payments", derived=True, limit=3)) == bare(
        *of_payments[1:4]
    )


def test_acts_of_a_window(story: Indexed, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was decided, in order, whatever the pages; the bulk does not count."""
    declared = (MADE, NODE_MADE, SCALED, SETTINGS, FIELDS, TOUCHED)
    for page in (1, 2, 1_000):
        monkeypatch.setattr(lookups, "_PAGE", page)
        found = list(story.index.acts_between(None, None))
        assert [(one.object, one.happened_at, one.edits) for one in found] == [
            (one.object, one.happened_at, one.edits) for one in declared
        ]
        assert [one.actor for one in found] == [one.actor for one in declared]
        cited = story.index.listed(one.number for one in found)
        assert [cited[one.number].record.id for one in found] == [one.id for one in declared]  # type: ignore[union-attr]
        some = list(story.index.acts_between(at(0.5), at(7), "payments"))
        assert [one.happened_at for one in some] == [one.happened_at for one in (SCALED, SETTINGS)]
        assert not list(story.index.acts_between(None, None, "nowhere"))


def test_slots_in_which_anything_was_decided(story: Indexed) -> None:
    """Each once, whatever falls into it; the bulk does not count."""
    declared = (MADE, NODE_MADE, SCALED, SETTINGS, FIELDS, TOUCHED)
    width = at(2) - at(0)
    assert story.index.busy_slots(at(0), at(1_000), width) == {
        one.happened_at // width for one in declared
    }
    assert story.index.busy_slots(at(0), at(0), width) == frozenset()


def test_neighbours_of_an_instant(story: Indexed) -> None:
    """The nearest on both sides; the instant itself is neither."""
    look_up = story.index.neighbours
    assert records(look_up(at(5))) == bare(NODE_MADE, SETTINGS)
    assert records(look_up(at(5.5), "payments")) == bare(SCALED, SETTINGS)
    assert records(look_up(at(0), "payments")) == [None, *bare(SCALED)]
    assert records(look_up(at(5.5), ref=API)) == bare(SCALED, FIELDS)
    assert records(look_up(at(9), ref=POD)) == [*bare(POD_BOUND), None]
    assert look_up(at(1), "nowhere") == (None, None)
    assert look_up(at(1), ref=ObjectRef("", "Pod", "", "none")) == (None, None)


def test_a_change_by_its_id(story: Indexed) -> None:
    """By any prefix, in any case; what is no hex is not found."""
    assert records(story.index.change(SCALED.id)) == bare(SCALED)
    assert replace(SCALED, state=None) in records(story.index.change(SCALED.id[:5].upper()))
    assert story.index.change("") == []
    assert story.index.change("xyz") == []
    assert story.index.change("0" * 33) == []


def test_objects_by_name(story: Indexed) -> None:
    """Alive or gone, with what its newest change says."""
    found = story.index.find_objects(None, "payment-api", None)
    assert [row.ref for row in found] == [CONFIG, API]
    assert story.index.find_objects([("", "ConfigMap")], "payment-api", None) == found[:1]
    assert story.index.find_objects(None, "payment-api", "shop") == []
    newest = story.index.changes_of(API)[-1]
    assert found[1] == ObjectRow(
        API, False, None, API_UID, FIELDS.resource_version, at(0), at(7), None, newest.place
    )
    (pod,) = story.index.find_objects(None, POD.name, "payments")
    assert pod == ObjectRow(
        POD, True, API, POD_GONE.uid, POD_GONE.resource_version, at(1), at(9), at(9), None
    )
    (node,) = story.index.find_objects(None, "worker-5", "")
    assert (node.ref, node.first_at, node.last_at) == (NODE, at(0.5), at(0.5))


def test_what_a_fold_goes_on_from(story: Indexed) -> None:
    """Every object and facet alive, and on demand what went away of late."""
    seeds = story.index.fold_seed()
    assert [(seed.ref, seed.facet) for seed in seeds] == [
        (CONFIG, Facet.OBJECT),
        (NODE, Facet.OBJECT),
        (NODE, Facet.STATUS),
        (API, Facet.OBJECT),
        (WEB, Facet.OBJECT),
    ]
    assert seeds[3].happened_at == at(7)
    assert not any(seed.gone for seed in seeds)
    more = story.index.fold_seed(gone_since=at(9))
    (gone,) = [seed for seed in more if seed not in seeds]
    version = POD_GONE.resource_version
    assert gone == Seed(POD, Facet.OBJECT, True, API, POD_GONE.uid, version, at(9), True, None)
    assert story.index.fold_seed(gone_since=at(9) + 1) == seeds


def test_names_that_come_near(story: Indexed) -> None:
    """The nearest name first; declared before derived; preferences decide between equals."""
    look_up = story.index.similar
    assert look_up("payment-apj")[:2] == [CONFIG, API]
    assert look_up("payment-apj", "Deployment")[0] == API
    assert look_up("workr-5") == [NODE]
    assert look_up("zzz") == []
    assert len(look_up("payment-apj", limit=1)) == 1


def test_the_state_of_the_past(story: Indexed) -> None:
    """What was alive, of which changes it is made, from the instant it began to before its end."""
    index = story.index

    def seen(minute: float, **more: Any) -> list[list[str]]:
        return [ids(*found) for found in index.state_at(at(minute), **more)]

    def ids(*wanted: Change | Standing) -> list[str]:
        return [each.id for each in wanted]

    assert seen(-1) == []
    assert seen(0) == [ids(MADE)]
    assert seen(3) == [ids(NODE_MADE, NODE_STATUS), ids(POD_BOUND), ids(MADE)]
    assert seen(8.9, namespace="payments") == [
        ids(SETTINGS), ids(POD_BOUND), ids(SCALED, FIELDS),
    ]  # fmt: skip
    assert seen(9, namespace="payments") == [ids(SETTINGS), ids(SCALED, FIELDS)]
    assert seen(9, kinds=[("apps", "Deployment")]) == [ids(SCALED, FIELDS), ids(TOUCHED)]
    assert seen(9, name="worker-5", kinds=[("", "Node")]) == [ids(NODE_MADE, NODE_STATUS)]


def test_the_state_before_a_change(story: Indexed) -> None:
    """The one in force at the instant, of the object with that uid."""
    look_up = story.index.previous_state
    made, scaled, _ = story.index.changes_of(API)
    assert look_up(API, API_UID, Facet.OBJECT, at(0)) == made.place
    assert look_up(API, "", Facet.OBJECT, at(6)) == scaled.place
    assert look_up(API, "", Facet.OBJECT, at(0) - 1) is None
    assert look_up(API, "another", Facet.OBJECT, at(6)) is None
    assert (
        look_up(NODE, "", Facet.STATUS, at(4))
        == story.index.changes_of(NODE, Facet.STATUS)[0].place
    )
    assert look_up(POD, "", Facet.OBJECT, at(9)) is None


def test_observations(story: Indexed) -> None:
    """Those that overlap the window, of an object, of its owner, of a namespace."""
    look_up = story.index.observations
    both = sorted([CRASHED, PULLED], key=lambda each: each.id)
    assert records(look_up()) == both
    assert records(look_up(at(5), at(6))) == [CRASHED]
    assert records(look_up(at(6), at(7))) == [CRASHED]
    assert records(look_up(at(6) + 1, at(7))) == []
    assert records(look_up(None, at(3))) == []
    assert records(look_up(owner=API)) == both
    assert records(look_up(about=POD, warnings_only=True)) == [CRASHED]
    assert records(look_up(about=API)) == []
    assert records(look_up(namespace="payments", since=at(4))) == [CRASHED]
    assert records(look_up(namespace="shop")) == []
    assert records(look_up(owner=API, since=at(5), until=at(8))) == [CRASHED]


def test_dependencies(story: Indexed) -> None:
    """Those seen in the window, of a caller, of a callee; the version recorded last of each."""
    look_up = story.index.dependencies
    both = sorted([CALLED_STILL, READ], key=lambda each: each.id)
    assert records(look_up()) == both
    assert records(look_up(at(3))) == [CALLED_STILL]
    assert records(look_up(None, at(1))) == []
    assert records(look_up(caller=API)) == [READ]
    assert records(look_up(callee=API)) == [CALLED_STILL]
    assert records(look_up(caller=API, callee=CONFIG)) == [READ]
    assert records(look_up(caller=WEB, callee=CONFIG)) == []
    assert records(look_up(at(7) + 1)) == []
    assert all(each.branch.startswith("journal/") for each in look_up())


def test_steps(story: Indexed) -> None:
    """Those that overlap the window, of an object, of a namespace."""
    look_up = story.index.steps
    both = sorted([LOOKED, LISTED], key=lambda each: each.id)
    assert records(look_up()) == both
    assert records(look_up(at(5), at(5.5), "payments")) == [LOOKED]
    assert records(look_up(target=POD)) == [LOOKED]
    assert records(look_up(None, at(4))) == []


def test_notes_and_incidents(story: Indexed) -> None:
    """By what they are about, by what they explain; the valid version and every version."""
    index = story.index
    assert records(index.notes_about(API)) == [WHY]
    assert records(index.notes_about(POD)) == []
    assert records(index.notes_explaining([MADE.id, SCALED.id, ""])) == [WHY]
    assert index.notes_explaining([]) == []
    assert records(index.notes()) == sorted([WHY, LOOSE], key=lambda each: each.id)
    assert records(index.notes(at(6) + 1)) == []
    assert records(index.incidents()) == [CLOSED]
    assert records(index.incidents(versions=True)) == [OPENED, CLOSED]


def test_a_note_that_was_taken_back_is_in_no_answer(story: Indexed) -> None:
    """It is known by its id alone; said again it is there again."""
    index = story.index
    gone = replace(WHY, text="", changed_at=at(9), retracted=True)
    again = replace(WHY, text="Mind the queue.", changed_at=at(10))
    story.tell([gone])
    assert records(index.notes_about(API)) == []
    assert records(index.notes_explaining([MADE.id, SCALED.id])) == []
    assert records(index.notes()) == [LOOSE]
    assert records(index.search("cache.internal")) == []
    assert records(index.note(WHY.id[:8])) == [gone]
    assert gone in records(index.notes(retracted=True))

    story.tell([again])
    assert records(index.notes_about(API)) == records(index.note(WHY.id)) == [again]
    assert records(index.search("queue")) == [again]
    assert index.note("no hex") == []


def test_coverage_is_joined_within_a_session(story: Indexed) -> None:
    """Intervals that touch are one; those of other sessions are not."""
    found = [(heard.session, heard.from_at, heard.to_at) for heard in story.index.coverage()]
    assert found == [("one", at(0), at(6)), ("two", at(5), at(7)), ("one", at(8), at(10))]


def test_search(story: Indexed) -> None:
    """Every word must be there, in any case; `*` ends a beginning; the newest comes first."""

    def found(text: str) -> list[Record | None]:
        return records(story.index.search(text))

    cache = sorted([WHY, LOOSE], key=lambda each: [WHY, LOOSE].index(each))
    assert found("mended") == [CLOSED]
    assert found("nothing known") == []
    assert found("Cache") == [CLOSED, *cache]
    assert found("cache.internal") == [WHY]
    assert found("cache.internal:6379 sale") == [WHY]
    assert found("repl* SALE") == [WHY]
    assert found("repl") == []
    assert found("") == []
    assert found("*") == []


def test_what_was_already_taken_in(story: Indexed) -> None:
    """Audit ids of changes, of observations and of every event of a step."""
    known = {SCALED.audit_id, CRASHED.audit_id, *LOOKED.audit_ids}
    assert story.index.has_audit_ids([*known, uuid("never"), "", "odd"]) == known
    assert story.index.has_audit_ids([]) == set()
    many = {uuid(str(number)) for number in range(150)}
    assert story.index.has_audit_ids(many | known) == known


def test_how_much_and_how_far(story: Indexed) -> None:
    """Counts, tips, and which branches are behind."""
    index, tips = story.index, story.store.tips()
    assert index.counts() == Counts(5, 10, 2, 2, 2, 1)
    assert index.kinds() == [("", "ConfigMap"), ("", "Node"), ("", "Pod"), ("apps", "Deployment")]
    assert index.tips() == tips
    assert index.lag(tips) == ()
    assert index.lag({**tips, "main": "1" * 40, "journal/2031-01": "2" * 40}) == (
        "journal/2031-01",
        "main",
    )


def test_an_empty_index_answers(memory: Indexed) -> None:
    """Nothing is known, and nothing fails."""
    told = answers(memory.index, [])
    assert told["counts()"] == repr(Counts(0, 0, 0, 0, 0, 0))
    assert told["state_at(-1)"] == "[]"


def test_a_rebuilt_index_answers_alike(story: Indexed) -> None:
    """From git alone the same answers come, to the byte."""
    before = answers(story.index, story.live)
    assert story.index.rebuild(story.store) == len(story.live)
    assert answers(story.index, story.live) == before


def test_a_compacted_index_answers_alike(story: Indexed) -> None:
    """To the byte."""
    before = answers(story.index, story.live)
    story.index.compact()

    assert answers(story.index, story.live) == before


def test_both_databases_answer_alike(server: str, tmp_path: Path) -> None:
    """The same records give the same answers to every look-up, to the byte."""
    items = workload(160)
    with schema_of(server) as url, Indexed.open(tmp_path / "one", url) as one:
        one.record(items)
        with Indexed.open(tmp_path / "two", tmp_path / "index.sqlite") as two:
            two.record(items)
            assert one.live == two.live
            assert answers(one.index, one.live) == answers(two.index, two.live)


def test_a_database_that_is_not_there(server: str) -> None:
    """Not reached: try again. Refused: mend the address. Neither is an index to be rebuilt."""
    for create in (False, True):
        with pytest.raises(Busy, match="cannot be reached"):
            open_index("postgresql://tester@127.0.0.1:1/postgres", create=create)
    with pytest.raises((BadInput, Busy), match="does not exist"):
        open_index(f"{server}-of-nobody")


DAMAGES = {
    "no tables": "DROP TABLE meta, tips, changes",
    "other version": "UPDATE meta SET value = '0' WHERE key = 'version'",
    "half built": "UPDATE meta SET value = '0' WHERE key = 'complete'; DELETE FROM tips",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_in_postgresql(damage: str, server: str, tmp_path: Path) -> None:
    """A reader is told in a sentence; a writer heals it from git."""
    with schema_of(server) as url, Indexed.open(tmp_path / "memory", url) as memory:
        memory.tell(*([one] for one in CHANGES))
        told = answers(memory.index, memory.live)
        memory.index.close()
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in DAMAGES[damage].split(";"):
                connection.execute(statement.encode())
        with pytest.raises(IndexUnusable, match="index") as caught:
            open_index(url)
        assert "\n" not in caught.value.message
        memory.index = open_index(url, create=True, read_only=False)
        memory.index.catch_up(memory.store)
        assert answers(memory.index, memory.live) == told
        reader = open_index(url)
        assert reader.counts() == memory.index.counts()
        reader.close()


def test_readers_in_postgresql_see_whole_batches(server: str, tmp_path: Path) -> None:
    """Within a writer's transaction they see what was before, and do not wait; then all of it."""
    with schema_of(server) as url, Indexed.open(tmp_path / "memory", url) as memory:
        memory.tell(*([one] for one in CHANGES[:5]))
        known = memory.index.counts()
        reader = open_index(url)

        with reader.snapshot():
            before = reader.state_at(at(60))
            memory.index.apply(list(memory.live), {}, memory.store.read_states)
            memory.tell(*([one] for one in CHANGES[5:]))
            assert reader.state_at(at(60)) == before
        assert reader.counts() == memory.index.counts() != known
        reader.close()
