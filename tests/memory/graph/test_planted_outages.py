"""Outages planted into a made-up cluster: a few of the kinds of `benchmarks/outages.py`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from made_cluster import MINUTE
from planted_outages import base_of, plant
from planting import Case
from scored_outages import edges_right, is_editor, is_root

from kubectl_smart.memory.answers.causes import TraceAnswer
from kubectl_smart.memory.formats.bundle_writing import bundle_document
from kubectl_smart.memory.formats.bundles import parse_bundle
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.opening import open_memory
from kubectl_smart.memory.questions.bundle import bundle_of_window
from kubectl_smart.memory.questions.bundle_parts import entity_id
from kubectl_smart.memory.questions.bundle_trace import trace_bundle
from kubectl_smart.memory.questions.tracing import trace
from kubectl_smart.memory.store.git_store import GitStore

CAUSED = [
    "bad image", "slow release", "cpu limit", "cache setting", "policy", "selector",
    "dropped index", "quota", "drained", "bounds",
]  # fmt: skip
UNCAUSED = ["surge", "outside", "hardware", "leak"]
IN_PODS = ["no such image", "memory limit", "probe", "command", "claim", "tainted", "secret"]


class Asked(NamedTuple):
    """A case, the answer of its memory, and the change that a bundle of the hour accuses."""

    case: Case
    answer: TraceAnswer
    by_bundle: str


@pytest.fixture(scope="module")
def asked(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Asked]:
    """Each case with the answer to what somebody on call would ask."""
    folder = tmp_path_factory.mktemp("outages")
    cluster = base_of(21)
    cluster.memory(folder / "base").close()
    return {
        kind: _answered(folder, plant(cluster, kind, 2_100 + number))
        for number, kind in enumerate([*CAUSED, *UNCAUSED, *IN_PODS])
    }


def _answered(folder: Path, case: Case) -> Asked:
    place = folder / case.kind.replace(" ", "-")
    shutil.copytree(folder / "base", place)
    with GitStore.open(place) as store:
        case.cluster.commit_to(store)
    with open_memory(place) as memory:
        answer = trace(
            memory.store, memory.index, ties_of(memory.index), ref=case.asked,
            symptom=case.symptom, at=case.at,
        )  # fmt: skip
        found = bundle_of_window(
            memory.store, memory.index, since=case.began - 10 * MINUTE,
            until=case.began + 40 * MINUTE,
        )  # fmt: skip
    shutil.rmtree(place)
    of_file = trace_bundle(
        parse_bundle(bundle_document(found)), kind=case.symptom.value,
        service=entity_id(case.asked), spike=case.at,
    ).change  # fmt: skip
    return Asked(case, answer, "" if of_file is None else of_file.id)


def test_most_outages_are_traced_to_their_change(
    asked: dict[str, Asked],
) -> None:
    """Root, editor and the way to it, of seventeen kinds of outage: one may be missed."""
    chains = {
        kind: (case, answer.causes.chains[0] if answer.causes.chains else None)
        for kind, (case, answer, _) in asked.items()
        if kind not in UNCAUSED
    }
    wrong = [kind for kind, (case, chain) in chains.items() if not is_root(chain, case.root)]
    assert len(wrong) <= 1, wrong
    others = [kind for kind, (case, chain) in chains.items() if not is_editor(chain, case.root)]
    assert len(others) <= 1, others
    edges = [edges_right(chain, case) for case, chain in chains.values()]
    assert sum(edges) / len(edges) >= 0.85


def test_trouble_that_no_change_caused_accuses_nobody(
    asked: dict[str, Asked],
) -> None:
    """More traffic, something outside, a dead machine, a leak; and people at work as always."""
    accused = {
        kind: answer.causes.chains[0].root.sentence
        for kind, (_, answer, _) in asked.items()
        if kind in UNCAUSED and answer.causes.chains
    }
    assert accused == {}


def test_a_bundle_of_the_hour_accuses_as_the_memory_does(asked: dict[str, Asked]) -> None:
    """The true change from the file alone (one may be missed), no other, none without a cause."""
    true = {kind: one.case.root.id if one.case.root else "" for kind, one in asked.items()}
    wrong = {kind for kind, one in asked.items() if one.by_bundle not in ("", true[kind])}
    assert wrong == set()
    missed = {kind for kind, one in asked.items() if one.by_bundle != true[kind]}
    assert len(missed) <= 1, missed
