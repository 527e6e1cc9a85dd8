"""Simulations against what a real control plane did (see the corpus, `scheduling/`)."""

from __future__ import annotations

import gzip
import json
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kubectl_smart.simulate.answers.model import Answer
from kubectl_smart.simulate.cluster.store import load
from kubectl_smart.simulate.commands import parse
from kubectl_smart.simulate.simulation import simulate

Workload = tuple[str, Any]


class Seen(NamedTuple):
    """A pod: its workload, whether it is bound, and its message while it is not."""

    namespace: str
    name: str
    owner: Any
    node: str | None
    message: str | None

    @property
    def workload(self) -> Workload:
        """The top-most controller, or the pod itself."""
        return (self.namespace, self.owner or ("Pod", self.name))


class Score(NamedTuple):
    """Shares of what was right, over all recorded cases."""

    placement: float
    touched: float
    messages: float
    survivors: float


def recorded(objects: Iterable[Mapping[str, Any]]) -> list[Seen]:
    """The pods of a recorded state."""
    by_uid = {one["metadata"].get("uid"): one for one in objects}
    found = []
    for one in objects:
        if one["kind"] != "Pod" or one["status"].get("phase") in ("Succeeded", "Failed"):
            continue
        told = next(
            (
                told
                for told in one["status"].get("conditions", [])
                if told["type"] == "PodScheduled" and told["status"] == "False"
            ),
            {},
        )
        metadata = one["metadata"]
        found.append(
            Seen(
                metadata["namespace"],
                metadata["name"],
                _top(one, by_uid),
                one["spec"].get("nodeName"),
                told.get("message"),
            )
        )
    return found


def _top(one: Mapping[str, Any], by_uid: Mapping[str, Mapping[str, Any]]) -> Any:
    owner = None
    while True:
        refs = one["metadata"].get("ownerReferences", [])
        ref = next((ref for ref in refs if ref.get("controller")), None)
        if ref is None:
            return owner
        owner = (ref["kind"], ref["name"])
        if ref["uid"] not in by_uid:
            return owner
        one = by_uid[ref["uid"]]


def simulated(answer: Answer) -> list[Seen]:
    """The pods of an answer."""
    return [Seen(one.namespace, one.name, one.owner, one.node, one.message) for one in answer.pods]


def _counts(pods: Iterable[Seen]) -> dict[Workload, tuple[int, int]]:
    bound = Counter(one.workload for one in pods if one.node)
    pending = Counter(one.workload for one in pods if not one.node)
    return {key: (bound[key], pending[key]) for key in bound.keys() | pending.keys()}


def _messages(pods: Iterable[Seen]) -> Counter[Any]:
    return Counter(
        (one.workload, re.sub(r"\s+", " ", one.message or "")) for one in pods if not one.node
    )


@pytest.fixture(scope="module")
def score(corpus: Path) -> Score:
    """All cases, scored as `score_scheduling.py` does it."""
    total: Counter[str] = Counter()
    for path in sorted((corpus / "scheduling").glob("*.json.gz")):
        case = json.loads(gzip.decompress(path.read_bytes()))
        lines = [shlex.join(one["argv"]) for one in case["commands"]]
        answer = simulate(load(case["before"]["items"]), [parse(line) for line in lines])
        before, real = recorded(case["before"]["items"]), recorded(case["after"]["items"])
        mine = simulated(answer)
        once = {one[:2] for one in before if (one.owner or ("",))[0] != "StatefulSet"}
        kept = {one[:2] for one in real} & once == {one[:2] for one in mine} & once
        total.update(cases=1, kept=int(kept))
        was, is_real, is_mine = _counts(before), _counts(real), _counts(mine)
        for key in is_real.keys() | is_mine.keys():
            right = is_real.get(key) == is_mine.get(key)
            changed = was.get(key) != is_real.get(key) or was.get(key) != is_mine.get(key)
            total.update(workloads=1, right=int(right), touched=int(changed))
            total.update(touched_right=int(right and changed))
        told_real, told_mine = _messages(real), _messages(mine)
        total.update(pending=told_real.total(), told=(told_real & told_mine).total())
    return Score(
        total["right"] / total["workloads"],
        total["touched_right"] / total["touched"],
        total["told"] / total["pending"],
        total["kept"] / total["cases"],
    )


def test_workloads_end_as_they_did(score: Score) -> None:
    """Of 100 workloads at least 98 have the bound and pending pods they really had."""
    assert score.placement >= 0.98


def test_pods_are_turned_down_in_the_schedulers_words(score: Score) -> None:
    """Of 100 pending pods at least 95 carry the recorded message, digit for digit."""
    assert score.messages >= 0.95


def test_what_was_touched_ends_as_it_did(score: Score) -> None:
    """Workloads that change do so as recorded, but for races and three states recorded too soon."""
    assert score.touched >= 0.92


def test_the_right_pods_survive(score: Score) -> None:
    """The same old pods are kept, but for draws: see `benchmarks/scheduling_ceiling.py`."""
    assert score.survivors >= 0.91
