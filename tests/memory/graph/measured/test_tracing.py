"""Small incidents are traced to what was broken in them, and to who broke it."""

from __future__ import annotations

from typing import Any

import made_incidents as made
import pytest

from kubectl_smart.memory.answers.bundle_trace import BundleAnswer
from kubectl_smart.memory.formats.bundles import parse_bundle
from kubectl_smart.memory.graph.chance import by_accident
from kubectl_smart.memory.graph.measured.scoring import (
    UNLIKELY_WEIGHED,
    confidence,
    strength,
    surprise,
    together,
    weighed,
)
from kubectl_smart.memory.questions.bundle_trace import trace_bundle
from kubectl_smart.memory.records.errors import BadInput, NotCovered, NothingKnown


def _asked(document: made.Document, **more: Any) -> BundleAnswer:
    return trace_bundle(parse_bundle(document), **more)


def _order(answer: BundleAnswer) -> list[str]:
    return [cause.entity for cause in answer.causes]


def _why_not(answer: BundleAnswer) -> dict[str, str]:
    return {one.change or one.entity: one.reason for one in answer.ruled_out}


def test_a_dependency_that_deviates_accounts_for_its_callers() -> None:
    """Four services are slow; the one at the bottom is to blame, the others are explained."""
    answer = _asked(made.slow_database())
    assert _order(answer)[0] == "db"
    assert {entity: _why_not(answer)[entity] for entity in ("web", "api", "cart")} == {
        "web": "explained", "api": "explained", "cart": "explained",
    }  # fmt: skip
    assert [step.entity for step in answer.chain] == ["web", "api", "cart", "db"]


def test_a_dependency_that_is_well_accounts_for_nothing() -> None:
    """The cart is slow by itself: the database under it is as ever."""
    document = made.shop()
    made.slow(document, "cart", "api", "web")
    answer = _asked(document)
    assert _order(answer)[0] == "cart"
    assert _why_not(answer)["db"] == "no effect"


def test_a_small_deviation_below_does_not_account_for_a_large_one() -> None:
    """The database answers a few milliseconds later; the cart half a second."""
    document = made.shop()
    made.slow(document, "cart", "api", "web", by=0.5)
    made.slow(document, "db", by=0.008)
    assert _order(_asked(document))[0] == "cart"


def test_resources_are_ones_own() -> None:
    """A busy cart above a slow database is not excused by it."""
    document = made.slow_database()
    made.raise_by(document, "cart", "cpu", 0.6)
    assert set(_order(_asked(document))[:2]) == {"db", "cart"}


def test_a_busier_processor_under_more_work_is_no_cause() -> None:
    """Twice the requests, twice the processor time: the search is not to blame for it."""
    document = made.slow_database()
    for metric in ("requests", "cpu"):
        found = made.values(document, "search", metric)
        found[made.ORDINARY :] = [
            float(round(2 * value)) if metric == "requests" else 2 * value
            for value in found[made.ORDINARY :]
        ]
    answer = _asked(document)
    assert _order(answer)[0] == "db"
    assert _why_not(answer)["search"] == "no effect"


def test_the_window_reaches_back_as_far_as_it_must() -> None:
    """A job of the night before is behind the spike of the afternoon: little else was changed."""
    answer = _asked(made.job_at_night())
    assert answer.change is not None
    assert (answer.change.id, answer.change.actor) == ("night", "cron@prod")
    assert answer.change.lag > 11 * 3600 * 1_000_000
    assert answer.chain[-1].role == "change"


def test_where_everything_changes_all_the_time_the_same_lag_says_nothing() -> None:
    """With a change of the database every half hour, that of the night is accused no more."""
    document = made.job_at_night()
    document["changes"] = [one for one in document["changes"] if one["id"] == "night"]
    for place in range(400):
        made.changed(document, f"before-{place}", "db", -12 * 3600 - 1800 * place, user="hpa")
    answer = _asked(document)
    assert answer.change is None
    assert _order(answer)[0] == "db"
    assert _why_not(answer)["night"] == "too far off"


