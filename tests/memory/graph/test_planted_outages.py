"""Outages planted into a made-up cluster: a few of the kinds of `benchmarks/outages.py`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from planted_outages import base_of, plant
from planting import Case
from scored_outages import edges_right, is_editor, is_root

from kubectl_smart.memory.answers.causes import TraceAnswer
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.opening import open_memory
from kubectl_smart.memory.questions.tracing import trace
from kubectl_smart.memory.store.git_store import GitStore

CAUSED = [
    "bad image", "slow release", "cpu limit", "cache setting", "policy", "selector",
    "dropped index", "quota", "drained", "bounds",
]  # fmt: skip
UNCAUSED = ["surge", "outside", "hardware", "leak"]
IN_PODS = ["no such image", "memory limit", "probe", "command", "claim", "tainted", "secret"]


@pytest.fixture(scope="module")
def asked(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, tuple[Case, TraceAnswer]]:
    """Each case with the answer to what somebody on call would ask."""
    folder = tmp_path_factory.mktemp("outages")
    cluster = base_of(21)
    cluster.memory(folder / "base").close()
    return {
        kind: _answered(folder, plant(cluster, kind, 2_100 + number))
        for number, kind in enumerate([*CAUSED, *UNCAUSED, *IN_PODS])
    }


def _answered(folder: Path, case: Case) -> tuple[Case, TraceAnswer]:
    place = folder / case.kind.replace(" ", "-")
    shutil.copytree(folder / "base", place)
    with GitStore.open(place) as store:
        case.cluster.commit_to(store)
    with open_memory(place) as memory:
        answer = trace(
            memory.store, memory.index, ties_of(memory.index), ref=case.asked,
            symptom=case.symptom, at=case.at,
        )  # fmt: skip
    shutil.rmtree(place)
    return case, answer


def test_most_outages_are_traced_to_their_change(
    asked: dict[str, tuple[Case, TraceAnswer]],
) -> None:
    """Root, editor and the way to it, of seventeen kinds of outage: one may be missed."""
    chains = {
        kind: (case, answer.causes.chains[0] if answer.causes.chains else None)
        for kind, (case, answer) in asked.items()
        if kind not in UNCAUSED
    }
    wrong = [kind for kind, (case, chain) in chains.items() if not is_root(chain, case.root)]
    assert len(wrong) <= 1, wrong
    others = [kind for kind, (case, chain) in chains.items() if not is_editor(chain, case.root)]
    assert len(others) <= 1, others
    edges = [edges_right(chain, case) for case, chain in chains.values()]
    assert sum(edges) / len(edges) >= 0.85


def test_trouble_that_no_change_caused_accuses_nobody(
    asked: dict[str, tuple[Case, TraceAnswer]],
) -> None:
    """More traffic, something outside, a dead machine, a leak; and people at work as always."""
    accused = {
        kind: answer.causes.chains[0].root.sentence
        for kind, (_, answer) in asked.items()
        if kind in UNCAUSED and answer.causes.chains
    }
    assert accused == {}
