"""A month ends while a journal is being written: the next one begins from what stood then."""

from __future__ import annotations

from pathlib import Path

from built_memory import CONTROLLER, MINUTE, Past, deployment, minutes, pod

from kubectl_smart.memory.store.git_store import GitStore

DECEMBER = minutes(7 * 24 * 60 + 15 * 60)
API = deployment("payment-api")


def test_a_month_turns_right_behind_a_journal_commit(tmp_path: Path) -> None:
    """Pods of both sides of midnight are in their month, and the new one has those still there."""
    past = Past()
    for number in range(4):
        at = DECEMBER + (number - 2) * MINUTE
        past.write(pod(f"payment-api-{number}"), at, by=CONTROLLER, derived=True, owner=API)
        past.seen(pod(f"payment-api-{number}"), at + 1, owner=API)
    past.heard(minutes(0), DECEMBER + 60 * MINUTE)
    past.record(tmp_path)
    with GitStore.open(tmp_path, read_only=True) as store:
        assert {"journal/2025-11", "journal/2025-12"} <= store.tips().keys()
        assert list(store.verify()) == []
    with past.memory(tmp_path) as memory:
        alive = memory.index.state_at(DECEMBER + 30 * MINUTE, "payments", [("", "Pod")])
    assert len(alive) == 4