def test_what_came_after_is_no_cause() -> None:
    """A change of the same service that came when all was slow already is a reaction to it."""
    answer = _asked(made.decoy_after())
    assert answer.change is not None
    assert answer.change.id == "true"
    assert _why_not(answer)["after"] == "after the symptom"
    assert _why_not(answer)["elsewhere"] == "no effect"


def test_the_onset_is_seen_not_believed() -> None:
    """Noticed an hour late, a change half an hour after the onset is still after it."""
    document = made.decoy_after()
    document["symptom"]["time"] = made.BEGIN + 3600
    answer = _asked(document)
    assert answer.onset is not None
    assert answer.onset.from_at <= made.BEGIN * 1_000_000 <= answer.onset.to_at
    assert _why_not(answer)["after"] == "after the symptom"


def test_no_change_found_is_an_answer() -> None:
    """None of the changes is on what deviates."""
    answer = _asked(made.no_change())
    assert answer.change is None
    assert "no change found in the window" in answer.verdict
    assert _why_not(answer) == _why_not(answer) | {"one": "no effect", "two": "explained"}


def test_no_cause_found_is_an_answer() -> None:
    """Nothing deviates: nothing is accused, and it is said."""
    answer = _asked(made.nothing_wrong())
    assert answer.change is None
    assert "no cause found" in answer.verdict
    assert [step.role for step in answer.chain] == ["symptom"]


def test_a_change_on_what_shows_nothing_is_not_accused() -> None:
    """Even where it ranks first, for want of anything better."""
    document = made.nothing_wrong()
    made.changed(document, "hot", "cart", -5)
    assert _asked(document).change is None


def test_holes_do_not_mislead() -> None:
    """Missing, constant, sparse and differently sampled series change nothing."""
    assert _order(_asked(made.holes()))[:2] == _order(_asked(made.slow_database()))[:2]


def test_events_and_alerts_alone() -> None:
    """Without a single series: the pod that is killed, its owner, and who edited the owner."""
    answer = _asked(made.told_only())
    assert _order(answer)[:2] == ["deployment/cart", "pod/cart-1"]
    assert answer.change is not None
    assert (answer.change.id, answer.change.entity) == ("limit", "deployment/cart")
    assert [step.entity for step in answer.chain][:4] == ["web", "api", "cart", "deployment/cart"]


