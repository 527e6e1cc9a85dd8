"""What was done to the cluster before, and how it went: beside simulations of the same."""

from __future__ import annotations

from typing import NamedTuple

from kubectl_smart.memory.answers.basis import Citation
from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.objects import ObjectRef


class PastOperation(NamedTuple):
    """One thing that was done and moves pods.

    operation  a word of `formats.operations`
    at         microseconds since 1970-01-01 UTC; of a drain its first eviction
    change     the change itself; of a drain the cordon it began with
    moved      the pods that a drain evicted
    """

    operation: str
    object: ObjectRef
    at: int
    actor: Actor
    via: str
    change: Change
    citation: Citation
    moved: tuple[ObjectRef, ...] = ()


class ByHand(NamedTuple):
    """Something a person did or looked at afterwards; at: microseconds since 1970-01-01 UTC."""

    at: int
    actor: str
    sentence: str
    citation: Citation


class SimilarPast(NamedTuple):
    """A past operation that is like what is simulated, and how it went.

    score       0 to 1; why: what is alike, in words
    workloads   those whose pods it moved
    made        pods that were made for them afterwards; ready: how many of these became ready
    recovered   microseconds from the operation until the last of them was ready; None if there was
                none, or some never were before `until`
    warned      the same until the last warning about them ended; None if there was none
    until       how far was looked: the next operation on the same object, or half an hour later
    by_hand     what people did to these workloads and nodes, or looked at, until then
    incident    (id, title) of one that names them and was opened meanwhile; None if there is none
    """

    past: PastOperation
    score: float
    why: tuple[str, ...]
    workloads: tuple[ObjectRef, ...]
    made: int
    ready: int
    recovered: int | None
    warned: int | None
    until: int
    by_hand: tuple[ByHand, ...]
    incident: tuple[str, str] | None
