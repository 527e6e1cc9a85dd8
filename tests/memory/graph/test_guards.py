"""What was missing is a fact of the state, and could have acted on this very chain."""

from __future__ import annotations

from kubectl_smart.memory.graph.change_classes import Class
from kubectl_smart.memory.graph.guards import missing
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import Change, Facet, Knowledge
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef

NODE = ObjectRef("", "Node", CLUSTER, "worker-5")
SHOP = ObjectRef("apps", "Deployment", "shop", "cart")


def test_a_budget_is_no_guard_against_the_deletion_of_a_node() -> None:
    """The API server asks none for it: a drain before it does."""
    (said,) = _missing(_done("delete", gone=True), budgeted=True)
    assert said.endswith("a deletion asks no disruption budget, `kubectl drain` before it does")
    (said,) = _missing(_done("delete", gone=True), budgeted=False)
    assert said.endswith("and no budget covers them")


def test_a_drain_asks_the_budgets_and_their_absence_is_told() -> None:
    """Of a taint or cordon that took pods away, in time."""
    assert _missing(_done("patch"), budgeted=True) == []
    assert _missing(_done("patch"), budgeted=False) == [
        "no disruption budget covers the pods of shop/deployment cart"
    ]


def test_one_replica_is_told_of() -> None:
    """What stands on one node goes with it."""
    said = _missing(_done("patch"), budgeted=True, replicas=1)
    assert said == [
        "shop/deployment cart had one replica: any node it stands on takes all of it away"
    ]


def _missing(change: Change, *, budgeted: bool, replicas: int = 3) -> list[str]:
    found = missing(
        change,
        Class.NODE,
        Symptom.AVAILABILITY,
        SHOP,
        {"spec": {"replicas": replicas}},
        ruled=False,
        budgeted=budgeted,
    )
    return list(found)


def _done(verb: str, *, gone: bool = False) -> Change:
    return Change(
        id="0" * 32,
        object=NODE,
        uid="",
        facet=Facet.OBJECT,
        derived=False,
        verb=verb,
        actor=Actor("tom@example.com", ActorKind.HUMAN),
        via="",
        happened_at=1,
        audit_id="",
        resource_version="",
        knowledge=Knowledge.FULL,
        edits=(),
        state=None,
        gone=gone,
    )