def test_warnings_that_always_come_are_none() -> None:
    """As many as in ordinary times are no evidence."""
    document = made.told_only()
    first = made.START
    document["events"] += [
        {**document["events"][0], "time": first + 150 * place, "count": 1}
        for place in range(made.ORDINARY * made.STEP // 150)
    ]
    answer = _asked(document)
    assert not any(reason.kind == "events" for cause in answer.causes for reason in cause.reasons)


def test_one_pod_of_many_is_its_own_fault() -> None:
    """The owner of five pods stands for their mean: the one that is killed comes first."""
    document = made.told_only()
    for place in range(2, 6):
        name = f"pod/cart-{place}"
        document["candidates"].append(name)
        document["entities"].append({"id": name, "kind": "Pod"})
        document["edges"].append({"from": "deployment/cart", "to": name, "type": "owns"})
    document["changes"] = []
    assert _order(_asked(document))[0] == "pod/cart-1"


def test_old_replica_sets_do_not_hide_their_deployment() -> None:
    """Those that own no pod any more do not count in the mean; the Deployment comes first."""
    document = made.told_only()
    for edge in document["edges"]:
        if edge["from"] == "deployment/cart":
            edge["from"] = "rs/cart-3"
    for place in (1, 2, 3):
        name = f"rs/cart-{place}"
        document["candidates"].append(name)
        document["entities"].append({"id": name, "kind": "ReplicaSet"})
        document["edges"].append({"from": "deployment/cart", "to": name, "type": "owns"})
    answer = _asked(document)
    assert _order(answer)[0] == "deployment/cart"
    scores = {cause.entity: cause.evidence for cause in answer.causes}
    assert scores["deployment/cart"] == scores["rs/cart-3"] == scores["pod/cart-1"]
    assert scores["rs/cart-1"] == 0.0


def test_a_change_of_a_node_concerns_what_runs_on_it() -> None:
    """The database is slow since its node was changed."""
    document = made.slow_database()
    document["entities"].append({"id": "node-1", "kind": "Node"})
    document["edges"].append({"from": "db", "to": "node-1", "type": "runs_on"})
    made.changed(document, "kubelet", "node-1", -40)
    answer = _asked(document)
    assert answer.change is not None
    assert (answer.change.id, answer.causes[0].entity) == ("kubelet", "db")


def test_a_node_under_many_is_seen() -> None:
    """Three busy services on one node, and a busy node: the node shows it, too."""
    document = made.shop()
    document["candidates"].append("node-1")
    document["entities"].append({"id": "node-1", "kind": "Node"})
    for service in ("cart", "search", "db"):
        document["edges"].append({"from": service, "to": "node-1", "type": "runs_on"})
        made.raise_by(document, service, "cpu", 0.6)
    answer = _asked(document)
    node = next(cause for cause in answer.causes if cause.entity == "node-1")
    assert node.evidence > 1.0
    assert node.reasons[0].found_on in ("cart", "search", "db")


def test_what_the_symptom_does_not_reach_counts_half() -> None:
    """A busy batch job that nothing depends on comes after the database."""
    document = made.slow_database()
    for one in [one for one in document["series"] if one["entity"] == "db"]:
        document["series"].append({**one, "entity": "batch", "v": list(one["v"])})
    document["candidates"].append("batch")
    answer = _asked(document)
    batch = next(cause for cause in answer.causes if cause.entity == "batch")
    assert (_order(answer)[0], batch.path, batch.way) == ("db", 0.5, ())
    assert _why_not(answer)["batch"] == "no path"


def test_another_symptom_may_be_asked_about() -> None:
    """A service, a kind and a time stand in for what the bundle says."""
    at = 1_700_014_500_000_000
    answer = _asked(made.slow_database(), kind="errors", service="api", spike=at)
    assert (answer.entity, answer.metric, answer.noticed_at) == ("api", "", at)
    with pytest.raises(NothingKnown, match="knows no ap1") as caught:
        _asked(made.shop(), service="ap1")
    assert "api" in caught.value.remedy


def test_who_says_in_words_what_the_bundle_says_has_its_answer() -> None:
    """The series that it names is of latency: asked about latency of that service, it stays."""
    asked = _asked(made.slow_database(), kind="latency", service="web")
    assert asked == _asked(made.slow_database())
    assert (asked.metric, asked.stat) == ("latency", "mean")
    assert _asked(made.slow_database(), kind="restarts", service="web").metric == ""


@pytest.mark.parametrize("at", [5, 1_600_000_000_000_000, 1_800_000_000_000_000])
def test_a_time_of_which_a_bundle_tells_nothing_is_refused(at: int) -> None:
    """Years before and after: the answer would be about another time than was asked."""
    with pytest.raises(NotCovered, match="tells nothing of") as caught:
        _asked(made.slow_database(), spike=at)
    assert "2023-11-15T02:13:20Z to 2023-11-15T02:23:20Z" in caught.value.remedy


def test_nothing_to_choose_from_is_said() -> None:
    """A bundle without candidates, entities or series."""
    document = made.shop()
    for key in ("candidates", "entities", "series"):
        document[key] = []
    with pytest.raises(BadInput, match="no candidates"):
        _asked(document)


def test_the_formula() -> None:
    """As published: logarithms, halving, one in ten thousand at most."""
    assert strength("cpu", 1.0) == 0.0
    assert strength("cpu", 1e9) == strength("cpu", 1e3) == pytest.approx(6.9078, abs=1e-4)
    assert together([1.0, 4.0, 2.0]) == pytest.approx(4.0 + 1.0 + 0.25)
    assert surprise(60.0, 1e-6) == pytest.approx(4.0)
    assert surprise(60.0, 1.0) == pytest.approx(0.0, abs=1e-6)
    assert surprise(60.0, 1.0 / 600.0) == pytest.approx(1.0, abs=0.03)
    assert confidence(0.0, [1.0]) == 0.0
    assert confidence(4.0, [3.0, 2.0]) == pytest.approx(0.4)


def test_every_score_can_be_worked_out_from_what_is_told() -> None:
    """The reasons, halved in order, times the path, plus half of the surprise."""
    answer = _asked(made.decoy_after())
    for cause in answer.causes:
        parts = sum(one.counted / 2**place for place, one in enumerate(cause.reasons))
        assert parts == pytest.approx(cause.evidence)
        shows = 0.5 + 0.5 * min(1.0, cause.evidence)
        assert cause.score == pytest.approx(
            cause.evidence * cause.path + 0.5 * shows * cause.surprise
        )


def _known(weight: float, expected: float) -> BundleAnswer:
    """Two changes before the database slows down; a memory knows of the one farther off."""
    document = made.slow_database()
    at = document["symptom"]["time"] - 900
    document["changes"] = [
        {"id": "near", "time": at, "user": "tom", "entity": "db", "kind": "patch"},
        {
            "id": "known", "time": at - 3_000, "user": "sarah", "entity": "flags", "kind": "patch",
            "effects": [{"entity": "db", "weight": weight, "expected": expected}],
        },
    ]  # fmt: skip
    document["weighed"] = "causes/2"
    return _asked(document)


def test_what_a_memory_knows_outweighs_nearness() -> None:
    """A change elsewhere that is known to act on it is accused, the nearer one of nothing."""
    answer = _known(5.0, 0.05)
    assert answer.change is not None
    assert (answer.change.id, answer.change.weight) == ("known", 5.0)
    assert _why_not(answer)["near"] == "no effect"


def test_who_is_accused_without_evidence_of_its_own_is_told_in_words_too() -> None:
    """The verdict and the chain say what the change says."""
    document = made.shop()
    document["changes"] = [
        {
            "id": "known", "time": document["symptom"]["time"] - 60, "user": "tom", "entity": "db",
            "kind": "patch", "effects": [{"entity": "db", "weight": 50.0, "expected": 0.001}],
        }
    ]  # fmt: skip
    document["weighed"] = "causes/4"
    answer = _asked(document)
    assert answer.change is not None
    assert answer.causes[0].evidence < 1.0
    assert answer.verdict == "db is the likeliest cause, after a change by tom to db"
    assert answer.chain[-1].entity == "db"
    assert answer.chain[-1].actor == "tom"


def test_a_memory_that_suspects_nobody_is_believed() -> None:
    """Little speaks for it, or such changes come all the time: none, whatever is near."""
    for weight, expected in ((0.2, 0.05), (5.0, 3.0), (0.0, 0.0)):
        assert _known(weight, expected).change is None


def test_what_a_memory_knows_acts_no_earlier_than_it_was_made() -> None:
    """After the symptom is after the symptom."""
    document = made.slow_database()
    document["changes"] = [
        {
            "id": "late", "time": document["symptom"]["time"] + 600, "user": "tom", "entity": "db",
            "kind": "patch", "effects": [{"entity": "db", "weight": 5.0, "expected": 0.001}],
        }
    ]  # fmt: skip
    document["weighed"] = "causes/2"
    answer = _asked(document)
    assert answer.change is None
    assert _why_not(answer)["late"] == "after the symptom"


def test_the_bar_is_that_of_the_memory() -> None:
    """Three to one against chance by the memory's formula is just enough, whatever the lag."""
    for time in (0.999, 0.9, 0.5):
        weight = 3.0 * (1.0 - time) / time
        found = weighed(weight, by_accident(time))
        assert found >= UNLIKELY_WEIGHED - 1e-9
        assert found < UNLIKELY_WEIGHED + 0.05


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        ({"entity": "db", "weight": -1, "expected": 1}, "weight is no amount"),
        ({"entity": "db", "weight": 1}, "expected is missing"),
        ({"weight": 1, "expected": 1}, "entity is missing"),
        (5, "is not an object"),
    ],
)
def test_an_effect_that_cannot_be_read_is_said(effect: Any, said: str) -> None:
    """One sentence with its place."""
    document = made.slow_database()
    document["changes"] = [{"id": "a", "time": 1, "entity": "db", "effects": [effect]}]
    with pytest.raises(BadInput, match=said) as caught:
        parse_bundle(document)
    assert "changes[0].effects[0]" in str(caught.value)
