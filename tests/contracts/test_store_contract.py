"""What every store promises, on git and on the twin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson
import pytest
from simple_fold import SimpleFold, item, seeded, workload

from kubectl_smart.memory.records.changes import Change, Facet, Knowledge
from kubectl_smart.memory.records.errors import MemoryDamaged
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.steps import Step
from kubectl_smart.memory.store.git_store import GitStore
from kubectl_smart.memory.store.in_memory import InMemorySpool, InMemoryStore
from kubectl_smart.memory.store.protocols import Drained, Spool, SpoolItem, Store
from kubectl_smart.memory.store.recorder import Recorder
from kubectl_smart.memory.store.spool import FileSpool

NOV = 1_763_855_000_000_000
SECOND = 1_000_000
DAY = 86_400 * SECOND


@dataclass
class Kept:
    """A store and a spool under test, and what was delivered while they were filled."""

    store: Store
    spool: Spool
    live: list[Committed] = field(default_factory=list)

    def previous(self, ref: ObjectRef, uid: str, facet: Facet, at: int) -> bytes | None:
        """What the index would answer: the newest change at or before the instant."""
        known = [
            one.record
            for one in self.live
            if isinstance(one.record, Change)
            and (one.record.object, one.record.facet) == (ref, facet)
            and one.record.uid == uid
            and one.record.happened_at <= at
        ]
        newest = max(known, key=lambda change: change.happened_at, default=None)
        return newest.state if newest is not None else None

    def record(self, items: list[SpoolItem], *, final: bool = True, every: int = 50) -> Drained:
        """Spool and drain as one run of the program does."""
        self.spool.append(items)
        recorder = Recorder(
            self.store,
            self.spool,
            SimpleFold(),
            seeded(self.store.live_states()),
            previous=self.previous,
            on_committed=lambda committed, _: self.live.extend(committed),
            checkpoint_every=every,
        )
        return recorder.drain(final)


@pytest.fixture(params=["git", "in memory"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    """An empty memory of each kind."""
    if request.param == "in memory":
        yield Kept(InMemoryStore(), InMemorySpool())
        return
    with GitStore.open(tmp_path / "memory", create=True) as store:
        spool = FileSpool(tmp_path / "memory" / "smart" / "spool")
        yield Kept(store, spool)
        spool.close()


def stateless(committed: Committed) -> Committed:
    """The same without the state at hand."""
    if not isinstance(committed.record, Change):
        return committed
    return committed._replace(record=replace(committed.record, state=None))


def branch_of(live: list[Committed], branch: str) -> list[Committed]:
    """What was delivered for one branch."""
    return [one for one in live if one.branch == branch]


def test_history_is_what_was_delivered_live(kept: Kept) -> None:
    """Reading a branch back gives the very records that were delivered, edits included."""
    kept.record(workload(700))

    assert set(kept.store.tips()) == {"main", "journal/2025-11"}
    for branch in kept.store.tips():
        live = branch_of(kept.live, branch)
        back = list(kept.store.history(branch))
        assert [stateless(one) for one in back] == [stateless(one) for one in live]
        for one, other in zip(back, live, strict=True):
            if isinstance(one.record, Change) and one.record.state is not None:
                assert isinstance(other.record, Change)
                assert one.record.state == other.record.state


def test_history_goes_on_after_a_commit(kept: Kept) -> None:
    """`since` leaves out everything up to that commit, and nothing else."""
    kept.record(workload(200))
    tips = kept.store.tips()
    before = len(kept.live)
    kept.record(workload(150, seed=2, start=NOV + DAY))

    for branch, tip in tips.items():
        new = branch_of(kept.live[before:], branch)
        assert [stateless(one) for one in kept.store.history(branch, tip)] == [
            stateless(one) for one in new
        ]
        assert not list(kept.store.history(branch, kept.store.tips()[branch]))


def test_an_unknown_commit_is_refused(kept: Kept) -> None:
    """A branch that was written anew is noticed."""
    kept.record(workload(20))

    with pytest.raises(MemoryDamaged):
        list(kept.store.history("main", "1" * 40))


def test_every_state_can_be_read_at_its_place(kept: Kept) -> None:
    """Places lead to the states as they were, in files and in lines of the journal."""
    kept.record(workload(600))
    changes = [one for one in kept.live if isinstance(one.record, Change) and one.place]
    places = [one.place for one in changes if one.place is not None]

    assert any(place.line >= 0 for place in places)
    states = kept.store.read_states(places)
    assert states == [one.record.state for one in changes if isinstance(one.record, Change)]
    files = kept.store.read_files(places)
    assert all(file and file.startswith(b"apiVersion:") for file in files)
    nowhere = places[0]._replace(blob="0" * 39 + "1")
    assert kept.store.read_states([nowhere, places[0]]) == [None, states[0]]


def test_live_states_are_the_newest_that_are_not_gone(kept: Kept) -> None:
    """The trees hold what is alive: declared things on main, derived ones in the journal."""
    kept.record(workload(400))
    alive: dict[tuple[ObjectRef, Facet], bytes] = {}
    for one in sorted(kept.live, key=lambda one: one.sequence):
        if isinstance(one.record, Change) and not one.record.late:
            key = (one.record.object, one.record.facet)
            if one.record.gone:
                alive.pop(key, None)
            elif one.record.state is not None:
                alive[key] = one.record.state

    assert {(one.ref, one.facet): one.state for one in kept.store.live_states()} == alive


def test_many_runs_make_the_commits_of_one(kept: Kept) -> None:
    """Stopping and going on at any entry leads to the same branches (seen without a disk too)."""
    items = workload(260)
    kept.record(items)
    whole = kept.store.tips()
    other = Kept(InMemoryStore(), InMemorySpool())
    if isinstance(kept.store, GitStore):
        store = GitStore.open(kept.store.path.parent / "other", create=True)
        other = Kept(store, FileSpool(store.path / "smart" / "spool"))
    for at in range(0, 260, 37):
        other.record(items[at : at + 37], final=False)
    other.record([], final=True)

    assert other.store.tips() == whole
    assert sorted(map(repr, other.live)) == sorted(map(repr, kept.live))
    other.store.close()
    other.spool.close()


def test_nothing_open_holds_the_spool_back_for_ever(kept: Kept) -> None:
    """After a final drain everything is forgotten by the spool, and the order goes on."""
    kept.record(workload(120))

    last = kept.spool.last_sequence
    assert kept.spool.discarded == last >= 120
    assert not list(kept.spool.read(0))
    assert kept.spool.append([item("next", NOV, "nothing")]) == last + 1
    assert kept.store.last_sequence() <= last


def test_an_open_step_is_found_again(kept: Kept) -> None:
    """Events gathered before a stop make one step with those after it, committed once."""
    looks = [item(f"look-{at}", NOV + at * SECOND, "look", name="api") for at in range(3)]
    sets = [item(f"set-{at}", NOV + at, "set", name="api", rv=at) for at in range(1, 4)]
    kept.record([looks[0], sets[0], looks[1], sets[1]], final=False, every=2)
    kept.record([sets[2], looks[2]], every=2)

    steps = [one for one in kept.live if not isinstance(one.record, Change)]
    assert len(kept.live) == 4
    assert len(steps) == 1
    assert steps[0].sequence == 1
    assert getattr(steps[0].record, "count", 0) == 3
    assert [one.sequence for one in kept.store.history("main")] == [2, 4, 5, 1]


@pytest.mark.parametrize("journalled", [False, True])
def test_what_was_completed_at_the_end_stays_so(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, journalled: bool
) -> None:
    """A run dies when its last steps stand in git, and the spool does not know it yet."""
    looks = [item(f"look-{at}", NOV + at * SECOND, "look", name="api") for at in range(4)]
    pod = item("pod", NOV + SECOND, "set", name="api-1", kind="Pod", rv=1, derived=True)
    kept.record([item("set-1", NOV, "set", name="api", rv=1), looks[0]], final=False, every=2)
    with monkeypatch.context() as patch:
        patch.setattr(kept.spool, "discard", _dies)
        with pytest.raises(_Killed):
            kept.record([looks[1], pod] if journalled else [looks[1]])
    kept.record([item("set-2", NOV + 9 * SECOND, "set", name="api", rv=2)], final=False, every=1)
    kept.record(looks[2:])

    steps = [one for one in kept.store.history("main") if isinstance(one.record, Step)]
    assert [one.record.count for one in steps] == [2, 2]
    assert len({one.record.id for one in steps}) == 2
    if isinstance(kept.store, GitStore):
        assert not list(kept.store.verify())


class _Killed(Exception):
    """A process that ends right here."""


def _dies(*_: object) -> None:
    raise _Killed


def test_one_entry_may_fill_both_branches(kept: Kept) -> None:
    """Records of one event share its sequence, on main and in the journal."""
    events = [
        {"op": "set", "name": "bare", "kind": "Pod", "rv": 1},
        {"op": "set", "name": "bare", "kind": "Pod", "rv": 1, "facet": "status"},
        {"op": "set", "name": "api-1", "kind": "Pod", "rv": 1, "derived": True},
    ]
    kept.record([item("one", NOV, "many", events=events)])

    assert {(one.branch, one.sequence) for one in kept.live} == {
        ("main", 1),
        ("journal/2025-11", 1),
    }
    assert {one.facet for one in kept.store.live_states()} == {Facet.OBJECT, Facet.STATUS}
    assert kept.store.read_path("journal/2025-11", "status/payments/Pod/bare.yaml")


def test_an_entry_larger_than_a_batch_is_not_parted(kept: Kept) -> None:
    """1,200 Pods deleted at once stand in one batch."""
    events = [
        {"op": "set", "name": f"p-{at}", "kind": "Pod", "rv": 1, "derived": True}
        for at in range(1_200)
    ]
    kept.record([item("one", NOV, "many", events=events)])

    assert len({one.commit for one in kept.live}) == 1
    assert len(list(kept.store.history("journal/2025-11"))) == 1_200


def test_a_new_month_begins_with_what_is_alive(kept: Kept) -> None:
    """The checkpoint is carried over, the old journal stays as it was."""
    pod = {"kind": "Pod", "derived": True}
    kept.record([item("a", NOV, "set", name="old", rv=1, **pod)])
    november = kept.store.tips()["journal/2025-11"]
    december = NOV + 30 * DAY
    late = item("c", NOV + SECOND, "set", name="straggler", rv=1, **pod)
    kept.record([item("b", december, "set", name="new", rv=1, **pod), late])

    tips = kept.store.tips()
    assert tips["journal/2025-11"] == november
    assert {one.ref.name for one in kept.store.live_states()} == {"old", "new", "straggler"}
    assert len(list(kept.store.history("journal/2025-12"))) == 2
    assert b"month" in (kept.store.read_path("journal/2025-12", "README.md") or b"")


def test_a_late_change_is_kept_and_turns_nothing_back(kept: Kept) -> None:
    """It stands beside the state file; one that changed nothing is dropped."""
    spec = {"replicas": 3}
    newer = item("n", NOV + 9 * SECOND, "set", name="api", rv=9, spec=spec)
    late = item("l", NOV, "set", name="api", rv=2, spec=spec)
    again = item("m", NOV + SECOND, "set", name="api", rv=2, spec=spec)
    drained = kept.record([newer, late, again])

    assert drained.dropped == 1
    changes = [one.record for one in kept.store.history("main")]
    assert [isinstance(one, Change) and one.late for one in changes] == [False, True]
    assert isinstance(changes[1], Change)
    assert changes[1].edits == ()
    (alive,) = kept.store.live_states()
    assert orjson.loads(alive.state)["spec"]["rv"] == 9


def test_late_fields_are_completed_from_the_version_before(kept: Kept) -> None:
    """A late Scale becomes a whole state where the Deployment at that time is known."""
    spec = {"replicas": 3}
    first = item("a", NOV, "set", name="api", rv=1, spec=spec)
    scale = item("b", NOV + SECOND, "fields", name="api", replicas=7, late=True)
    kept.record([first, scale])

    change = kept.live[-1].record
    assert isinstance(change, Change)
    assert change.knowledge is Knowledge.FULL
    assert orjson.loads(change.state or b"")["spec"]["replicas"] == 7
    assert stateless(list(kept.store.history("main"))[-1]) == stateless(kept.live[-1])


def test_notes_gather_in_one_file(kept: Kept) -> None:
    """Each note about an object adds a section, across checkpoints and runs."""
    for at in range(3):
        notes = [
            item(f"{at}-{more}", NOV, "note", name="api", text=f"Note {at}.{more}")
            for more in range(2)
        ]
        kept.record(notes, every=3)

    path = "knowledge/payments/Deployment.apps/api.md"
    text = (kept.store.read_path("main", path) or b"").decode()
    assert [line for line in text.splitlines() if line.startswith("Note")] == [
        f"Note {at}.{more}" for at in range(3) for more in range(2)
    ]


def test_incidents_have_versions(kept: Kept) -> None:
    """The file is the newest version, history has them all."""
    texts = ["It broke.\n", "It broke, and was mended.\n"]
    kept.record(
        [
            item(f"i{at}", NOV + at, "incident", id="2025-11-outage", text=text)
            for at, text in enumerate(texts)
        ]
    )

    assert [getattr(one.record, "text", "") for one in kept.store.history("main")] == texts
    report = kept.store.read_path("main", "incidents/2025-11-outage.md") or b""
    assert report.decode().endswith(texts[-1])


def test_head_names_both_tips(kept: Kept) -> None:
    """The short word for what a memory holds changes with it."""
    assert kept.store.head() == ""
    kept.record(workload(50))
    tips = kept.store.tips()

    assert kept.store.head() == f"{tips['main'][:12]}+{tips['journal/2025-11'][:12]}"


def test_what_was_recorded_verifies(kept: Kept) -> None:
    """A memory as it was written has no fault, before and after maintenance."""
    kept.record(workload(400))
    kept.store.maintain()
    kept.record(workload(100, seed=3, start=NOV + 40 * DAY))
    kept.store.maintain(full=True)

    assert list(kept.store.verify()) == []
    assert len(list(kept.store.history("main"))) == len(branch_of(kept.live, "main"))
